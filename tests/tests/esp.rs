//! The EFI system partition: a kind of FAT that all firmware reads, where there is room for it.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use testbench::{BootOptions, DiskBus, Firmware, PATIENCE, Qemu, oracle};
use tests::Room;

const MIB: u64 = 1 << 20;

/// The length of the partition and the bits of its FAT's entries, as `fsck.fat` says; `None`: not
/// on this machine.
fn built(room: &Room, spec: &str, size: &str) -> Option<(u64, u8)> {
    room.text("key.toml", spec);
    let key = room.build(["key.toml", "a.iso", "--size", size]);
    let fsck = oracle("fsck.fat")?;
    let esp = key.partition(3, &room.path("esp.img"));
    let ran = fsck.run(["-n", "-v", esp.to_str().unwrap()]).expect_success("fsck.fat");
    let (_, bits) = ran.stdout.split_once("FATs, ").unwrap();
    let (bits, _) = bits.split_once(" bit entries").unwrap();
    Some((key.partitions[2].1, bits.parse().unwrap()))
}

#[test]
fn it_is_fat32_on_keys_from_512_mib_on_and_as_the_spec_says() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    let Some(small) = built(&room, "", "511MiB") else { return };
    assert!(small.0 < 8 * MIB && small.1 != 32, "{small:?}");
    let large = built(&room, "", "512MiB").unwrap();
    assert!(large.0 >= 33 * MIB && large.1 == 32, "{large:?}");
    for (esp, size, wanted) in [
        ("filesystem = \"fat32\"", "64MiB", (33 * MIB, 32)),
        ("filesystem = \"fat16\"", "4GiB", (0, 16)),
        ("filesystem = \"fat12\"", "4GiB", (0, 12)),
        ("size = \"100MiB\"", "auto", (100 * MIB, 32)),
        ("size = \"20MiB\"", "4GiB", (20 * MIB, 16)),
        ("size = \"40MiB\"\nfilesystem = \"fat16\"", "auto", (40 * MIB, 16)),
    ] {
        let (len, bits) = built(&room, &format!("[esp]\n{esp}\n"), size).unwrap();
        assert!(bits == wanted.1 && len >= wanted.0, "{esp}: {len} bytes, FAT{bits}");
        assert!(!esp.contains("size") || len == wanted.0, "{esp}: {len} bytes");
    }
}

#[test]
fn on_sectors_of_4096_fat32_needs_a_larger_key() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    let kind = |size: &str| {
        room.text("key.toml", "[key]\nsector_size = 4096\nfirmware = [\"uefi-x64\"]\n");
        let ran = room.run(["plan", "--json", "key.toml", "a.iso", "--size", size]);
        let plan = ran.expect_success("bootkey plan").stdout;
        let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
        plan["partitions"][2]["filesystem"].as_str().unwrap().to_owned()
    };
    assert_eq!([kind("1GiB"), kind("4GiB")], ["fat", "fat32"]);
}

#[test]
fn sizes_that_cannot_be_are_refused() {
    let Some(room) = Room::new() else { return };
    room.iso("a.iso");
    for (esp, status, words) in [
        ("size = \"1MiB\"\nfilesystem = \"fat16\"", 3, "give `esp.size`"),
        ("size = \"20MiB\"\nfilesystem = \"fat32\"", 3, "give `esp.size`"),
        ("size = \"2GiB\"\nfilesystem = \"fat12\"", 3, "FAT12 cannot be made of 2147483648 bytes"),
        ("filesystem = \"ext2\"", 2, "use \"fat12\" or \"fat16\" or \"fat32\""),
    ] {
        room.text("key.toml", &format!("[esp]\n{esp}\n"));
        let ran = room.run(["plan", "key.toml", "a.iso"]);
        assert_eq!(ran.status, Some(status), "{ran:?}");
        assert!(ran.stderr.contains(words), "{ran:?}");
    }
}

#[test]
fn uefi_starts_a_key_from_fat32() {
    let Some(room) = Room::new() else { return };
    room.text("key.toml", "[menu]\nserial = true\ntimeout = \"none\"\n");
    let key = room.build(["key.toml", "--size", "512MiB"]);
    let Some(mut guest) = Qemu::boot(BootOptions {
        disks: vec![(key.image, DiskBus::Usb)],
        firmware: Firmware::OvmfX64,
        ..BootOptions::default()
    }) else {
        return;
    };
    guest.expect("ISOs found on this key", PATIENCE).unwrap();
}
