//! What only ext4 has: feature sets, extent trees, hashed directories, checksums.

use crate::common::*;
use crate::kernel::Mount;
use file_tree::{Directory, Node};
use fs_ext::{BlockSize, Error, Flavour, InodeCount, InodeSize, Options, lay_out, smallest};
use image_layout::{Content, Layout};
use std::os::unix::fs::MetadataExt;

fn ext4(block_size: BlockSize) -> Options {
    options(Flavour::Ext4, block_size)
}

/// A directory of so many empty files; one name in seven is beyond ASCII.
fn many(count: u32) -> Directory {
    let mut tree = directory(0o755);
    for n in 0..count {
        tree.insert(&name(n), file(vec![])).unwrap();
    }
    tree
}

fn name(n: u32) -> Vec<u8> {
    let mut path = format!("many/entry-number-{n:06}").into_bytes();
    if n.is_multiple_of(7) {
        path.extend(b"-\xc3\xa4\xff\x80");
    }
    path
}

#[test]
fn clean_with_every_feature_set() {
    let mut tree = sample();
    tree.insert(b"large", file(source(7, 20_000_000))).unwrap();
    for n in 0..500 {
        tree.insert(&name(n), file(vec![])).unwrap();
    }
    for block_size in BLOCK_SIZES {
        for features in FEATURE_SETS {
            for inode_size in [InodeSize::Bytes128, InodeSize::Bytes256] {
                let options = Options { inode_size, ..ext4(block_size) };
                let options = with_features(options, features);
                let least = smallest(&tree, &options, 0).unwrap();
                let more = (inode_size == InodeSize::Bytes256).then_some(least + 12_345_678);
                for size in [least].into_iter().chain(more) {
                    let image = Image::new(&tree, size, &options);
                    let Some(got) = image.debugfs_dump("/large") else { return };
                    assert!(got == bytes_of(&source(7, 20_000_000)), "{features}");
                }
            }
        }
    }
}

/// Many inodes in small groups, so that the tables of sixteen groups reach into the next ones,
/// around copies of the superblock; sizes that end in every group of a flexible one.
#[test]
fn tables_beyond_their_first_group() {
    for inodes in [InodeCount::PerBytes(1024), InodeCount::PerBytes(4096)] {
        let options = Options { inodes, ..ext4(BlockSize::Kib1) };
        for groups in 1..20 {
            for more in [0, 3000] {
                let size = (1 + groups * 8192 + more) * 1024;
                Image::new(&sample(), size, &options);
            }
        }
    }
}

/// In blocks of 1 KiB, 84 extents of 32 MiB fit into a block of a tree, and 4 into the inode.
#[test]
fn extent_trees_of_several_levels() {
    use BlockSize::{Kib1, Kib2, Kib4};
    for (block_size, gib, depth) in
        [(Kib1, 3, 1), (Kib1, 13, 2), (Kib2, 3, 1), (Kib2, 12, 1), (Kib4, 2, 1), (Kib4, 50, 1)]
    {
        let mut tree = directory(0o755);
        tree.insert(b"x", file(source(0, gib << 30))).unwrap();
        let options = Options { inodes: InodeCount::PerBytes(1 << 20), ..ext4(block_size) };
        let layout = lay_out(&tree, smallest(&tree, &options, 0).unwrap(), &options).unwrap();
        let image = Image::without_sources(&layout);
        let Some(extents) = image.debugfs("extents /x") else { return };
        let last = extents.lines().last().unwrap();
        assert!(last.trim().starts_with(&format!("{depth}/ {depth}")), "{last}");
        let Some(stat) = image.debugfs("stat /x") else { return };
        let held = layout.regions().filter(|r| r.name.ends_with(" /x")).map(|r| r.content.len());
        let sectors = held.sum::<u64>() / 512;
        assert!(stat.contains(&format!("Blockcount: {sectors}\n")), "{sectors}: {stat}");
    }
}

/// A journal of a GiB lies in many groups, and has an extent tree of its own.
#[test]
fn the_largest_journal() {
    let options = Options { inodes: InodeCount::PerBytes(1 << 20), ..ext4(BlockSize::Kib4) };
    let layout = lay_out(&directory(0o755), 200 << 30, &options).unwrap();
    assert!(layout.regions().any(|r| r.name == "extent tree of the journal"));
    let image = Image::without_sources(&layout);
    let Some(stat) = image.debugfs("stat <8>") else { return };
    assert!(stat.contains("Size: 1073741824") && stat.contains("Flags: 0x80000"), "{stat}");
    if can_mount() {
        let mount = Mount::new(&image, Flavour::Ext4, "rw");
        std::fs::write(mount.at.join("x"), [7; 10_000]).unwrap();
        mount.unmount();
        image.check();
    }
}

/// By names, under Linux, which hashes them itself; then entries come and go.
#[test]
fn linux_finds_every_name_in_a_hashed_directory() {
    if !can_mount() {
        return;
    }
    for (block_size, flavour, count, levels) in [
        (BlockSize::Kib1, Flavour::Ext4, 100_000, 1),
        (BlockSize::Kib4, Flavour::Ext4, 100_000, 1),
        (BlockSize::Kib2, Flavour::Ext3, 3000, 0),
    ] {
        let tree = many(count);
        let inodes = InodeCount::Exactly(count + 3000);
        let options = options(flavour, block_size);
        let options = Options { hashed_directories: true, inodes, ..options };
        let image = Image::new(&tree, smallest(&tree, &options, 8 << 20).unwrap(), &options);
        let Some(dump) = image.debugfs("htree_dump /many") else { return };
        for want in ["Hash Version: 1".to_owned(), format!("Indirect levels: {levels}")] {
            assert!(dump.contains(&want), "{}", &dump[..dump.len().min(600)]);
        }
        let mount = Mount::new(&image, flavour, "rw,noatime");
        let path = |n: u32| {
            use std::os::unix::ffi::OsStrExt;
            mount.at.join(std::ffi::OsStr::from_bytes(&name(n)))
        };
        for n in 0..count {
            assert!(path(n).symlink_metadata().is_ok(), "{:?}", path(n));
        }
        assert!(path(count).symlink_metadata().is_err());
        assert_eq!(std::fs::read_dir(mount.at.join("many")).unwrap().count() as u32, count);
        // Full blocks are split, and so are full nodes of the index.
        for n in count..count + 2000 {
            std::fs::write(path(n), []).unwrap();
        }
        for n in (0..count).step_by(3) {
            std::fs::remove_file(path(n)).unwrap();
        }
        let left = std::fs::read_dir(mount.at.join("many")).unwrap().count() as u32;
        assert_eq!(left, count + 2000 - count.div_ceil(3));
        mount.unmount();
        image.check();
    }
}

/// One link instead of 70,002.
#[test]
fn more_subdirectories_than_links() {
    let mut tree = directory(0o755);
    for n in 0..70_000 {
        tree.insert(format!("dirs/{n}").as_bytes(), Node::Directory(directory(0o700))).unwrap();
    }
    let options = ext4(BlockSize::Kib1);
    let image = Image::new(&tree, smallest(&tree, &options, 1 << 20).unwrap(), &options);
    if can_mount() {
        let mount = Mount::new(&image, Flavour::Ext4, "rw");
        assert_eq!(std::fs::metadata(mount.at.join("dirs")).unwrap().nlink(), 1);
        std::fs::remove_dir(mount.at.join("dirs/4711")).unwrap();
        std::fs::create_dir(mount.at.join("dirs/new")).unwrap();
        mount.unmount();
        image.check();
    }
    let without = with_features(options, "^dir_nlink");
    let error = smallest(&tree, &without, 0).unwrap_err();
    assert!(matches!(error, Error::TooManySubdirectories { max: 64_998, .. }), "{error}");
}

/// Three names fill a block of 1 KiB: 50,000 of them need a third level, or no index.
#[test]
fn directories_too_large_for_two_levels() {
    let mut tree = directory(0o755);
    for n in 0..50_000 {
        tree.insert(format!("many/{n:0255}").as_bytes(), file(vec![])).unwrap();
    }
    for (features, flags) in [("", "0x80000"), ("large_dir", "0x81000")] {
        let options = with_features(ext4(BlockSize::Kib1), features);
        let image = Image::new(&tree, smallest(&tree, &options, 0).unwrap(), &options);
        let Some(stat) = image.debugfs("stat /many") else { return };
        assert!(stat.contains(&format!("Flags: {flags}")), "{features}: {stat}");
        let Some(stat) = image.debugfs(&format!("stat /many/{:0255}", 31_415)) else { return };
        assert!(stat.contains("Type: regular"), "{features}: {stat}");
    }
}

fn start(layout: &Layout, name: &str) -> u64 {
    let found = layout.regions().find(|r| r.name == name);
    found.unwrap_or_else(|| panic!("no {name}")).at
}

/// Every kind of checksum, by a flipped bit that nothing else would tell.
#[test]
fn e2fsck_objects_to_a_flipped_bit_under_every_checksum() {
    let mut tree = many(40_000);
    tree.insert(b"x", file(source(0, 200 << 20))).unwrap();
    let options = Options { inodes: InodeCount::Exactly(41_000), ..ext4(BlockSize::Kib1) };
    let layout = lay_out(&tree, smallest(&tree, &options, 0).unwrap(), &options).unwrap();
    let many = start(&layout, "directory /many");
    let stored = layout.regions().find(|r| r.at == many).unwrap();
    let bytes = bytes_of(&stored.content);
    // Nodes of the index are behind the entries: the last block is one.
    assert_eq!(bytes[0x1E], 1);
    let node = many + bytes.len() as u64 - 1024;
    let inode = start(&layout, "group 0/inode table") + 10 * 256;
    for (what, at) in [
        ("superblock: when it was written", start(&layout, "superblock") + 0x30),
        ("superblock: its checksum", start(&layout, "superblock") + 0x3FC),
        ("descriptor: its checksum", start(&layout, "group descriptors") + 0x1E),
        ("descriptor: of the block bitmap", start(&layout, "group descriptors") + 0x18),
        ("descriptor: of the inode bitmap", start(&layout, "group descriptors") + 0x1A),
        ("inode: access time", inode + 0x08),
        ("inode: low half of its checksum", inode + 0x7C),
        ("inode: high half of its checksum", inode + 0x82),
        ("directory of one block: its checksum", start(&layout, "directory /") + 1020),
        ("directory: block of entries", many + 1024 + 1020),
        ("directory: root of the index", many + 1020),
        ("directory: node of the index", node + 1020),
        ("extent tree: its checksum", start(&layout, "extent tree of /x") + 1020),
    ] {
        let image = Image::without_sources(&layout);
        image.flip(at, 0x04);
        let Some(ran) = image.e2fsck() else { return };
        // It exits with 0 when it has a copy to go by, or can compute what is wrong.
        let said = [&ran.stdout, &ran.stderr].iter().any(|out| out.contains("checksum"));
        assert!(said, "{what}: accepted\n{}", ran.stdout);
    }
    // With uninit_bg only the descriptors have one.
    let options = with_features(options, "^metadata_csum,uninit_bg");
    let layout = lay_out(&tree, smallest(&tree, &options, 0).unwrap(), &options).unwrap();
    let image = Image::without_sources(&layout);
    image.flip(start(&layout, "group descriptors") + 0x1E, 0x04);
    let Some(ran) = image.e2fsck() else { return };
    assert!(ran.stdout.contains("Group descriptor 0 checksum"), "CRC-16: {}", ran.stdout);
}

/// Most groups of 64 GiB are marked as not in use, and need no bitmaps.
#[test]
fn an_empty_file_system_is_small() {
    let layout = lay_out(&directory(0o755), 64 << 30, &ext4(BlockSize::Kib4)).unwrap();
    let bytes = |r: image_layout::Region<'_>| match &r.content {
        Content::Bytes(_) | Content::Condensed(_) | Content::Counting { .. } => r.content.len(),
        Content::Source { .. } | Content::Zero { .. } => 0,
    };
    let written: u64 = layout.regions().map(bytes).sum();
    // Nearly all of it are the 1022 blocks reserved for descriptors, which list their copies.
    assert!(written < 5 << 20, "{written}");
    let image = Image::without_sources(&layout);
    let blocks = std::fs::metadata(image.path()).unwrap().blocks();
    assert!(blocks * 512 < 8 << 20, "{blocks}");
}

/// Beyond 2^32 blocks: computed and claimed, not written.
#[test]
fn twenty_tebibytes() {
    let mut options = Options { block_size: None, ..ext4(BlockSize::Kib4) };
    options.inodes = InodeCount::PerBytes(64 << 20);
    let size = 20 << 40;
    let mut tree = directory(0o755);
    let longest = (1 << 44) - 4096;
    tree.insert(b"x", file(source(0, longest))).unwrap();
    let layout = lay_out(&tree, size, &options).unwrap();
    let sb = layout.regions().find(|r| r.name == "superblock").unwrap();
    let sb = fs_ext::format::Superblock::from_bytes(&bytes_of(&sb.content).try_into().unwrap());
    assert_eq!((sb.s_blocks_count_hi.get(), sb.s_blocks_count_lo.get()), (1, 1 << 30));
    assert_eq!((sb.s_desc_size.get(), sb.s_feature_incompat.get() & 0x80), (64, 0x80));
    let held: u64 = layout.regions().filter(|r| r.name == "file /x").map(|r| r.content.len()).sum();
    assert_eq!(held, longest);
    for features in ["^64bit", "^extent"] {
        let error = lay_out(&directory(0), size, &with_features(options.clone(), features));
        assert!(matches!(error, Err(Error::TooLarge { .. })), "{features}");
    }
    // Two of them: the smallest file system is full, and one block less is refused with its size.
    tree.insert(b"y", file(source(1, longest))).unwrap();
    let least = smallest(&tree, &options, 0).unwrap();
    assert!(least > 32 << 40 && lay_out(&tree, least, &options).is_ok());
    let error = lay_out(&tree, least - 4096, &options).unwrap_err();
    assert!(matches!(error, Error::DoesNotFit { smallest: Some(n), .. } if n == least), "{error}");
    tree = directory(0o755);
    tree.insert(b"x", file(source(0, longest + 1))).unwrap();
    let error = lay_out(&tree, size, &options).unwrap_err();
    assert!(matches!(error, Error::FileTooLarge { max, .. } if max == longest), "{error}");
}

/// A hole of any length has no blocks.
#[test]
fn a_hole_of_sixteen_tebibytes() {
    let mut tree = directory(0o755);
    tree.insert(b"x", file(Content::Zero { len: (1 << 44) - 4096 })).unwrap();
    let options = ext4(BlockSize::Kib4);
    let image = Image::new(&tree, smallest(&tree, &options, 0).unwrap(), &options);
    let Some(stat) = image.debugfs("stat /x") else { return };
    assert!(stat.contains("Size: 17592186040320") && stat.contains("Blockcount: 0"), "{stat}");
}
