//! The map by which an inode finds its blocks: a block map or a tree of extents.

use crate::allocate::Extent;
use crate::checksum::InodeSeed;
use crate::feature::Feature;
use crate::format::inode::EXTENTS_FL;
use crate::inode_blocks::InodeBlocks;
use crate::sparse::Run;
use crate::{BlockSize, Options, block_map, extent_tree};
use image_layout::Content;

/// The kind of map of a file system: one for all its files, directories, links and the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Map {
    /// 12 block numbers, then blocks of block numbers.
    Indirect,
    /// Runs of blocks.
    Extents,
}

/// The contents of the inode's map and of the map's own blocks.
pub(crate) struct Filled {
    pub i_block: [u32; 15],
    /// The map's own blocks, as pieces that follow each other.
    pub tables: Vec<Content>,
}

impl Map {
    pub fn new(options: &Options) -> Self {
        if options.has(Feature::Extent) { Self::Extents } else { Self::Indirect }
    }

    /// Blocks of the map's own that data in `runs` need: of a block map exactly, of an
    /// extent tree at the least.
    pub fn least_blocks(self, runs: &[Run], block_size: BlockSize) -> u64 {
        match self {
            Self::Indirect => block_map::indirect_blocks(runs, block_size).unwrap_or_default(),
            Self::Extents => extent_tree::least_tree_blocks(runs, block_size),
        }
    }

    /// Longest file in bytes.
    pub fn longest_file(self, block_size: BlockSize) -> u64 {
        match self {
            Self::Indirect => block_map::longest_file(block_size),
            Self::Extents => extent_tree::longest_file(block_size),
        }
    }

    /// `i_flags` of an inode with such a map, even if it maps nothing.
    pub fn flags(self) -> u32 {
        match self {
            Self::Indirect => 0,
            Self::Extents => EXTENTS_FL,
        }
    }

    /// The name of the map's own blocks.
    pub fn name(self) -> &'static str {
        match self {
            Self::Indirect => "indirect blocks",
            Self::Extents => "extent tree",
        }
    }

    pub fn fill(
        self,
        runs: &[Run],
        place: &InodeBlocks,
        block_size: BlockSize,
        seed: InodeSeed,
    ) -> Filled {
        let (data, own): (&[Extent], &[Extent]) = (&place.data, &place.map);
        match self {
            Self::Indirect => {
                let map = block_map::fill(runs, data, own, block_size);
                Filled { i_block: map.i_block, tables: map.tables }
            }
            Self::Extents => {
                let tree = extent_tree::fill(runs, data, own, block_size, seed);
                Filled { i_block: tree.i_block, tables: vec![tree.tables.into()] }
            }
        }
    }
}
