//! Tests of mounts and users: mounts leave nothing behind, the user `nobody` has no rights, the
//! kernel refuses damaged images.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use testbench::{LoopMount, NOBODY, NobodysRoom, PATIENCE, as_nobody, is_root, oracle, run};

const MIB: u64 = 1 << 20;

/// An ext3 file system of 8 MiB with one file, 1 MiB into an image.
fn image(dir: &Path) -> Option<PathBuf> {
    let mke2fs = oracle("mke2fs")?;
    let tree = dir.join("tree");
    std::fs::create_dir_all(&tree).unwrap();
    std::fs::write(tree.join("hello"), "from the image\n").unwrap();
    let image = dir.join("disk.img");
    std::fs::File::create(&image).unwrap().set_len(10 * MIB).unwrap();
    let args = ["-q", "-t", "ext3", "-d", tree.to_str().unwrap(), "-E", "offset=1048576"];
    let rest = [image.to_str().unwrap(), "8192"];
    mke2fs.run(args.into_iter().chain(rest)).expect_success("mke2fs");
    Some(image)
}

/// The number of loop devices that hold `image`.
fn loops(image: &Path) -> usize {
    let devices = std::fs::read_dir("/sys/block").unwrap();
    let backing = |device: std::io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(device.ok()?.path().join("loop/backing_file")).ok()
    };
    devices.filter_map(backing).filter(|b| Path::new(b.trim_end()) == image).count()
}

/// Waits for the kernel, which needs a moment to free a loop device.
fn free(image: &Path) {
    let deadline = Instant::now() + PATIENCE;
    while loops(image) > 0 {
        assert!(Instant::now() < deadline, "a loop device still holds {}", image.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_mount_shows_the_tree_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let Some(image) = image(dir.path()) else { return };
    let before = std::fs::read(&image).unwrap();
    let Some(mount) = LoopMount::new(&image, MIB, 8 * MIB, "ext3") else { return };
    let hello = mount.path().join("hello");
    assert_eq!(std::fs::read_to_string(&hello).unwrap(), "from the image\n");
    assert!(std::fs::write(&hello, "x").is_err(), "the mount is read-only");
    assert_eq!(loops(&image), 1);
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    assert!(!mounts.contains(dir.path().to_str().unwrap()), "others see the mount: {mounts}");
    drop(mount);
    assert!(!hello.exists());
    free(&image);
    assert!(std::fs::read(&image).unwrap() == before, "the image was written to");
}

#[test]
fn the_kernel_objects_to_a_broken_superblock() {
    let dir = tempfile::tempdir().unwrap();
    let Some(image) = image(dir.path()) else { return };
    let file = std::fs::File::options().write(true).open(&image).unwrap();
    file.write_all_at(&[0], MIB + 1024 + 0x38).unwrap(); // s_magic
    let Some(mounted) = LoopMount::try_new(&image, MIB, 8 * MIB, "ext3") else { return };
    let objection = mounted.unwrap_err();
    assert!(objection.contains("bad superblock"), "{objection}");
    free(&image);
}

#[test]
fn nobody_owns_nothing_but_its_room() {
    let room = NobodysRoom::new();
    let theirs = tempfile::tempdir().unwrap(); // mode 0700, ours
    let sh = room.bring(Path::new("/bin/sh"));
    let said = |script: &str| {
        let mut command = Command::new(&sh);
        let shell = command.args(["-c", script]).current_dir(room.path()).env("LC_ALL", "C");
        run(as_nobody(shell))
    };
    said("echo x > mine").expect_success("the room belongs to nobody");
    if !is_root() {
        return; // then there is nobody to become
    }
    assert_eq!(std::fs::metadata(room.path().join("mine")).unwrap().uid(), NOBODY);
    let ids = said("id -u; id -G").expect_success("id").stdout;
    assert_eq!(ids, format!("{NOBODY}\n{NOBODY}\n"));
    let caps = said("grep CapEff /proc/self/status").expect_success("grep").stdout;
    assert!(caps.trim_end().ends_with("\t0000000000000000"), "{caps}");
    let touch = format!("touch {}/theirs", theirs.path().display());
    said(&touch).expect_objection(1, "Permission denied", "not ours");
}
