//! What `bootkey verify` says of keys that a Linux kernel in QEMU has mounted and written to (rung
//! 5 of the ladder of tests).
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use testbench::{Linux, oracle};
use tests::Room;

/// One key gets another ISO. The second's ISO partition is made anew, and its ISO copied back. The
/// third loses a file, and another is written anew.
const SCRIPT: &str = "set -e
mount -t ext4 /dev/vda2 /mnt
cat /dev/vdd > /mnt/mine.iso
umount /mnt
mount -t ext4 /dev/vdb2 /mnt
cp /mnt/a.iso /a.iso
umount /mnt
mke2fs -q -F -t ext4 -L isos /dev/vdb2
mount -t ext4 /dev/vdb2 /mnt
cp /a.iso /mnt
umount /mnt
mount -t ext4 /dev/vdc1 /mnt
rm /mnt/boot/grub/grubenv
cat /mnt/boot/grub/grub.cfg > /grub.cfg
cat /grub.cfg > /mnt/boot/grub/new.cfg
mv /mnt/boot/grub/new.cfg /mnt/boot/grub/grub.cfg
umount /mnt
";

#[test]
fn what_a_kernel_does_to_a_key_is_told() {
    let (Some(room), Some(mke2fs)) = (Room::new(), oracle("mke2fs")) else { return };
    room.iso("a.iso");
    room.text("key.toml", "[isos]\nchecksums = true\n[[iso]]\npath = \"a.iso\"\n");
    let keys = ["used.img", "remade.img", "edited.img"];
    for key in keys {
        room.run(["build", "key.toml", "--size", "32MiB", "-o", key]).expect_success("build");
    }
    let disks = keys.iter().chain(&["a.iso"]).map(|name| room.path(name));
    let paths: Vec<_> = disks.collect();
    let linux = paths.iter().fold(Linux::new().program(&mke2fs), |linux, path| linux.disk(path));
    let Some(ran) = linux.run(SCRIPT) else { return };
    ran.expect_success("a kernel that uses keys");
    let says = |key: &str, all: &[&str]| {
        let ran = room.run(["verify", key]).expect_success("verify");
        for words in [&["used: it was changed since it was made"], all].concat() {
            assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
        }
    };
    says("used.img", &["isos:/mine.iso: was added", "own tables fit each other"]);
    says("remade.img", &["its file system was made anew", "were checked by their digests"]);

    // The bytes of both files are where they were.
    let ran = room.run(["verify", "edited.img"]);
    let ran = ran.expect_objection(1, "is not as it was made", "a file that is gone");
    for words in
        ["/boot/grub/grubenv: is not there any more", "/boot/grub/grub.cfg: was written anew"]
    {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }

    // Tamper: a byte of the ISO that was copied back.
    let mut bytes = std::fs::read(room.path("remade.img")).unwrap();
    let (start, _) = tests::Key::open(&room.path("remade.img")).partitions[1];
    let of_an_iso = bytes[start as usize..].windows(5).position(|five| five == b"CD001").unwrap();
    bytes[start as usize + of_an_iso] ^= 1;
    std::fs::write(room.path("remade.img"), bytes).unwrap();
    let ran = room.run(["verify", "remade.img"]);
    let ran = ran.expect_objection(1, "is not as it was made", "a byte of the ISO");
    assert!(ran.stdout.contains("isos/file /a.iso: its SHA-256 is not the one"), "{}", ran.stdout);
}
