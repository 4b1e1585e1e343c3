//! The edges of the format: computed where they cannot be written.

use crate::common::*;
use file_tree::{Meta, Node, Timestamp};
use fs_ext::read::Ext;
use fs_ext::{BlockSize, Error, Flavour, InodeCount, InodeSize, Label, Options, lay_out, smallest};
use image_layout::{Content, Part};

fn refused(node: Node, options: &Options) -> Error {
    let mut tree = directory(0o755);
    tree.insert(b"a/x", node).unwrap();
    let error = lay_out(&tree, 64 << 20, options).unwrap_err();
    assert_eq!(smallest(&tree, options, 0).unwrap_err(), error);
    error
}

#[test]
fn the_longest_file() {
    for (block_size, max) in [
        (BlockSize::Kib1, 17_247_252_480),
        (BlockSize::Kib2, 275_415_851_008),
        (BlockSize::Kib4, 2_194_719_883_264),
    ] {
        let options = options(Flavour::Ext2, block_size);
        let mut tree = directory(0o755);
        tree.insert(b"x", file(source(0, max))).unwrap();
        let least = smallest(&tree, &options, 0).unwrap();
        // The indirect blocks of the longer ones take a few GiB.
        if block_size == BlockSize::Kib1 {
            let layout = lay_out(&tree, least, &options).unwrap();
            let file = layout.regions().filter(|r| r.name == "file /x");
            assert_eq!(file.map(|r| r.content.len()).sum::<u64>(), max);
        }
        let error = refused(file(source(0, max + 1)), &options);
        let Error::FileTooLarge { path, len, max: said, .. } = error else { panic!("{error}") };
        assert_eq!((path.as_str(), len, said), ("/a/x", max + 1, max));
        // A hole that long has no blocks, but Linux reads no further either.
        refused(file(Content::Zero { len: max + 1 }), &options);
    }
}

/// 6 GiB in one file cost next to nothing: the data stay where they are, and the indirect blocks
/// are numbers that follow each other.
#[test]
fn a_large_file_costs_little_memory() {
    let mut options = options(Flavour::Ext3, BlockSize::Kib4);
    options.inodes = InodeCount::PerBytes(1 << 20);
    let mut tree = directory(0o755);
    tree.insert(b"x.iso", file(source(0, 6 << 30))).unwrap();
    let layout = lay_out(&tree, 64 << 30, &options).unwrap();
    let mut indirect = 0;
    let mut memory = 0;
    for r in layout.regions() {
        if matches!(r.content, Content::Bytes(_) | Content::Condensed(_)) {
            memory += r.content.len();
        }
        if r.name == "indirect blocks of /x.iso" {
            indirect += r.content.len();
        }
        if let Content::Source { offset, len, .. } = &r.content {
            assert_eq!((r.at % 4096, offset % 4096, len % 4096), (0, 0, 0), "no reflink");
        }
    }
    // 6 GiB are 1,572,864 blocks; 1024 to an indirect block: 1 + (1 + 1024) + (1 + 1 + 511).
    assert_eq!(indirect, (1 + 1025 + 2 + 511) * 4096);
    let pieces = layout.regions().filter(|r| r.name == "file /x.iso").count();
    assert!(pieces <= 49 + 1, "{pieces} pieces in 49 groups");
    assert!(memory < 9 << 20, "{memory}");
}

#[test]
fn symbolic_links() {
    let options = options(Flavour::Ext2, BlockSize::Kib1);
    let error = refused(symlink([b'x'; 1024]), &options);
    assert!(matches!(error, Error::SymlinkTarget { len: 1024, max: 1023, .. }), "{error}");
}

#[test]
fn times() {
    let at = |seconds, nanoseconds| {
        Node::Directory(file_tree::Directory::new(Meta {
            mtime: Timestamp { seconds, nanoseconds },
            ..Meta::root(0o755, TIME)
        }))
    };
    let mut options = options(Flavour::Ext2, BlockSize::Kib1);
    for (size, first, last) in [
        (InodeSize::Bytes128, -(1 << 31), (1 << 31) - 1),
        (InodeSize::Bytes256, -(1 << 31), (1 << 33) + (1 << 32) + (1 << 31) - 1),
    ] {
        options.inode_size = size;
        for (seconds, nanoseconds) in [(first - 1, 0), (last + 1, 0), (0, 1_000_000_000)] {
            let error = refused(at(seconds, nanoseconds), &options);
            assert!(matches!(error, Error::Time { .. }), "{error}");
        }
        let mut tree = directory(0o755);
        tree.insert(b"first", at(first, 0)).unwrap();
        tree.insert(b"last", at(last, 0)).unwrap();
        let image = Image::new(&tree, 1 << 20, &options);
        if let Some(stat) = image.debugfs("stat /last") {
            let want = format!(
                "mtime: 0x7fffffff{}",
                match size {
                    InodeSize::Bytes128 => " ",
                    InodeSize::Bytes256 => ":00000003",
                }
            );
            assert!(stat.contains(&want), "{stat}");
        }
    }
    options.time.seconds = -1;
    assert!(matches!(smallest(&directory(0), &options, 0), Err(Error::Time { .. })));
}

#[test]
fn options_out_of_range() {
    let tree = directory(0o755);
    let base = options(Flavour::Ext3, BlockSize::Kib1);
    let refused = |options: Options| lay_out(&tree, 64 << 20, &options).unwrap_err();
    for percent in [51, 255] {
        let error = refused(Options { reserved_percent: percent, ..base.clone() });
        assert_eq!(error, Error::ReservedPercent { percent });
    }
    for bytes in [0, 1023, (64 << 20) + 1] {
        let error = refused(Options { inodes: InodeCount::PerBytes(bytes), ..base.clone() });
        assert_eq!(error, Error::BytesPerInode { bytes });
    }
    for blocks in [0, 1023, 10_240_001] {
        let error = refused(Options { journal_blocks: Some(blocks), ..base.clone() });
        assert_eq!(error, Error::JournalBlocks { blocks });
    }
    let ext2 = Options { flavour: Flavour::Ext2, journal_blocks: Some(1024), ..base.clone() };
    assert_eq!(refused(ext2), Error::JournalOnExt2 { blocks: 1024 });
    for label in [&b"seventeen bytes!!"[..], b"a\0b"] {
        assert!(matches!(Label::new(label), Err(Error::Label { .. })));
    }
    for size in [u64::MAX, 16 << 40, 1 << 41] {
        let error = lay_out(&tree, size, &base).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{size}: {error}");
    }
}

/// What the README says is left out.
#[test]
fn features_left_out_are_refused_by_name() {
    let left_out = [
        "metadata_csum_seed",
        "orphan_file",
        "casefold",
        "encrypt",
        "verity",
        "inline_data",
        "ea_inode",
        "meta_bg",
        "bigalloc",
        "sparse_super2",
        "quota",
        "project",
        "mmp",
        "fast_commit",
        "stable_inodes",
        "journal_dev",
    ];
    let readme = include_str!("../../README.md");
    let (_, list) = readme.split_once("\nLeft out: ").unwrap();
    let (list, _) = list.split_once("\n\n").unwrap();
    for name in left_out {
        let options = options(Flavour::Ext4, BlockSize::Kib4);
        let error = options.with_feature(name, true).unwrap_err();
        assert!(error.to_string().contains(&format!("unknown feature `{name}`; known are ")));
        assert!(list.contains(&format!("`{name}`")), "{name}");
    }
}

/// All of a block group's numbers at the largest size: computed, and claimed, but not written.
#[test]
fn sixteen_tebibytes_less_one_block() {
    let mut options = options(Flavour::Ext3, BlockSize::Kib4);
    options.inodes = InodeCount::PerBytes(64 << 20);
    let size = (16 << 40) - 4096;
    let layout = lay_out(&directory(0o755), size, &options).unwrap();
    assert_eq!(layout.len(), size);
    let error = lay_out(&directory(0o755), size + 4096, &options).unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
}

#[test]
fn lost_and_found_may_be_given() {
    let options = options(Flavour::Ext3, BlockSize::Kib1);
    let mut tree = directory(0o755);
    tree.insert(b"lost+found/#123", file(vec![7; 3000])).unwrap();
    tree.insert(b"lost+found/d/e", file(vec![8; 3000])).unwrap();
    tree.insert(b"a/lost+found", file(vec![9])).unwrap();
    let image = Image::new(&tree, 4 << 20, &options);
    if let Some(stat) = image.debugfs("stat /lost+found") {
        assert!(stat.contains("Inode: 11 ") && stat.contains("Size: 12288"), "{stat}");
        assert!(stat.contains("Links: 3 "), "{stat}");
        assert_eq!(image.debugfs_dump("/lost+found/#123"), Some(vec![7; 3000]));
    }
    let mut tree = directory(0o755);
    tree.insert(b"lost+found", file(vec![])).unwrap();
    assert_eq!(lay_out(&tree, 4 << 20, &options), Err(Error::LostAndFound));
}

/// An inode has 64 bits for a length, and a map 32 for the number of a block.
#[test]
fn no_file_is_read_that_is_longer_than_a_map_can_tell() {
    let mut tree = directory(0o755);
    tree.insert(b"x", file(Content::Bytes(vec![7; 5000].into()))).unwrap();
    for flavour in FLAVOURS {
        let options = options(flavour, BlockSize::Kib1);
        let bytes = image_bytes(&lay_out(&tree, 10 << 20, &options).unwrap());
        let ext = Ext::open(Part::all(&bytes)).unwrap();
        let inodes = (11..20).filter_map(|number| ext.inode(number).ok());
        let mut inode = inodes.into_iter().find(|inode| inode.len == 5000).unwrap();
        let longest = u64::from(u32::MAX) << 10;
        inode.len = longest;
        assert_eq!(ext.extents(&inode).unwrap().last().unwrap().end(), longest);
        for len in [longest + 1, 1 << 62, u64::MAX] {
            inode.len = len;
            let error = ext.extents(&inode).unwrap_err().to_string();
            assert!(error.contains("bytes are more than a file can have"), "{error}");
        }
    }
}
