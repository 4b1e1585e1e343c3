//! A key boots in QEMU (rung 5 of the ladder of tests in `docs/architecture.md`). The guest must
//! say a certain token on its serial port; silence is failure.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use testbench::{BootOptions, DiskBus, GuestError, PATIENCE, Qemu, bootsector, oracle};
use tests::{Key, Room};

/// A key with a serial console: the Debian installer in the shape of 2009, and iPXE under a name that
/// breaks careless quoting.
fn key(room: &Room, default: &str) -> Option<Key> {
    let (kernel, initrd) = testbench::installer_pair()?;
    let ipxe = testbench::ipxe_iso()?;
    testbench::netinstall_iso(&room.path("x.iso"), &kernel, &initrd).unwrap();
    std::fs::copy(ipxe, room.path("it's $1 \"odd\" #.iso")).unwrap();
    let spec = format!(
        "[key]\nname = \"boot test\"\n\
         [menu]\nserial = true\ntimeout = 3\ndefault = \"{default}\"\n\
         [[iso]]\npath = \"x.iso\"\ntitle = \"Installer\"\n\
         [[iso]]\npath = \"it's $1 \\\"odd\\\" #.iso\"\ntitle = \"Network\"\n"
    );
    room.text("key.toml", &spec);
    Some(room.build(["key.toml"]))
}

fn boot(disks: Vec<PathBuf>, bus: DiskBus) -> Option<Qemu> {
    let disks = disks.into_iter().map(|d| (d, bus)).collect();
    Qemu::boot(BootOptions { disks, memory_mib: 1024, ..BootOptions::default() })
}

/// As [`boot`], for guests that speak through the BIOS only: its prints come over the serial
/// line too.
fn boot_bios(disks: Vec<PathBuf>, bus: DiskBus) -> Option<Qemu> {
    let disks = disks.into_iter().map(|d| (d, bus)).collect();
    Qemu::boot(BootOptions {
        disks,
        memory_mib: 1024,
        bios_on_serial: true,
        ..BootOptions::default()
    })
}

#[test]
fn boots_as_the_second_disk() {
    let Some(room) = Room::new() else { return };
    let Some(key) = key(&room, "Network") else { return };
    // The first disk's boot sector starts the second, as a BIOS' boot menu would.
    let first = room.path("first.img");
    std::fs::write(&first, bootsector::boots_second_drive()).unwrap();
    std::fs::File::options().write(true).open(&first).unwrap().set_len(1 << 20).unwrap();
    let Some(mut guest) = boot_bios(vec![first, key.image], DiskBus::Virtio) else { return };
    guest.expect("Network", PATIENCE).unwrap();
    guest.send("c").unwrap();
    guest.expect("grub>", PATIENCE).unwrap();
    guest.send("echo root is $root\r").unwrap();
    guest.expect("root is hd1,msdos1", PATIENCE).unwrap();
    guest.send("echo isos are on $isos\r").unwrap();
    guest.expect("isos are on hd1,msdos2", PATIENCE).unwrap();
    guest.send("configfile $prefix/grub.cfg\r").unwrap();
    guest.expect("Open Source Network Boot Firmware", PATIENCE).unwrap();
}

#[test]
fn the_console_of_2009_lists_the_iso() {
    let Some(room) = Room::new() else { return };
    let Some(key) = key(&room, "Installer") else { return };
    let Some(mut guest) = boot(vec![key.image], DiskBus::Virtio) else { return };
    guest.expect("Installer", PATIENCE).unwrap();
    guest.send("c").unwrap();
    guest.expect("grub>", PATIENCE).unwrap();
    guest.send("loopback loop (hd0,msdos2)/x.iso\r").unwrap();
    guest.expect("grub>", PATIENCE).unwrap();
    guest.send("ls (loop)/\r").unwrap();
    guest.expect("isolinux/", PATIENCE).unwrap();
    guest.send("ls (loop)/isolinux\r").unwrap();
    guest.expect("initrd.img", PATIENCE).unwrap();
}

/// A key with one entry that answers at once, for looking at the menu's ways.
fn small_key(room: &Room) -> Option<Key> {
    small_key_of(room, "ext3")
}

fn small_key_of(room: &Room, kind: &str) -> Option<Key> {
    std::fs::copy(testbench::ipxe_iso()?, room.path("net.iso")).unwrap();
    let boot = if kind == "fat32" { "ext3" } else { kind };
    let text = format!(
        "[key]\nname = \"small\"\n[menu]\nserial = true\ntimeout = \"none\"\n\
         [boot]\nfilesystem = \"{boot}\"\n[isos]\nfilesystem = \"{kind}\"\n\
         [[iso]]\npath = \"net.iso\"\ntitle = \"Network\"\n"
    );
    room.text("small.toml", &text);
    Some(room.build(["small.toml"]))
}

#[test]
fn boots_from_ext2_ext4_and_fat32() {
    let Some(room) = Room::new() else { return };
    for kind in ["ext2", "ext4", "fat32"] {
        let Some(key) = small_key_of(&room, kind) else { return };
        let Some(mut guest) = boot_bios(vec![key.image], DiskBus::Virtio) else { return };
        guest.expect("Network", PATIENCE).unwrap();
        guest.send("\r").unwrap();
        guest.expect("Open Source Network Boot Firmware", PATIENCE).unwrap();
    }
}

#[test]
fn an_iso_partition_made_again_by_hand_works() {
    let Some(room) = Room::new() else { return };
    let Some(key) = small_key(&room) else { return };
    let (Some(mke2fs), Some(debugfs)) = (oracle("mke2fs"), oracle("debugfs")) else { return };
    let (Some(mkfs_vfat), Some(mcopy)) = (oracle("mkfs.vfat"), oracle("mcopy")) else { return };
    let (at, len) = key.partitions[1];
    let net = room.path("net.iso");
    // As a person would: another file system with another UUID, the label, the file copied. FAT
    // has labels in capitals, whoever made it.
    for kind in ["ext4", "vfat"] {
        let fs = room.path("again.img");
        std::fs::File::create(&fs).unwrap().set_len(len).unwrap();
        let image = fs.to_str().unwrap();
        if kind == "vfat" {
            mkfs_vfat.run(["-n", "ISOS", image]).expect_success("mkfs.vfat");
            mcopy.run(["-i", image, net.to_str().unwrap(), "::net.iso"]).expect_success("mcopy");
        } else {
            mke2fs.run(["-q", "-t", "ext4", "-L", "isos", image]).expect_success("mke2fs");
            let write = format!("write {} net.iso", net.display());
            debugfs.run(["-w", "-R", &write, image]).expect_success("debugfs write");
        }
        put(&key.image, at, &std::fs::read(&fs).unwrap());
        let Some(mut guest) = boot_bios(vec![key.image.clone()], DiskBus::Virtio) else { return };
        guest.expect("Network", PATIENCE).unwrap();
        guest.send("\r").unwrap();
        guest.expect("Open Source Network Boot Firmware", PATIENCE).unwrap();
    }
}

#[test]
fn twins_do_not_get_mixed_up() {
    let Some(room) = Room::new() else { return };
    let Some(key) = small_key(&room) else { return };
    // The key that is booted is the second disk; its twin, the first, has lost its boot sector's
    // code to one that starts the second.
    let twin = room.path("twin.img");
    std::fs::copy(&key.image, &twin).unwrap();
    put(&twin, 0, &bootsector::boots_second_drive()[..440]);
    let Some(mut guest) = boot(vec![twin, key.image], DiskBus::Virtio) else { return };
    guest.expect("Network", PATIENCE).unwrap();
    guest.send("c").unwrap();
    guest.expect("grub>", PATIENCE).unwrap();
    guest.send("echo files $prefix isos $isos\r").unwrap();
    guest.expect("files (hd1,msdos1)/boot/grub isos hd1,msdos2", PATIENCE).unwrap();
}

#[test]
fn a_missing_iso_is_said() {
    let Some(room) = Room::new() else { return };
    let Some(key) = small_key(&room) else { return };
    let Some(debugfs) = oracle("debugfs") else { return };
    let fs = key.partition(2, &room.path("fs.img"));
    debugfs.run(["-w", "-R", "rm net.iso", fs.to_str().unwrap()]).expect_success("debugfs rm");
    put(&key.image, key.partitions[1].0, &std::fs::read(&fs).unwrap());
    let Some(mut guest) = boot(vec![key.image], DiskBus::Virtio) else { return };
    guest.expect("Network", PATIENCE).unwrap();
    guest.send("\r").unwrap();
    guest.expect("Cannot open (hd0,msdos2)/net.iso", PATIENCE).unwrap();
    guest.expect("Is the file still on the key", PATIENCE).unwrap();
}

/// Writes `bytes` into `image` at `offset`.
fn put(image: &Path, offset: u64, bytes: &[u8]) {
    let image = std::fs::File::options().write(true).open(image).unwrap();
    image.write_all_at(bytes, offset).unwrap();
}

/// Overwrites `count` sectors of the key from sector `first` on.
fn damage(key: &Key, first: u64, count: usize) {
    put(&key.image, first * 512, &vec![0xAA; count * 512]);
}

#[test]
fn a_scratched_core_image_repairs_itself() {
    let Some(room) = Room::new() else { return };
    let Some(key) = key(&room, "Network") else { return };
    damage(&key, 40, 20);
    let Some(mut guest) = boot(vec![key.image], DiskBus::Virtio) else { return };
    guest.expect("Network", PATIENCE).unwrap();
}

/// The tamper test of this file: a key whose core image is beyond repair says nothing.
#[test]
fn a_destroyed_core_image_does_not_boot() {
    let Some(room) = Room::new() else { return };
    let Some(key) = key(&room, "Network") else { return };
    damage(&key, 10, 500);
    let Some(mut guest) = boot(vec![key.image], DiskBus::Virtio) else { return };
    let silence = guest.expect("Network", std::time::Duration::from_secs(30)).unwrap_err();
    // What is left of it hangs, or makes the processor give up and QEMU end.
    let says_nothing = matches!(silence, GuestError::Silent { .. } | GuestError::Ended { .. });
    assert!(says_nothing && !silence.to_string().contains("GNU GRUB"), "{silence}");
}
