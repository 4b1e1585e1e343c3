//! What the fuzz target does with any bytes, done with two hundred seeds.

use crate::arbitrary::{Outcome, expect_reason, ext4_view_compares, ferrosys_compares, run};
use crate::common::*;
use crate::everything::everything;
use fs_ext::{BlockSize, Error, Flavour, lay_out};
use image_layout::{SourceId, Sources};
use std::panic::catch_unwind;

/// The bytes of a case; longer ones hold larger trees.
fn bytes_of_seed(seed: u32) -> Vec<u8> {
    let len = [40, 200, 600, 2000][seed as usize % 4];
    let mut bytes = vec![0; len];
    Pattern.read_exact_at(SourceId(seed), 0, &mut bytes).unwrap();
    bytes
}

#[test]
fn two_hundred_seeds() {
    let mut good = 0;
    for seed in 0..200 {
        let _named = Seed(seed);
        good += u32::from(run(&bytes_of_seed(seed)) == Outcome::Good);
    }
    assert!(good >= 100, "only {good} images");
}

/// Changes that `e2fsck` does not look at, or takes for what was meant.
#[test]
fn the_readers_object_to_flipped_bytes() {
    let tree = everything();
    for flavour in [Flavour::Ext2, Flavour::Ext4] {
        let options = options(flavour, BlockSize::Kib1);
        let options = match flavour {
            Flavour::Ext4 => with_features(options, "^metadata_csum"),
            _ => options,
        };
        let layout = lay_out(&tree, 9 << 20, &options).unwrap();
        let region = |name: &str| {
            let mut all = layout.regions();
            all.find(|r| r.name == name).unwrap_or_else(|| panic!("{name}")).at
        };
        let image = Image::of(&layout);
        ferrosys_compares(&image.path(), &tree, &options);
        ext4_view_compares(&image.path(), &tree, &options);
        let inode = |path: &str| {
            let said = image.debugfs(&format!("imap {path}"))?;
            // `located at block 123, offset 0x0100`
            let (_, place) = said.rsplit_once("block ").unwrap();
            let (block, offset) = place.trim().split_once(", offset 0x").unwrap();
            let offset = u64::from_str_radix(offset, 16).unwrap();
            Some(block.parse::<u64>().unwrap() * 1024 + offset)
        };
        // What, where, and whether ext4-view knows of such things.
        let mut flips = vec![
            ("content", region("file /a") + 19_999, true),
            ("name", region("directory /links") + 12 + 12 + 8, true),
        ];
        for (what, path, byte, seen) in [
            ("mode", "/links/one", 0x00, true),
            ("owner", "/dev/fifo", 0x02, true),
            ("mtime", "/sparse/hole", 0x10, true),
            ("nanoseconds", "/x/many", 0x89, true),
            ("ctime", "/x/many", 0x0C, false),
            ("device", "/dev/nvme", 0x28 + 4, false),
            ("target", "/x/symlink", 0x28, true),
            ("value in the inode", "/x/acl", 255, false),
        ] {
            let Some(at) = inode(path) else { return };
            flips.push((what, at + byte, seen));
        }
        for (what, at, seen) in flips {
            image.flip(at, 4);
            let of_ferrosys = catch_unwind(|| ferrosys_compares(&image.path(), &tree, &options));
            assert!(of_ferrosys.is_err(), "ferrosys: {what}");
            let of_view = catch_unwind(|| ext4_view_compares(&image.path(), &tree, &options));
            assert_eq!(of_view.is_err(), seen, "ext4-view: {what}");
            image.flip(at, 4);
        }
        ferrosys_compares(&image.path(), &tree, &options);
        // Another tree: without a link, and with a hole where there was none.
        let mut other = tree.clone();
        let Some(file_tree::Node::Linked(_)) = other.remove(b"z") else { panic!() };
        other.insert(b"z", file(source(3, 20_000))).unwrap();
        assert!(catch_unwind(|| ferrosys_compares(&image.path(), &other, &options)).is_err());
    }
}

#[test]
fn a_refusal_without_reason_is_a_finding() {
    let options = options(Flavour::Ext4, BlockSize::Kib1);
    let tree = everything();
    let long = Error::SymlinkTarget { path: "/link".into(), len: 2000, max: 1023 };
    for error in [Error::LostAndFound, long, Error::ReservedPercent { percent: 50 }] {
        assert!(catch_unwind(|| expect_reason(&error, &tree, &options)).is_err(), "{error}");
    }
    let mut tree = tree;
    tree.insert(b"lost+found", file(vec![])).unwrap();
    expect_reason(&Error::LostAndFound, &tree, &options);
}
