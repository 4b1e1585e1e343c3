//! The smallest file system, against trying every size.

use crate::common::*;
use file_tree::Directory;
use fs_ext::{BlockSize, Error, Flavour, InodeCount, Options, lay_out, smallest};
use image_layout::Content;

/// Whether the tree fits and leaves `reserve` bytes, as the layout's own superblock has it.
fn fits(tree: &Directory, size: u64, options: &Options, reserve: u64) -> bool {
    let layout = match lay_out(tree, size, options) {
        Ok(layout) => layout,
        Err(Error::DoesNotFit { .. }) => return false,
        Err(e) => panic!("{e}"),
    };
    let sb = layout.regions().find(|r| r.name == "superblock").unwrap();
    let sb = fs_ext::format::Superblock::from_bytes(&bytes_of(&sb.content).try_into().unwrap());
    let free = u64::from(sb.s_free_blocks_count_lo.get());
    let root = u64::from(sb.s_r_blocks_count_lo.get());
    let bytes = 1024 << sb.s_log_block_size.get();
    reserve == 0 || free.saturating_sub(root) * bytes >= reserve
}

/// Every size below, block by block.
#[track_caller]
pub fn is_the_smallest(tree: &Directory, options: &Options, reserve: u64) {
    let least = smallest(tree, options, reserve).unwrap();
    assert!(fits(tree, least, options, reserve));
    let bytes = u64::from(options.block_size.map_or(1024, BlockSize::bytes));
    let mut size = 0;
    while size < least {
        assert!(!fits(tree, size, options, reserve), "{size} will do, not only {least}");
        size += bytes;
    }
}

fn tree_of(bytes: u64, empty_files: u32) -> Directory {
    let mut tree = directory(0o755);
    tree.insert(b"f", file(source(0, bytes))).unwrap();
    for n in 0..empty_files {
        tree.insert(format!("d/{n}").as_bytes(), file(Content::Zero { len: 0 })).unwrap();
    }
    tree
}

#[test]
fn no_smaller_size_will_do() {
    for block_size in BLOCK_SIZES {
        let mut options = options(Flavour::Ext2, block_size);
        for inodes in [InodeCount::Auto, InodeCount::PerBytes(1024), InodeCount::Exactly(3000)] {
            options.inodes = inodes;
            is_the_smallest(&tree_of(1_500_000, 300), &options, 0);
            is_the_smallest(&tree_of(100_000, 30), &options, 700_000);
        }
        // Where the inodes, not the blocks, decide.
        options.inodes = InodeCount::PerBytes(8192);
        is_the_smallest(&tree_of(0, 900), &options, 0);
    }
}

/// A number of inodes that is too small, by one, is so at every size: it is not rounded up group by
/// group until the tree fits.
#[test]
fn chosen_inodes_are_not_exceeded() {
    for flavour in FLAVOURS {
        for block_size in BLOCK_SIZES {
            let mut options = options(flavour, block_size);
            let tree = tree_of(100_000, 300);
            // The files, `d`, `f` and lost+found, and ten that are reserved, the root one of them.
            let all = 300 + 3 + 10;
            options.inodes = InodeCount::Exactly(all);
            let least = smallest(&tree, &options, 0).unwrap();
            assert!(lay_out(&tree, least, &options).is_ok());
            options.inodes = InodeCount::Exactly(all - 1);
            let refusals = [
                smallest(&tree, &options, 0).map(|_| ()),
                smallest(&tree, &options, 1 << 20).map(|_| ()),
                lay_out(&tree, least, &options).map(|_| ()),
                lay_out(&tree, 1 << 30, &options).map(|_| ()),
            ];
            for refusal in refusals {
                let error = refusal.unwrap_err();
                let text = error.to_string();
                let Error::DoesNotFit { needed, available, smallest: None, .. } = error else {
                    panic!("{text}");
                };
                assert_eq!((needed.inodes, available.inodes), (303, 302));
                assert!(needed.blocks <= available.blocks, "{text}");
                assert!(text.contains("no size holds it with these options"), "{text}");
            }
        }
    }
}

/// With extents, whose trees depend on where the data lie; sixteen groups of tables.
#[test]
fn no_smaller_size_will_do_with_extents() {
    for features in ["^has_journal", "^has_journal,^flex_bg,64bit"] {
        for block_size in BLOCK_SIZES {
            let mut options = with_features(options(Flavour::Ext4, block_size), features);
            for inodes in [InodeCount::Auto, InodeCount::PerBytes(1024)] {
                options.inodes = inodes;
                is_the_smallest(&tree_of(1_500_000, 300), &options, 0);
                is_the_smallest(&tree_of(100_000, 30), &options, 700_000);
            }
        }
        let mut options = with_features(options(Flavour::Ext4, BlockSize::Kib1), features);
        options.inodes = InodeCount::PerBytes(16 << 10);
        for kib in (7900..8900).step_by(111) {
            is_the_smallest(&tree_of(kib * 1024, 3), &options, 0);
        }
        // More pieces than the inode has extents for: groups with copies of the superblock.
        let mut tree = tree_of(60 << 20, 3);
        tree.insert(b"g", file(source(1, 50 << 20))).unwrap();
        is_the_smallest(&tree, &options, 0);
    }
}

/// Around the end of a group, where some more blocks give less room.
#[test]
fn no_smaller_size_will_do_around_the_end_of_a_group() {
    let mut options = options(Flavour::Ext2, BlockSize::Kib1);
    options.inodes = InodeCount::PerBytes(16 << 10);
    for kib in (7900..8900).step_by(111) {
        is_the_smallest(&tree_of(kib * 1024, 3), &options, 0);
    }
}

/// With the block size left to the rule, and a journal that quadruples at 32,768 blocks.
#[test]
fn across_the_steps_of_the_rules() {
    let mut options = options(Flavour::Ext3, BlockSize::Kib1);
    options.block_size = None;
    options.reserved_percent = 0;
    let mut before = 0;
    for mib in [0, 1, 2, 20, 28, 29, 30, 31, 100, 490, 500, 505, 600, 5000] {
        let tree = tree_of(mib << 20, 3);
        let least = smallest(&tree, &options, 10 << 20).unwrap();
        assert!(least >= before && least > (mib + 10) << 20, "{mib}");
        before = least;
        assert!(fits(&tree, least, &options, 10 << 20));
        let block = if least <= 512 << 20 { 1024 } else { 4096 };
        // 512 MiB is the first size in blocks of 4 KiB; what is below it comes in 1 KiB.
        let below = least - if least == 512 << 20 { 1024 } else { block };
        assert!(!fits(&tree, below, &options, 10 << 20), "{mib}");
    }
}

#[test]
fn what_is_missing_is_said() {
    let options = options(Flavour::Ext3, BlockSize::Kib1);
    let error = lay_out(&tree_of(5 << 20, 3), 4 << 20, &options).unwrap_err();
    let Error::DoesNotFit { needed, available, smallest: Some(least), .. } = error else {
        panic!("{error}")
    };
    // 5120 blocks of the file with 1 + 1 + 19 indirect ones, 3 of the root, `d` and the resize
    // inode, 12 of lost+found, 1024 of the journal with 1 + 1 + 3.
    assert_eq!(needed.blocks, 5120 + 21 + 3 + 12 + 1024 + 5);
    assert_eq!((needed.bytes, needed.inodes), (needed.blocks * 1024, 6));
    assert_eq!(available.inodes, 1024 - 10);
    assert!(available.blocks < 4096 && available.bytes == available.blocks * 1024);
    assert_eq!(smallest(&tree_of(5 << 20, 3), &options, 0), Ok(least));
    assert_eq!(
        Error::DoesNotFit {
            size: 4 << 20,
            block_size: 1024,
            needed,
            available,
            smallest: Some(least)
        }
        .to_string(),
        format!(
            "the tree needs 6333440 bytes (6185 blocks) and 6 inodes, but a file system of \
             4194304 bytes in blocks of 1024 has {} bytes ({} blocks) and 1014 inodes; \
             it fits from {least} bytes on",
            available.bytes, available.blocks
        )
    );
}
