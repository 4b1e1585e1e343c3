//! What FAT cannot hold, and what is said about it.

use crate::common::{TIME, directory, file, options, source};
use file_tree::{DeviceNumber, Directory, Meta, Node, Special, SpecialKind, Symlink};
use fs_fat::{Error, FatType, Label, Options, lay_out, smallest};
use image_layout::SectorSize;

fn small() -> Options {
    Options::new(1, TIME)
}

#[track_caller]
fn refused(nodes: Vec<(&[u8], Node)>, message: &str) {
    let mut tree = directory();
    for (path, node) in nodes {
        tree.insert(path, node).unwrap();
    }
    assert_eq!(lay_out(&tree, 1 << 20, &small()).unwrap_err().to_string(), message);
    assert_eq!(smallest(&tree, &small(), 0).unwrap_err().to_string(), message);
}

#[test]
fn what_is_no_file_and_no_directory() {
    let meta = Meta::root(0o777, TIME);
    refused(
        vec![(b"EFI/link", Node::Symlink(Symlink::new(meta, b"x").unwrap()))],
        "`/EFI/link` is a symbolic link, and FAT has none; put a file in its place or leave it out",
    );
    let null = SpecialKind::Character(DeviceNumber::new(1, 3).unwrap());
    refused(
        vec![(b"dev/null", Node::Special(Special::new(meta, null)))],
        "`/dev/null` is a device, fifo or socket, and FAT has none; put a file in its place or \
         leave it out",
    );
}

#[test]
fn names_that_fat_has_not() {
    for (name, why) in [
        (&b"a:b"[..], "contains ':'"),
        (b"a\\b", "contains '\\\\'"),
        (b"tab\there", "contains '\\t'"),
        (b"end.", "ends with a dot or a space, which FAT drops"),
        (b"end ", "ends with a dot or a space, which FAT drops"),
    ] {
        let shown = shown_text::Shown(name);
        let message = format!("`/d/{shown}` cannot be a name in FAT: it {why}");
        refused(vec![(&[b"d/", name].concat(), file(vec![]))], &message);
    }
    let message = "`/\\xff` cannot be a name in FAT: it is not UTF-8";
    refused(vec![(b"\xff", file(vec![]))], message);
}

#[test]
fn names_that_are_one() {
    for (one, other) in [("Efi", "efi"), ("Größe", "grÖße")] {
        let message = format!(
            "`/x/{other}` and `/x/{one}` are the same name in FAT, which knows no case; rename one"
        );
        let at = |name: &str| format!("x/{name}").into_bytes();
        refused(vec![(&at(one), file(vec![])), (&at(other), file(vec![]))], &message);
    }
    // A name that could be a shortened one is given out before any is.
    let mut tree = directory();
    for name in [&b"A long name"[..], b"ALONGN~1", b"a long name 2"] {
        tree.insert(name, file(vec![])).unwrap();
    }
    lay_out(&tree, 1 << 20, &small()).unwrap();
}

#[test]
fn files_past_32_bits() {
    let message = "`/large` has 4294967296 bytes; a file in FAT holds at most 4294967295";
    refused(vec![(b"large", file(source(0, 1 << 32)))], message);
    let most = i64::MAX as u64 - 9;
    let message = format!("`/a` has {most} bytes; a file in FAT holds at most 4294967295");
    let many = [&b"a"[..], b"b", b"c", b"d"].map(|name| (name, file(source(0, most))));
    refused(many.into(), &message);
}

#[test]
fn labels() {
    for bad in ["", " x", "twelve chars", "a.b", "größe", "a\n"] {
        let e = Label::new(bad).unwrap_err().to_string();
        let shown = shown_text::Shown(bad.as_bytes());
        assert!(e.starts_with(&format!("the label `{shown}` is none for FAT: ")), "{e}");
    }
    assert_eq!(Label::new("usb-Boot 1").unwrap().as_str(), "USB-BOOT 1");
}

fn with_file(len: u64) -> Directory {
    let mut tree = directory();
    tree.insert(b"file", file(source(0, len))).unwrap();
    tree
}

#[test]
fn sizes_that_do_not_do() {
    let tree = with_file(2 << 20);
    let e = lay_out(&tree, 1 << 20, &small()).unwrap_err();
    let size = smallest(&tree, &small(), 0).unwrap();
    let message = format!(
        "the tree does not fit a FAT file system of 1048576 bytes; it fits from {size} bytes on"
    );
    assert_eq!(e.to_string(), message);
    lay_out(&tree, size, &small()).unwrap();
    assert!(matches!(lay_out(&tree, 0, &small()), Err(Error::DoesNotFit { .. })));

    let fat12 = options(FatType::Fat12, SectorSize::Bytes512);
    let e = lay_out(&tree, 1 << 40, &fat12).unwrap_err();
    let message = "FAT12 cannot be made of 1099511627776 bytes in sectors of 512: \
                   that is too large for it";
    assert_eq!(e.to_string(), message);
    let message = "the tree does not fit a FAT file system of 1048576 bytes; \
                   no size holds it with these options";
    let e = lay_out(&with_file(1 << 30), 1 << 20, &fat12).unwrap_err();
    assert_eq!(e.to_string(), message);
}

#[test]
fn a_full_root_directory() {
    let mut tree = directory();
    for i in 0..300 {
        tree.insert(format!("a name that is long {i}").as_bytes(), file(vec![])).unwrap();
    }
    let fat16 = options(FatType::Fat16, SectorSize::Bytes512);
    let none = Err(Error::DoesNotFit { size: 20 << 20, smallest: None });
    assert_eq!(lay_out(&tree, 20 << 20, &fat16), none);
    lay_out(&tree, 40 << 20, &options(FatType::Fat32, SectorSize::Bytes512)).unwrap();
}
