//! What is said to be on a stick: by udev, and by its bytes where there is no udev.

use crate::machine::Machine;
use std::fs;

const MIB: usize = 1 << 20;

#[test]
fn what_udev_knows_is_told_without_reading_the_stick() {
    let machine = Machine::new();
    machine.stick();
    machine.udev("8:16", &[("ID_PART_TABLE_TYPE", "dos")]);
    machine.udev(
        "8:17",
        &[
            ("ID_FS_TYPE", "vfat"),
            ("ID_FS_VERSION", "FAT32"),
            ("ID_FS_LABEL_ENC", r"MY\x20KEY\xZZ"),
        ],
    );
    let stick = machine.device("sdb");
    assert_eq!(stick.content.table.as_deref(), Some("MBR"));
    let content = &stick.partitions[0].content;
    assert_eq!(content.file_system.as_deref(), Some("FAT32"));
    assert_eq!(content.label.as_deref(), Some(r"MY KEY\xZZ"));
}

/// A stick of 4 MiB with these bytes in its partition, and a table in front of it.
fn stick_with(at: usize, bytes: &[u8]) -> Machine {
    let machine = Machine::new();
    machine.stick();
    let mut image = vec![0; 4 * MIB];
    image[510..512].copy_from_slice(&[0x55, 0xaa]);
    // One partition of type 0x83, from 1 MiB, of 3 MiB.
    image[446 + 4] = 0x83;
    image[446 + 8..446 + 12].copy_from_slice(&2048_u32.to_le_bytes());
    image[446 + 12..446 + 16].copy_from_slice(&6144_u32.to_le_bytes());
    image[MIB + at..MIB + at + bytes.len()].copy_from_slice(bytes);
    machine.write("dev/sdb", &image);
    machine
}

#[test]
fn where_udev_is_not_the_bytes_tell() {
    let machine = stick_with(0, b"LUKS\xba\xbe");
    let stick = machine.device("sdb");
    assert_eq!(stick.content.table.as_deref(), Some("MBR"));
    assert_eq!(stick.partitions[0].content.file_system.as_deref(), Some("LUKS"));
    assert!(machine.is_offered("sdb"));
}

#[test]
fn members_are_known_by_their_bytes() {
    let uberblock = 0x00ba_b10c_u64;
    for (at, bytes, of) in [
        (0x200, b"LABELONE".to_vec(), "LVM"),
        (0x1000, b"\xfc\x4e\x2b\xa9".to_vec(), "a RAID member"),
        (0x2_0400, uberblock.to_le_bytes().to_vec(), "ZFS"),
        (0x2_0000, uberblock.to_be_bytes().to_vec(), "ZFS"),
    ] {
        let machine = stick_with(at, &bytes);
        assert_eq!(machine.refusal("sdb"), [format!("sdb1 belongs to {of}, by its first bytes")]);
        // The same bytes elsewhere mean nothing.
        assert!(stick_with(at + 8, &bytes).is_offered("sdb"), "{of}");
    }
}

#[test]
fn a_stick_that_may_not_be_read_is_listed_all_the_same() {
    let machine = stick_with(0, b"LUKS\xba\xbe");
    // A directory cannot be read as a device, not even by root.
    fs::remove_file(machine.path("dev/sdb")).unwrap();
    fs::create_dir(machine.path("dev/sdb")).unwrap();
    assert!(machine.is_offered("sdb"));
    assert_eq!(machine.device("sdb").content, block_devices::Content::default());
}

#[test]
fn udev_is_believed_before_the_bytes() {
    let machine = stick_with(0, b"LUKS\xba\xbe");
    machine.udev("8:17", &[("ID_FS_TYPE", "ext4")]);
    let content = machine.device("sdb").partitions[0].content.clone();
    assert_eq!(content.file_system.as_deref(), Some("ext4"));
}

#[test]
fn where_udev_says_nothing_the_bytes_tell() {
    let machine = stick_with(0x200, b"LABELONE");
    // As in a container that has udev's directory, but not what it has found out.
    machine.udev("8:16", &[("ID_BUS", "usb")]);
    // Of the device that the partition is in.
    machine.udev("8:17", &[("ID_PART_TABLE_TYPE", "dos")]);
    let stick = machine.device("sdb");
    assert_eq!(stick.content.table.as_deref(), Some("MBR"));
    assert_eq!(stick.partitions[0].content.table, None);
    assert_eq!(machine.refusal("sdb"), ["sdb1 belongs to LVM, by its first bytes"]);
}
