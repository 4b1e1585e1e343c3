//! Owners, modes and times through `debugfs`; the superblock through `dumpe2fs`.

use crate::common::*;
use fs_ext::{BlockSize, Flavour, InodeSize, Label};

#[test]
fn what_debugfs_stat_says() {
    let image = Image::new(&sample(), 8 << 20, &options(Flavour::Ext3, BlockSize::Kib1));
    let expect = |path: &str, lines: &[&str]| {
        let Some(stat) = image.debugfs(&format!("stat {path}")) else { return };
        let words = stat.split_whitespace().collect::<Vec<_>>().join(" ");
        for line in lines {
            assert!(words.contains(line), "{path}: no `{line}` in\n{stat}");
        }
    };
    expect(
        "/suid",
        &[
            "Type: regular Mode: 06755",
            "User: 70000 Group: -2 Project: 0 Size: 13312",
            // 13 blocks and an indirect one.
            "Links: 1 Blockcount: 28",
            "mtime: 0x3b9aca00:1d6f3454 -- Sun Sep 9 01:46:40 2001",
            "ctime: 0x4a475b40:00000000 -- Sun Jun 28 12:00:00 2009",
            "atime: 0x4a475b40:00000000 -- Sun Jun 28 12:00:00 2009",
            "crtime: 0x4a475b40:00000000 -- Sun Jun 28 12:00:00 2009",
        ],
    );
    expect("/empty", &["Type: directory Mode: 01777", "Links: 2 Blockcount: 2"]);
    expect("/", &["Type: directory Mode: 0755", "Inode: 2 ", "Links: 5 Blockcount: 2"]);
    expect("/lost+found", &["Inode: 11 ", "Mode: 0700", "Size: 12288", "Links: 2"]);
    expect("/hole", &["Size: 5000", "Blockcount: 0"]);
    expect("/link59", &["Type: symlink Mode: 0777", "Size: 59", "Blockcount: 0", "Fast link dest"]);
    expect("/link60", &["Type: symlink", "Size: 60", "Blockcount: 2"]);
    expect("<8>", &["Mode: 0600", "Size: 1048576", "Links: 1 Blockcount: 2058"]);
}

#[test]
fn inodes_of_128_bytes_have_whole_seconds() {
    let mut options = options(Flavour::Ext2, BlockSize::Kib1);
    options.inode_size = InodeSize::Bytes128;
    let image = Image::new(&sample(), 4 << 20, &options);
    if let Some(stat) = image.debugfs("stat /suid") {
        assert!(stat.contains("mtime: 0x3b9aca00 --") && !stat.contains("crtime"), "{stat}");
    }
    let Some(fields) = image.dumpe2fs() else { return };
    assert!(fields.contains(&("Inode size".into(), "128".into())));
    assert!(!fields.iter().any(|(k, _)| k.contains("extra isize")));
}

#[test]
fn what_dumpe2fs_says() {
    let mut options = options(Flavour::Ext3, BlockSize::Kib1);
    options.label = Label::new("usbboot").unwrap();
    options.reserved_percent = 1;
    options.journal_blocks = Some(1500);
    let image = Image::new(&sample(), 10 << 20, &options);
    let Some(fields) = image.dumpe2fs() else { return };
    for (key, value) in [
        ("Filesystem volume name", "usbboot"),
        ("Filesystem UUID", "12345678-1234-1234-1234-123456789abc"),
        ("Filesystem magic number", "0xEF53"),
        ("Filesystem revision #", "1 (dynamic)"),
        (
            "Filesystem features",
            "has_journal ext_attr resize_inode dir_index filetype sparse_super large_file",
        ),
        ("Filesystem state", "clean"),
        ("Inode count", "2560"),
        ("Block count", "10240"),
        ("Reserved block count", "102"),
        ("Overhead clusters", "2227"),
        ("Reserved GDT blocks", "39"),
        ("Filesystem created", "Sun Jun 28 12:00:00 2009"),
        ("Last mount time", "n/a"),
        ("Last write time", "Sun Jun 28 12:00:00 2009"),
        ("Last checked", "Sun Jun 28 12:00:00 2009"),
        ("Directory Hash Seed", "5e5e5e5e-5e5e-5e5e-5e5e-5e5e5e5e5e5e"),
        ("Journal inode", "8"),
        ("Journal backup", "inode blocks"),
        ("Total journal blocks", "1500"),
        ("Journal start", "0"),
    ] {
        assert!(fields.contains(&(key.into(), value.into())), "no {key}: {value} in {fields:#?}");
    }
}
