//! `resize2fs` takes what the reserved group descriptor blocks promise.

use crate::arbitrary::ferrosys_compares;
use crate::common::*;
use crate::everything::everything;
use fs_ext::format::Superblock;
use fs_ext::{BlockSize, Error, Flavour, InodeCount, Label, Options, lay_out, smallest};
use std::collections::BTreeMap;
use testbench::{Linux, Oracle, oracle};

#[test]
fn resize2fs_grows_it() {
    let Some(resize2fs) = oracle("resize2fs") else { return };
    let tree = sample();
    for block_size in BLOCK_SIZES {
        for flavour in FLAVOURS {
            let mut options = options(flavour, block_size);
            options.inodes = InodeCount::PerBytes(1 << 16);
            // One short group to begin with, then some with copies, then a thousand times the size.
            let image = Image::new(&tree, 7_000_000, &options);
            let thousandfold = (flavour != Flavour::Ext2).then_some(7_000_002_560);
            for size in [40u64 << 20].into_iter().chain(thousandfold) {
                let file = std::fs::File::options().write(true).open(image.path()).unwrap();
                file.set_len(size).unwrap();
                let ran = resize2fs.run([image.path()]);
                ran.expect_success("resize2fs");
                image.check();
                let Some(fields) = image.dumpe2fs() else { return };
                let blocks = (size / u64::from(block_size.bytes())).to_string();
                assert!(fields.contains(&("Block count".into(), blocks)), "{fields:?}");
            }
            for (path, bytes) in files(&tree) {
                if path.is_ascii() && !path.contains(['"', '\\']) {
                    assert_eq!(image.debugfs_dump(&path), Some(bytes), "{path}");
                }
            }
        }
    }
}

/// Grows the file of an image; the file system in it does not know.
fn grow_device(image: &Image, size: u64) {
    let file = std::fs::File::options().write(true).open(image.path()).unwrap();
    file.set_len(size).unwrap();
}

/// What enlarges a mounted `device` to 40 MiB, then to its whole, and then writes into it.
fn online(device: &str) -> String {
    format!(
        "mount -t ext4 -o noatime {device} /mnt
         resize2fs {device} 40M
         resize2fs {device}
         yes | head -c 20000000 > /mnt/new
         sync
         wc -c < /mnt/new
         umount /mnt\n"
    )
}

/// A machine with the images as disks, and with `resize2fs`.
fn linux<'a>(resize2fs: &Oracle, images: impl IntoIterator<Item = &'a Image>) -> Linux {
    let linux = Linux::new().program(resize2fs);
    images.into_iter().fold(linux, |linux, image| linux.disk(&image.path()))
}

/// While it is mounted: 6 times the size, then a thousand times. Then it is written into.
#[test]
fn linux_grows_it_while_it_is_mounted() {
    let Some(resize2fs) = oracle("resize2fs") else { return };
    let tree = sample();
    let mut images = Vec::new();
    let mut script = "set -e\n".to_owned();
    for (block_size, letters) in BLOCK_SIZES.into_iter().zip(["abc", "def", "ghi"]) {
        for (flavour, letter) in FLAVOURS.into_iter().zip(letters.chars()) {
            let mut options = options(flavour, block_size);
            options.inodes = InodeCount::PerBytes(1 << 16);
            let image = Image::new(&tree, 7_000_000, &options);
            grow_device(&image, 7_000_002_560);
            images.push(image);
            script += &online(&format!("/dev/vd{letter}"));
        }
    }
    let Some(ran) = linux(&resize2fs, &images).run(&script) else { return };
    let said = ran.expect_success("resize2fs, mounted").stdout;
    assert_eq!(said.lines().filter(|line| *line == "20000000").count(), 9, "{said}");
    for image in images {
        image.check();
        let Some(fields) = image.dumpe2fs() else { return };
        let of = |name: &str| -> u64 {
            let found = fields.iter().find(|(key, _)| key == name);
            found.unwrap_or_else(|| panic!("{name}")).1.parse().unwrap()
        };
        // All but a last group too short for its own tables.
        let missing = 7_000_002_560 - of("Block count") * of("Block size");
        assert!(missing < 100 * of("Block size"), "{fields:?}");
        for (path, bytes) in files(&tree) {
            if path.is_ascii() && !path.contains(['"', '\\']) {
                assert_eq!(image.debugfs_dump(&path), Some(bytes), "{path}");
            }
        }
    }
}

/// With one of the reserved blocks' numbers wrong.
#[test]
fn linux_objects_to_a_flipped_byte_when_it_grows_it() {
    let Some(resize2fs) = oracle("resize2fs") else { return };
    let options = options(Flavour::Ext3, BlockSize::Kib1);
    let layout = lay_out(&sample(), 7_000_000, &options).unwrap();
    let image = Image::of(&layout);
    let name = "indirect blocks of the resize inode";
    let map = layout.regions().find(|r| r.name == name).unwrap();
    let first = bytes_of(&map.content).iter().position(|b| *b != 0).unwrap();
    image.flip(map.at + first as u64, 1);
    grow_device(&image, 7_000_002_560);
    let script = format!("set -e\n{}", online("/dev/vda"));
    let Some(ran) = linux(&resize2fs, [&image]).run(&script) else { return };
    let ran = ran.expect_objection(1, "While checking for on-line resizing support", name);
    assert!(ran.stderr.contains("reserve_backup_gdb"), "{}", ran.stderr);
}

/// Laid out again at a larger size, as the README promises: what is what stays, what follows from
/// the size follows it.
#[test]
fn the_same_file_system_at_a_larger_size() {
    let tree = everything();
    for flavour in FLAVOURS {
        let options = Options {
            label: Label::new("keys").unwrap(),
            inodes: InodeCount::PerBytes(16 << 10),
            ..options(flavour, BlockSize::Kib1)
        };
        let least = smallest(&tree, &options, 0).unwrap();
        let mut first: Option<(BTreeMap<Vec<u8>, u32>, Superblock)> = None;
        for size in [least, least + (1 << 20), 40 << 20, 600 << 20] {
            let layout = lay_out(&tree, size, &options).unwrap();
            let image = Image::of(&layout);
            ferrosys_compares(&image.path(), &tree, &options);
            let file = std::fs::File::open(image.path()).unwrap();
            let mut fs = ferrosys::ext::Reader::open(file).unwrap();
            let names = fs.walk().unwrap().into_iter().map(|entry| (entry.path, entry.number));
            let numbers: BTreeMap<_, _> = names.collect();
            let region = layout.regions().find(|r| r.name == "superblock").unwrap();
            let bytes = bytes_of(&region.content).try_into().unwrap();
            let superblock = Superblock::from_bytes(&bytes);
            let (numbers_before, before) =
                first.get_or_insert_with(|| (numbers.clone(), superblock.clone()));
            assert_eq!(numbers, *numbers_before, "{size}");
            // All that differs is counts, and the journal's place and size.
            let follows = [
                "s_inodes_count",
                "s_blocks_count_lo",
                "s_r_blocks_count_lo",
                "s_free_blocks_count_lo",
                "s_free_inodes_count",
                "s_blocks_per_group",
                "s_clusters_per_group",
                "s_inodes_per_group",
                "s_reserved_gdt_blocks",
                "s_overhead_blocks",
                "s_jnl_blocks",
                "s_checksum",
            ];
            for row in ondisk::diff(before, &superblock) {
                assert!(follows.contains(&row), "{size}: {row}");
            }
        }
    }
}

/// Without a block size of its own, it is another from 512 MiB on, and a tree may need more room.
#[test]
fn a_larger_size_may_have_larger_blocks() {
    let mut tree = directory(0o755);
    for n in 0..130_000 {
        tree.insert(format!("{}/{n}", n % 500).as_bytes(), file(vec![1; 100])).unwrap();
    }
    let by_rule = Options { block_size: None, ..options(Flavour::Ext2, BlockSize::Kib1) };
    lay_out(&tree, 511 << 20, &by_rule).unwrap();
    let error = lay_out(&tree, 512 << 20, &by_rule).unwrap_err();
    assert!(matches!(error, Error::DoesNotFit { block_size: 4096, .. }), "{error}");
    lay_out(&tree, 512 << 20, &options(Flavour::Ext2, BlockSize::Kib1)).unwrap();
}
