//! Whether a tree fits into a file system of some size, and the smallest one it fits into.
//!
//! Block maps need the same number of indirect blocks wherever the data lies, so that a tree
//! fits exactly when there are enough blocks and enough inodes.

use crate::block_map::indirect_blocks;
use crate::defaults::{SIZE_CLASSES, SizeClass, journal_blocks};
use crate::format::inode::number;
use crate::geometry::{Geometry, Unfit};
use crate::sparse::dense;
use crate::survey::{Demand, Survey};
use crate::{BlockSize, Error, Options, Space};

/// Inodes that no file can have: 1 to 10. The root is one of them.
const RESERVED_INODES: u64 = number::FIRST as u64 - 1;

/// A file system that a tree fits into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fit {
    pub geometry: Geometry,
    /// Blocks of the journal, without its indirect ones; 0: there is none.
    pub journal_blocks: u64,
}

enum Misfit {
    Full { needed: Space, available: Space },
    TooLarge,
}

/// Blocks that the file system itself takes where files could be: the journal with its indirect
/// blocks, and the double indirect block of the resize inode.
fn own_blocks(journal: u64, block_size: BlockSize) -> u64 {
    journal + indirect_blocks(&dense(journal), block_size).unwrap_or_default() + 1
}

fn inodes_wanted(blocks: u64, class: &SizeClass, demand: Demand, options: &Options) -> u64 {
    let bytes = blocks * u64::from(class.block_size(options).bytes());
    class.inodes(options, bytes, demand.inodes + RESERVED_INODES)
}

/// Blocks that must stay free for `reserve` bytes of files of ordinary users.
fn spare_blocks(blocks: u64, reserve: u64, block_size: BlockSize, options: &Options) -> u64 {
    match reserve {
        0 => 0,
        _ => {
            reserve.div_ceil(block_size.bytes().into())
                + blocks * u64::from(options.reserved_percent) / 100
        }
    }
}

fn try_fit(
    blocks: u64,
    class: &SizeClass,
    demand: Demand,
    reserve: u64,
    options: &Options,
) -> Result<Fit, Misfit> {
    let block_size = class.block_size(options);
    let bytes = u64::from(block_size.bytes());
    let inodes = inodes_wanted(blocks, class, demand, options);
    let geometry = match Geometry::new(blocks, inodes, block_size, options.inode_size) {
        Ok(geometry) => Some(geometry),
        Err(Unfit::TooSmall) => None,
        Err(Unfit::TooLarge) => return Err(Misfit::TooLarge),
    };
    let total = geometry.map_or(blocks, |g| g.blocks.into());
    let journal_blocks = journal_blocks(options, total);
    let needed = demand.blocks
        + own_blocks(journal_blocks, block_size)
        + spare_blocks(total, reserve, block_size, options);
    let needed =
        Space { bytes: needed.saturating_mul(bytes), blocks: needed, inodes: demand.inodes };
    let room = geometry.map_or(0, |g| g.room());
    let available = Space {
        bytes: room * bytes,
        blocks: room,
        inodes: geometry.map_or(0, |g| g.inodes().saturating_sub(RESERVED_INODES)),
    };
    match geometry {
        Some(geometry) if needed.blocks <= room && needed.inodes <= available.inodes => {
            Ok(Fit { geometry, journal_blocks })
        }
        _ => Err(Misfit::Full { needed, available }),
    }
}

/// The numbers of a file system of `size` bytes that holds the tree.
pub(crate) fn fit(survey: &Survey<'_>, size: u64, options: &Options) -> Result<Fit, Error> {
    let class = SizeClass::of(size);
    let block_size = class.block_size(options);
    let demand = survey.demand(block_size)?;
    let block_size = block_size.bytes();
    match try_fit(size / u64::from(block_size), class, demand, 0, options) {
        Ok(fit) => Ok(fit),
        Err(Misfit::TooLarge) => Err(Error::TooLarge { size, block_size }),
        Err(Misfit::Full { needed, available }) => {
            let smallest = smallest(survey, options, 0).ok();
            Err(Error::DoesNotFit { size, block_size, needed, available, smallest })
        }
    }
}

/// The smallest size in bytes, a multiple of the block size, that holds the tree.
///
/// Room does not simply grow with the size: a larger journal, another block size or a group
/// more take some back. So every size is tried, from below, except those that cannot do: when
/// `b` blocks have to hold at least `n` beside files and tables, `b` below `n` are skipped, and
/// the bound holds for all sizes up to `n` because it only grows with `b`.
pub(crate) fn smallest(survey: &Survey<'_>, options: &Options, reserve: u64) -> Result<u64, Error> {
    let mut from = 0;
    let mut refused = Error::TooLarge { size: u64::MAX, block_size: BlockSize::Kib4.bytes() };
    for class in &SIZE_CLASSES {
        let block_size = class.block_size(options);
        let bytes = u64::from(block_size.bytes());
        let (low, high) = (u64::div_ceil(from, bytes), class.below.div_ceil(bytes));
        from = class.below;
        match survey.demand(block_size) {
            Ok(demand) => match smallest_in(low..high, class, demand, reserve, options) {
                Ok(Some(blocks)) => return Ok(blocks * bytes),
                Ok(None) => {}
                Err(error) => return Err(error),
            },
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

fn smallest_in(
    range: core::ops::Range<u64>,
    class: &SizeClass,
    demand: Demand,
    reserve: u64,
    options: &Options,
) -> Result<Option<u64>, Error> {
    let block_size = class.block_size(options);
    // The first size that has inodes enough, however they are rounded up.
    let (mut blocks, mut enough) = (range.start, range.end);
    while blocks < enough {
        let middle = blocks + (enough - blocks) / 2;
        let inodes = inodes_wanted(middle, class, demand, options);
        let most = Geometry::most_inodes(middle, inodes, block_size, options.inode_size);
        if most < demand.inodes + RESERVED_INODES {
            blocks = middle + 1;
        } else {
            enough = middle;
        }
    }
    while blocks < range.end {
        let least = Geometry::least_blocks(blocks, block_size);
        let inodes = inodes_wanted(blocks, class, demand, options);
        let bound = demand.blocks
            + own_blocks(journal_blocks(options, least), block_size)
            + spare_blocks(least, reserve, block_size, options)
            + Geometry::least_tables(blocks, inodes, block_size, options.inode_size);
        if bound > blocks {
            blocks = bound;
            continue;
        }
        match try_fit(blocks, class, demand, reserve, options) {
            Ok(_) => return Ok(Some(blocks)),
            Err(Misfit::Full { .. }) => blocks += 1,
            Err(Misfit::TooLarge) => {
                let block_size = block_size.bytes();
                return Err(Error::TooLarge { size: blocks * u64::from(block_size), block_size });
            }
        }
    }
    Ok(None)
}
