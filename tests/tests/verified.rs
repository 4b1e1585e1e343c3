//! What `verify` says of keys that cannot be read as they were made: without a record, with bad
//! sectors, and of disks that are no keys.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use testbench::{LoopMount, Ran, flip, oracle, run};
use tests::Room;

fn room() -> Option<Room> {
    let room = Room::new()?;
    room.iso("a.iso");
    room.text(
        "key.toml",
        "[isos]\nchecksums = true\n[boot]\nfilesystem = \"ext2\"\n[[iso]]\npath = \"a.iso\"\n",
    );
    room.build(["key.toml", "--firmware", "bios"]);
    Some(room)
}

/// The first byte of an entry of a directory on the first partition: of the name in it.
fn name_in_directory(key: &Path, name: &str) -> u64 {
    let bytes = fs::read(key).unwrap();
    // The name's length, and that it is a directory.
    let entry = [&[name.len() as u8, 2], name.as_bytes()].concat();
    let at = bytes.windows(entry.len()).position(|window| window == entry).unwrap();
    at as u64 + 2
}

#[test]
fn a_key_that_no_directory_leads_to_the_record_of_is_still_known_for_a_key() {
    let Some(room) = room() else { return };
    let key = room.path("key.img");
    let lost = |ran: Ran, what: &str| {
        let ran = ran.expect_objection(1, "is not as it was made", what);
        let says =
            "  wrong    usbboot/file /boot/bootkey: the record is not found there any more\n";
        assert!(ran.stdout.contains(says), "{what}: {}", ran.stdout);
    };
    // The second leads to the menu, too.
    for name in ["bootkey", "boot"] {
        let at = name_in_directory(&key, name);
        flip(&key, at, 4);
        lost(room.run(["verify", "key.img"]), name);
        flip(&key, at, 4);
    }
    room.run(["verify", "key.img"]).expect_success("verify");
}

#[test]
fn a_disk_that_is_no_key_is_looked_at_by_its_structure() {
    let Some(room) = room() else { return };
    let Some(mke2fs) = oracle("mke2fs") else { return };
    let disk = room.path("disk");
    let words = ["-q", "-F", "-b", "1024", "-t", "ext2", "-L", "data"];
    mke2fs.run(words.iter().chain(&[disk.to_str().unwrap(), "4M"])).expect_success("mke2fs");
    fs::set_permissions(&disk, fs::Permissions::from_mode(0o666)).unwrap();
    let verify = || {
        let ran = room.run(["verify", "disk"]);
        ran.expect_objection(4, "disk: has no record of how it was made", "no key").stdout
    };
    let says =
        "no key that bootkey made, or without its record: only its structure was looked at\n";
    let whole = "  note     data: the file system's own tables fit each other\n";
    assert_eq!(verify(), format!("{says}{whole}"));
    // The count of free blocks in the superblock.
    flip(&disk, 1024 + 12, 1);
    let damaged = verify();
    let wrong = damaged.strip_prefix(says).unwrap();
    assert!(wrong.starts_with("  wrong    data/file system: "), "{damaged}");
    assert!(damaged.contains("data: the file system's own tables are damaged"), "{damaged}");
    let ran = room.run(["verify", "disk", "--json"]);
    assert!(ran.stdout.contains("\"verdict\": \"no-record\""), "{}", ran.stdout);
}

/// btrfs has a checksum of every block, and does not give one that is wrong.
#[test]
fn a_bad_sector_is_named_and_what_lies_behind_it_is_read() {
    let (Some(room), Some(mkfs)) = (room(), oracle("mkfs.btrfs")) else { return };
    let key = room.path("key.img");
    let explained = room.run(["explain", "key.img"]).expect_success("explain").stdout;
    let place = |owner: &str| {
        let line = explained.lines().find(|line| line.contains(owner)).unwrap();
        u64::from_str_radix(&line[..12], 16).unwrap()
    };
    // In a file that is in no core image, and behind it in the ISO.
    let bad = place("usbboot/file /boot/grub/fonts/unicode.pf2").next_multiple_of(4096) + 8 * 4096;
    let iso = place("isos/file /a.iso") + 40_000;
    assert!(bad < iso);
    flip(&key, iso, 1);
    let (disk, root) = (room.path("disk"), room.path("root"));
    fs::create_dir(&root).unwrap();
    fs::copy(&key, root.join("key.img")).unwrap();
    File::create(&disk).unwrap().set_len(128 << 20).unwrap();
    let words = ["-q", "-d", "single", "-m", "single", "--rootdir"].map(OsStr::new);
    let paths = [root.as_os_str(), disk.as_os_str()];
    mkfs.run([&words[..], &paths].concat()).expect_success("mkfs.btrfs");
    let (bytes, block) = (fs::read(&disk).unwrap(), bad as usize..bad as usize + 4096);
    let block = &fs::read(&key).unwrap()[block];
    let at = bytes.chunks(4096).position(|chunk| chunk == block).unwrap() as u64 * 4096;
    let verify = || {
        let mounted = LoopMount::whole(&disk, "btrfs", "ro")?;
        // Nobody may look into another's mounts.
        let mut command = Command::new(testbench::bootkey());
        let ran = run(command.arg("verify").arg(mounted.path().join("key.img")));
        Some(ran.expect_objection(1, "is not as it was made", "a wrong byte").stdout)
    };
    let iso = "  wrong    isos/file /a.iso: its SHA-256 is not the one in the record\n";
    let Some(said) = verify() else { return };
    assert_eq!(said, format!("not sound:\n{iso}"));
    flip(&disk, at + 100, 1);
    let font = format!(
        "  wrong    usbboot/file /boot/grub/fonts/unicode.pf2: cannot be read: Input/output error \
         (os error 5) (4096 bytes, the first at {bad:#x})\n"
    );
    assert_eq!(verify().unwrap(), format!("not sound:\n{font}{iso}"));
}
