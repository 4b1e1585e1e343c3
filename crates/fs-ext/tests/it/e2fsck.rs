//! `e2fsck -fn` and `debugfs` on images of every kind.

use crate::common::*;
use file_tree::{Directory, Node};
use fs_ext::{BlockSize, Error, Flavour, InodeCount, InodeSize, smallest};
use image_layout::Content;

/// Every block size, flavour and inode size, in sizes with odd ends: one short group, a last
/// group of a few blocks, of just too few, and bytes behind the last block.
#[test]
fn clean_at_every_size() {
    let tree = sample();
    for block_size in BLOCK_SIZES {
        for flavour in FLAVOURS {
            for inode_size in [InodeSize::Bytes128, InodeSize::Bytes256] {
                let mut options = options(flavour, block_size);
                options.inode_size = inode_size;
                if block_size == BlockSize::Kib4 {
                    options.inodes = InodeCount::PerBytes(65_536);
                }
                let bytes = u64::from(block_size.bytes());
                let group = bytes * bytes * 8;
                let least = smallest(&tree, &options, 0).unwrap();
                let mut sizes = vec![least, least + 12_345];
                if block_size != BlockSize::Kib4 {
                    for blocks in [-1, 0, 1, 60, 400, 700, 1500] {
                        sizes.push((group as i64 + blocks * bytes as i64) as u64);
                    }
                    sizes.push(3 * group + 777 * bytes + 1);
                }
                for size in sizes {
                    let image = Image::new(&tree, size, &options);
                    compare_with_debugfs(&image, &tree);
                }
            }
        }
    }
}

/// Contents through `debugfs dump`, of the files whose names it can be told.
#[track_caller]
fn compare_with_debugfs(image: &Image, tree: &Directory) {
    for path in ["/boot/grub/grub.cfg", "/boot/grub/i386-pc/normal.mod", "/hole", "/suid"] {
        let Some(got) = image.debugfs_dump(path) else { return };
        let Some(Node::File(f)) = tree.get(path.as_bytes()) else { panic!("{path}") };
        assert!(got == bytes_of(&f.content), "{path} differs");
    }
}

#[test]
fn an_empty_tree() {
    for block_size in BLOCK_SIZES {
        for flavour in FLAVOURS {
            let options = options(flavour, block_size);
            let least = smallest(&directory(0o755), &options, 0).unwrap();
            for size in [least, least + 1, 5 << 20, 9_999_999] {
                Image::new(&directory(0o755), size, &options);
            }
        }
    }
}

#[test]
fn e2fsck_objects_to_a_flipped_bit_in_a_bitmap() {
    let layout = fs_ext::lay_out(&sample(), 4 << 20, &options(Flavour::Ext3, BlockSize::Kib1));
    let layout = layout.unwrap();
    for (name, words) in [
        ("group 0/block bitmap", "Block bitmap differences"),
        ("group 0/inode bitmap", "Inode bitmap differences"),
    ] {
        let at = layout.regions().find(|r| r.name == name).unwrap().at;
        let image = Image::of(&layout);
        image.flip(at + 1, 0x10);
        if let Some(ran) = image.e2fsck() {
            ran.expect_objection(4, words, name);
        }
    }
}

#[test]
fn the_content_comparison_objects_to_a_flipped_byte() {
    let tree = sample();
    let layout = fs_ext::lay_out(&tree, 4 << 20, &options(Flavour::Ext2, BlockSize::Kib1)).unwrap();
    let name = "file /boot/grub/i386-pc/normal.mod";
    let at = layout.regions().find(|r| r.name == name).unwrap().at;
    let image = Image::of(&layout);
    image.flip(at + 70_000, 1);
    image.check(); // e2fsck does not look at contents
    let Some(got) = image.debugfs_dump("/boot/grub/i386-pc/normal.mod") else { return };
    assert_ne!(got, bytes_of(&source(1, 70_001)));
}

/// Files that end just before, at and behind every boundary of the block map. A hundred MiB in
/// blocks of 1 KiB reach the triple indirect tree.
#[test]
fn files_at_the_boundaries_of_the_block_map() {
    let (p, bs) = (256, 1024);
    let boundaries = [12, 12 + p, 12 + p + p * p, 12 + p + p * p + p * p];
    for flavour in FLAVOURS {
        for (i, b) in boundaries.into_iter().enumerate() {
            let mut tree = directory(0o755);
            for (j, len) in [b * bs - 1, b * bs, b * bs + 1, (b + 1) * bs].into_iter().enumerate() {
                // Of the large ones two, and only one boundary's at a time: they are 130 MiB long.
                if i < 2 || j == i - 2 || j == 2 {
                    let content = source((i * 4 + j) as u32, len);
                    tree.insert(format!("{b}-{j}").as_bytes(), file(content)).unwrap();
                }
            }
            let options = options(flavour, BlockSize::Kib1);
            let image = Image::new(&tree, smallest(&tree, &options, 0).unwrap(), &options);
            for (path, bytes) in files(&tree) {
                let Some(got) = image.debugfs_dump(&path) else { return };
                assert!(got == bytes, "{path} differs");
            }
        }
    }
}

/// A full file system in many groups: what fits nowhere in one piece is whole all the same.
#[test]
fn files_in_pieces() {
    let mut tree = directory(0o755);
    for n in 0..9 {
        // Three files of a group and a half, then files of 0.6 groups: nothing fits neatly.
        let len = if n < 3 { 12_000 * 1024 } else { 4900 * 1024 + n };
        tree.insert(format!("f{n}").as_bytes(), file(source(n as u32, len))).unwrap();
    }
    let options = options(Flavour::Ext3, BlockSize::Kib1);
    let image = Image::new(&tree, smallest(&tree, &options, 0).unwrap(), &options);
    for (path, bytes) in files(&tree) {
        let Some(got) = image.debugfs_dump(&path) else { return };
        assert!(got == bytes, "{path} differs");
    }
}

/// 100,000 entries in one directory; 31,998 subdirectories, which is all that Linux allows.
#[test]
fn large_directories() {
    let mut tree = directory(0o755);
    for n in 0..100_000 {
        let path = format!("many/entry-number-{n:06}");
        tree.insert(path.as_bytes(), file(Content::Zero { len: 0 })).unwrap();
    }
    for n in 0..31_998 {
        let path = format!("dirs/{n}");
        tree.insert(path.as_bytes(), Node::Directory(directory(0o700))).unwrap();
    }
    for block_size in [BlockSize::Kib1, BlockSize::Kib4] {
        let options = options(Flavour::Ext3, block_size);
        let image = Image::new(&tree, smallest(&tree, &options, 0).unwrap(), &options);
        if let Some(stat) = image.debugfs("stat /many/entry-number-099999") {
            assert!(stat.contains("Type: regular"), "{stat}");
        }
    }
    tree.insert(b"dirs/more", Node::Directory(directory(0o700))).unwrap();
    let error = smallest(&tree, &options(Flavour::Ext2, BlockSize::Kib1), 0).unwrap_err();
    let Error::TooManySubdirectories { path, count, max } = error else { panic!("{error}") };
    assert_eq!((path.as_str(), count, max), ("/dirs", 31_999, 31_998));
}

/// A group without room for its tables, as the last one or as the only one.
#[test]
fn groups_without_room_for_their_tables() {
    let mut options = options(Flavour::Ext2, BlockSize::Kib1);
    // Sixteen inodes in four blocks of the table for each of two groups; behind 8193 blocks a
    // second group needs 1 + 1 + 32 + 2 + 4 blocks for itself.
    options.inodes = InodeCount::Exactly(32);
    for blocks in 8190..8245 {
        let image = Image::new(&directory(0o755), blocks * 1024, &options);
        let Some(fields) = image.dumpe2fs() else { return };
        let count = fields.iter().find(|(k, _)| k == "Block count").unwrap();
        // The groups end at 8193; a second one exists from the 42nd block behind that on.
        let whole = blocks.min(8193);
        let want = if blocks < 8193 + 41 { whole } else { blocks };
        assert_eq!(count.1, want.to_string(), "{blocks}");
    }
    for size in [0, 1, 1024, 2048, 9 * 1024] {
        let error = fs_ext::lay_out(&directory(0o755), size, &options).unwrap_err();
        assert!(matches!(error, Error::DoesNotFit { smallest: Some(_), .. }), "{error}");
    }
}
