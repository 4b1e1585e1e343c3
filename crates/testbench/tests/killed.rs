//! A test run that is killed leaves no guest, no mount and no loop device behind.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testbench::{BootOptions, DiskBus, LoopMount, PATIENCE, Qemu, bootsector, oracle};

/// Run by the test below, which kills it.
#[test]
#[ignore = "the child of nothing_outlives_a_killed_test"]
fn child_that_boots_and_mounts() {
    let dir = PathBuf::from(std::env::var_os("TESTBENCH_DIR").unwrap());
    let disks = vec![(dir.join("boot.img"), DiskBus::Ide)];
    let mut guest = Qemu::boot(BootOptions { disks, ..BootOptions::default() }).unwrap();
    guest.expect("alive", PATIENCE).unwrap();
    let mount = LoopMount::new(&dir.join("fs.img"), 0, 4 << 20, "ext2").unwrap();
    println!("up {} {}", guest.id(), mount.path().display());
    loop {
        std::thread::park();
    }
}

#[test]
fn nothing_outlives_a_killed_test() {
    let dir = tempfile::tempdir().unwrap();
    let Some(mke2fs) = oracle("mke2fs") else { return };
    if oracle("setpriv").is_none() || oracle("qemu-system-x86_64").is_none() {
        return;
    }
    let (boot, fs) = (dir.path().join("boot.img"), dir.path().join("fs.img"));
    std::fs::write(boot, bootsector::says("alive\r\n")).unwrap();
    std::fs::File::create(&fs).unwrap().set_len(4 << 20).unwrap();
    mke2fs.run(["-q".as_ref(), fs.as_os_str()]).expect_success("mke2fs");
    if LoopMount::new(&fs, 0, 4 << 20, "ext2").is_none() {
        return;
    }

    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "child_that_boots_and_mounts"])
        .env("TESTBENCH_DIR", dir.path())
        .env_remove("BOOTKEY_FAST")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let up = lines.filter_map(|l| Some(l.split_once("up ")?.1.to_owned())).next();
    child.kill().unwrap();
    child.wait().unwrap();
    let up = up.expect("the child reports");
    let (guest, mount) = up.split_once(' ').unwrap();

    until("the guest is gone", || !Path::new("/proc").join(guest).exists());
    until("the mount is gone", || !Path::new(mount).exists());
    let mine = dir.path().to_str().unwrap();
    until("the loop device is free", || !backing_files().contains(mine));
}

fn backing_files() -> String {
    let devices = std::fs::read_dir("/sys/block").unwrap();
    let file = |device: std::io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(device.ok()?.path().join("loop/backing_file")).ok()
    };
    devices.filter_map(file).collect()
}

/// Waits until `done`: the kernel needs a moment to clear up.
fn until(what: &str, done: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "still not: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
