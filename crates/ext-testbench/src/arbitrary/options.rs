//! The options and the size of a case's file system.

use super::input::Input;
use crate::images::*;
use file_tree::Timestamp;
use fs_ext::{Flavour, InodeCount, InodeSize, Label, Options};

/// Features that can be chosen in ext4; those at the end of the list are off by default.
const FEATURES: [&str; 12] = [
    "has_journal",
    "resize_inode",
    "dir_index",
    "extent",
    "flex_bg",
    "huge_file",
    "dir_nlink",
    "extra_isize",
    "metadata_csum",
    "64bit",
    "uninit_bg",
    "large_dir",
];

pub fn options(input: &mut Input<'_>) -> Options {
    let flavour = input.pick(&FLAVOURS);
    let seconds = match input.below(16) {
        0..15 => input.pick(&[TIME.seconds, 0, 1, (1 << 31) - 1]),
        _ => input.pick(&[1 << 31, (3 << 32) + 5]),
    };
    let time = Timestamp { seconds, nanoseconds: input.pick(&[0, 1, 999_999_999]) };
    let mut uuid = UUID;
    uuid[0] = input.byte();
    let mut options = Options::new(flavour, uuid, [input.byte(); 16], time);
    options.block_size = input.pick(&[
        Some(BLOCK_SIZES[0]),
        Some(BLOCK_SIZES[1]),
        Some(BLOCK_SIZES[2]),
        Some(BLOCK_SIZES[0]),
        None,
    ]);
    options.inode_size = input.pick(&[InodeSize::Bytes256, InodeSize::Bytes128]);
    options.inodes = match input.below(6) {
        0..3 => InodeCount::Auto,
        3 => InodeCount::PerBytes(1024 + input.below(1 << 17) as u32),
        4 => InodeCount::PerBytes(1 << 26),
        _ => InodeCount::Exactly(200 + input.below(3000) as u32),
    };
    options.reserved_percent = input.below(52) as u8;
    let label: Vec<u8> = input.bytes(3).iter().map(|b| *b.max(&1)).collect();
    options.label = Label::new(label).unwrap();
    options.hashed_directories ^= input.one_in(4);
    if flavour != Flavour::Ext2 {
        options.journal_blocks = input.pick(&[None, Some(1024), Some(1024 + 12 + 256 + 3), None]);
    }
    if flavour == Flavour::Ext4 {
        // Mostly few changes, sometimes many. Setting a feature to its default counts as a change,
        // too.
        let changes = input.pick(&[0, 0, 1, 1, 2, 12]);
        for _ in 0..changes {
            let name = input.pick(&FEATURES);
            options = options.with_feature(name, input.one_in(2)).unwrap();
        }
        if input.one_in(2) {
            // Most of a small ext4 is its journal, and more room is needed for nothing else.
            options = options.with_feature("has_journal", false).unwrap();
            options.journal_blocks = None;
        }
    } else if input.one_in(4) {
        options = options.with_feature(input.pick(&["resize_inode", "dir_index"]), false).unwrap();
    }
    options
}

/// A size, relative to the smallest that the tree fits into.
#[derive(Debug, Clone, Copy)]
pub enum Size {
    Least,
    /// A size of this many per mille of the smallest.
    Smaller(u64),
    /// A size of this many bytes more than the smallest.
    Larger(u64),
    /// The end of the n-th group from there on, and so many blocks and bytes.
    EndOfGroup {
        groups: u64,
        blocks: i64,
        bytes: u64,
    },
}

pub fn size(input: &mut Input<'_>) -> Size {
    match input.below(6) {
        0 => Size::Least,
        1 => Size::Smaller(input.below(1000)),
        2 => Size::Larger(input.below(100_000)),
        3 => Size::Larger(input.below(3 << 20)),
        _ => Size::EndOfGroup {
            groups: input.pick(&[0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 7, 8, 15, 16, 25]),
            blocks: match input.below(2) {
                0 => input.around(3),
                _ => input.below(1200) as i64,
            },
            bytes: input.pick(&[0, 0, 1, 511, 1023]),
        },
    }
}

impl Size {
    /// The size in bytes, where `least` is the smallest size and a block has `block` bytes.
    pub fn bytes(self, least: u64, block: u64) -> u64 {
        match self {
            Self::Least => least,
            Self::Smaller(per_mille) => least / 1000 * per_mille,
            Self::Larger(by) => least + by,
            Self::EndOfGroup { groups, blocks, bytes } => {
                let (group, first) = (8 * block * block, if block == 1024 { 1024 } else { 0 });
                let end = (least.div_ceil(group) + groups) * group + first;
                end.saturating_add_signed(blocks * block as i64) + bytes
            }
        }
    }
}
