//! `bootkey write` on loop devices: what is on them afterwards, and what is refused, with nothing changed.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use testbench::{LoopDevice, LoopMount, PATIENCE, Ran, oracle, run};
use tests::{Key, Room};

const MIB: usize = 1 << 20;

/// Runs `bootkey write --yes` as this user, who is root, without a terminal.
fn write(key: &Path, devices: &[&Path]) -> Ran {
    run(Command::new(testbench::bootkey()).args(["write", "--yes"]).arg(key).args(devices))
}

/// A stick that was something before, at both of its ends.
#[track_caller]
fn stick() -> Option<LoopDevice> {
    LoopDevice::new(&vec![0xa5; 40 * MIB])
}

/// A key of 16 MiB.
#[track_caller]
fn key() -> Option<(Room, Key)> {
    let room = Room::new()?;
    room.iso("a.iso");
    let key = room.build(["a.iso", "--size", "16MiB"]);
    Some((room, key))
}

#[test]
fn a_key_is_on_both_sticks_and_sound() {
    let (Some((room, key)), Some(first), Some(second)) = (key(), stick(), stick()) else { return };
    // Another node of the same device, as a /dev/mapper without udev has them.
    let Some(cp) = oracle("cp") else { return };
    let node = room.path("node");
    cp.run(["-a".as_ref(), second.path.as_os_str(), node.as_os_str()]).expect_success("cp");
    let ran = write(&key.image, &[&first.path, &node]).expect_success("write");
    for stick in [&first, &second] {
        let words = format!("{}, and compared; it may be taken out", stick.path.display());
        assert!(ran.stderr.contains(&words), "{}", ran.stderr);
        run(Command::new(testbench::bootkey()).arg("verify").arg(&stick.path))
            .expect_success("verify");
        let there = fs::read(stick.file()).unwrap();
        // Where another table had its copy.
        assert!(there[40 * MIB - 132 * 1024..].iter().all(|b| *b == 0));
        let on_it = Key::open(&stick.file());
        assert_eq!(on_it.partitions, key.partitions);
    }
    // The kernel mounts no part of a file that is a device already.
    testbench::copy(&first.file(), &room.path("first.img"));
    let on_it = Key::open(&room.path("first.img"));
    if let Some(sfdisk) = oracle("sfdisk") {
        sfdisk.run(["--verify".as_ref(), first.path.as_os_str()]).expect_success("sfdisk");
    }
    if let Some(e2fsck) = oracle("e2fsck") {
        for n in [1, 2] {
            let part = on_it.partition(n, &room.path("part.img"));
            e2fsck.run(["-fn".as_ref(), part.as_os_str()]).expect_success("e2fsck");
        }
    }
    let (at, len) = on_it.partitions[1];
    let Some(mounted) = LoopMount::new(&on_it.image, at, len, "ext4") else { return };
    assert_eq!(
        fs::read(mounted.path().join("a.iso")).unwrap(),
        fs::read(room.path("a.iso")).unwrap()
    );
}

#[test]
fn what_is_mounted_where_sticks_are_is_unmounted() {
    let (Some((_room, key)), Some(stick)) = (key(), stick()) else { return };
    let (Some(mke2fs), Some(mount)) = (oracle("mke2fs"), oracle("mount")) else { return };
    let place = tempfile::tempdir_in("/mnt").unwrap();
    mke2fs.run(["-qF".as_ref(), stick.path.as_os_str()]).expect_success("mke2fs");
    mount.run([&*stick.path, place.path()]).expect_success("mount");
    // Somebody has a file there open.
    let open = place.path().join("open");
    let file = fs::File::create(&open).unwrap();
    let busy = write(&key.image, &[&stick.path]);
    busy.expect_objection(5, "cannot be unmounted: Device or resource busy", "an open file");
    assert!(open.exists());
    drop(file);
    // A key on the stick itself.
    let own = place.path().join("own.img");
    testbench::copy(&key.image, &own);
    write(&own, &[&stick.path]).expect_objection(
        2,
        "itself; copy it somewhere else",
        "its own key",
    );
    // A namespace that another test has made meanwhile has got a copy of the mount, and keeps it until
    // that test ends.
    let (mut said, began) = (String::new(), Instant::now());
    let ran = loop {
        let ran = write(&key.image, &[&stick.path]);
        said += &ran.stderr;
        if !ran.stderr.contains("somebody else uses it") || began.elapsed() > PATIENCE {
            break ran;
        }
        std::thread::sleep(Duration::from_secs(1));
    };
    ran.expect_success("write");
    assert!(said.contains(&format!("unmounted `{}`", place.path().display())));
    assert!(!open.exists());
}

#[test]
fn what_the_machine_uses_and_what_does_not_fit_is_refused_and_unchanged() {
    let Some((room, key)) = key() else { return };
    let refused = |stick: &LoopDevice, status: u8, words: &str| {
        let before = fs::read(stick.file()).unwrap();
        write(&key.image, &[&stick.path]).expect_objection(status.into(), words, words);
        assert!(fs::read(stick.file()).unwrap() == before, "{words}");
    };
    let Some(small) = LoopDevice::new(&vec![1; 12 * MIB]) else { return };
    refused(&small, 3, "`bootkey set KEY key.size=auto -o NEW` makes a smaller one");
    let Some(read_only) = LoopDevice::with(&vec![1; 20 * MIB], &["--read-only"]) else { return };
    refused(&read_only, 2, "it is read-only");
    let options = ["--sector-size", "4096"];
    let Some(large_sectors) = LoopDevice::with(&vec![1; 20 * MIB], &options) else { return };
    refused(
        &large_sectors,
        3,
        "sectors of 4096 bytes, and the key has a partition table for sectors of 512",
    );
    let mut member = vec![0; 20 * MIB];
    member[512..520].copy_from_slice(b"LABELONE");
    member[536..544].copy_from_slice(b"LVM2 001");
    let Some(member) = LoopDevice::new(&member) else { return };
    refused(&member, 2, "belongs to LVM, by its first bytes");

    let Some(used) = stick() else { return };
    let (Some(mke2fs), Some(mount)) = (oracle("mke2fs"), oracle("mount")) else { return };
    let Some(umount) = oracle("umount") else { return };
    mke2fs.run(["-qF".as_ref(), used.path.as_os_str()]).expect_success("mke2fs");
    let place = used.dir().join("place");
    fs::create_dir(&place).unwrap();
    mount.run([&*used.path, &*place]).expect_success("mount");
    let elsewhere = write(&key.image, &[&used.path]);
    umount.run([&*place]).expect_success("umount");
    elsewhere.expect_objection(2, "is not overwritten", "mounted elsewhere");

    let twice = write(&key.image, &[&used.path, &used.path]);
    twice.expect_objection(2, "is named twice", "the same stick twice");
    write(&key.image, &[&key.image]).expect_objection(2, "is no block device", "a file");
    // The key is not even looked at.
    let none = room.path("none.img.xz");
    let asked = run(Command::new(testbench::bootkey()).arg("write").args([&none, &used.path]));
    asked.expect_objection(2, "standard input is no terminal; --yes", "nobody to ask");
    let device = used.path.to_str().unwrap();
    let nobody = room.run(["write", "key.img", device, "--yes"]);
    let words = format!("may not be written by you. Root may:\n  sudo {}", room.path("").display());
    nobody.expect_objection(5, &words, "a user without rights");
}

#[test]
fn swap_partitions_and_disks_that_are_mounted_are_refused_and_unchanged() {
    let (Some((room, key)), Some(swap)) = (key(), stick()) else { return };
    let (Some(mkswap), Some(swapon), Some(swapoff)) =
        (oracle("mkswap"), oracle("swapon"), oracle("swapoff"))
    else {
        return;
    };
    mkswap.run([&swap.path]).expect_success("mkswap");
    let before = fs::read(swap.file()).unwrap();
    swapon.run([&swap.path]).expect_success("swapon");
    let ran = write(&key.image, &[&swap.path]);
    swapoff.run([&swap.path]).expect_success("swapoff");
    ran.expect_objection(2, "is swap that is in use", "swap");
    assert!(fs::read(swap.file()).unwrap() == before);

    // Those of this machine, by somebody who could not write them anyway.
    let said = room.run(["devices", "--json"]).expect_success("devices").stdout;
    let devices: serde_json::Value = serde_json::from_str(&said).unwrap();
    for device in devices["devices"].as_array().unwrap() {
        let mut reasons = device["reasons"].as_array().unwrap().iter();
        let path = device["path"].as_str().unwrap();
        // Loop devices are other tests', which unmount them meanwhile.
        if !path.starts_with("/dev/loop") && reasons.any(|reason| reason["code"] == "mounted") {
            let ran = room.run(["write", "--yes", "key.img", path]);
            ran.expect_objection(2, "is not overwritten", path);
        }
    }

    let bytes = fs::read(&key.image).unwrap();
    let Some(stick) = LoopDevice::with(&bytes, &["--partscan"]) else { return };
    let part = |n: u8| format!("{}p{n}", stick.path.display());
    // Where nobody makes the nodes of partitions, there are none to name.
    if !Path::new(&part(2)).exists() {
        return;
    }
    let words = "is a partition; a key has partitions itself";
    write(&key.image, &[part(1).as_ref()]).expect_objection(2, words, "a partition");
    let (Some(mount), Some(umount)) = (oracle("mount"), oracle("umount")) else { return };
    let place = stick.dir().join("place");
    fs::create_dir(&place).unwrap();
    mount.run(["-oro".as_ref(), part(2).as_ref(), place.as_os_str()]).expect_success("mount");
    let ran = write(&key.image, &[&stick.path]);
    umount.run([&place]).expect_success("umount");
    ran.expect_objection(2, "p2 is mounted at", "a partition that is mounted elsewhere");
    assert!(fs::read(stick.file()).unwrap() == bytes);
}
