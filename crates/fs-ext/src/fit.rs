//! Whether a tree fits into a file system of some size, and the smallest one it fits into.
//!
//! Block maps need the same number of indirect blocks wherever the data lies, so that a tree fits
//! exactly when there are enough blocks and enough inodes. Extent trees need more blocks the more
//! pieces the data lie in: if there is room for the fewest that they can need, everything is placed
//! to see whether it fits.

use crate::defaults::{SIZE_CLASSES, SizeClass};
use crate::format::inode::number;
use crate::geometry::{Geometry, Rules, Unfit};
use crate::inode_list::{Demand, InodeList};
use crate::journal::journal_blocks;
use crate::map::Map;
use crate::placement::{Placement, Short};
use crate::sparse::dense;
use crate::{BlockSize, Error, InodeCount, Options, Space};

/// Inodes that no file can have: 1 to 10. The root is one of them.
const RESERVED_INODES: u64 = number::FIRST as u64 - 1;

/// A file system that a tree fits into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fit {
    pub geometry: Geometry,
    /// Blocks of the journal, without its indirect ones; 0: there is none.
    pub journal_blocks: u64,
}

/// A tree, what it takes with blocks of one size, and what was chosen.
struct Task<'a> {
    list: &'a InodeList<'a>,
    demand: &'a Demand,
    class: &'a SizeClass,
    rules: Rules,
    options: &'a Options,
    /// Bytes that must stay free.
    reserve: u64,
    /// The number of inodes that was chosen. Groups round it up, each by a few: with enough of
    /// them there would be room for any tree, in a file system that nobody wants.
    chosen: u64,
}

/// The number of inodes that was chosen; `u64::MAX` if none was.
fn chosen(options: &Options) -> u64 {
    match options.inodes {
        InodeCount::Exactly(n) => n.into(),
        InodeCount::Auto | InodeCount::PerBytes(_) => u64::MAX,
    }
}

enum Misfit {
    Full { needed: Space, available: Space },
    TooLarge,
}

impl Task<'_> {
    /// Blocks that the file system itself takes where files could be: the journal with its map,
    /// and the double indirect block of the resize inode.
    fn own_blocks(&self, blocks: u64) -> u64 {
        let journal = journal_blocks(self.options, blocks);
        let map = self.list.map().least_blocks(&dense(journal), self.rules.block_size);
        journal + map + u64::from(self.list.has_resize_inode())
    }

    fn inodes_wanted(&self, blocks: u64) -> u64 {
        let bytes = blocks * u64::from(self.rules.block_size.bytes());
        self.class.inodes(self.options, bytes, self.demand.inodes + RESERVED_INODES)
    }

    /// Blocks that must stay free for files of ordinary users.
    fn spare_blocks(&self, blocks: u64) -> u64 {
        match self.reserve {
            0 => 0,
            reserve => {
                reserve.div_ceil(self.rules.block_size.bytes().into())
                    + blocks * u64::from(self.options.reserved_percent) / 100
            }
        }
    }

    fn try_fit(&self, blocks: u64) -> Result<Fit, Misfit> {
        let bytes = u64::from(self.rules.block_size.bytes());
        let geometry = match Geometry::new(blocks, self.inodes_wanted(blocks), self.rules) {
            Ok(geometry) => Some(geometry),
            Err(Unfit::TooSmall) => None,
            Err(Unfit::TooLarge) => return Err(Misfit::TooLarge),
        };
        let total = geometry.map_or(blocks, |g| g.blocks);
        let spare = self.spare_blocks(total);
        let needed = self.demand.blocks + self.own_blocks(total) + spare;
        let space =
            |blocks: u64, inodes| Space { bytes: blocks.saturating_mul(bytes), blocks, inodes };
        let available = space(
            geometry.map_or(0, |g| g.room()),
            geometry.map_or(0, |g| g.inodes().min(self.chosen).saturating_sub(RESERVED_INODES)),
        );
        let inodes = self.demand.inodes;
        let full = |needed| Misfit::Full { needed: space(needed, inodes), available };
        let Some(geometry) = geometry else { return Err(full(needed)) };
        if needed > available.blocks || inodes > available.inodes {
            return Err(full(needed));
        }
        let journal_blocks = journal_blocks(self.options, total);
        if self.list.map() == Map::Extents {
            match Placement::new(&geometry, journal_blocks, self.list, self.demand) {
                Ok(placement) => {
                    let free = placement.free.total();
                    if free < spare {
                        return Err(full(available.blocks + spare - free));
                    }
                }
                Err(Short(beyond)) => return Err(full(needed + beyond.max(1))),
            }
        }
        Ok(Fit { geometry, journal_blocks })
    }
}

/// The numbers of a file system of `size` bytes that holds the tree, and what the tree takes.
pub(crate) fn fit(
    list: &InodeList<'_>,
    size: u64,
    options: &Options,
) -> Result<(Fit, Demand), Error> {
    fit_or(list, size, options, || smallest(list, options, 0).ok())
}

/// As [`fit`]; `smallest` finds the size that the error says would do.
fn fit_or(
    list: &InodeList<'_>,
    size: u64,
    options: &Options,
    smallest: impl FnOnce() -> Option<u64>,
) -> Result<(Fit, Demand), Error> {
    let class = SizeClass::of(size);
    let block_size = class.block_size(options);
    let demand = list.demand(block_size)?;
    let rules = Rules::new(options, block_size);
    let chosen = chosen(options);
    let task = Task { list, demand: &demand, class, rules, options, reserve: 0, chosen };
    let block_size = block_size.bytes();
    match task.try_fit(size / u64::from(block_size)) {
        Ok(fit) => Ok((fit, demand)),
        Err(Misfit::TooLarge) => Err(Error::TooLarge { size, block_size }),
        Err(Misfit::Full { needed, available }) => {
            let smallest = smallest();
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
pub(crate) fn smallest(
    list: &InodeList<'_>,
    options: &Options,
    reserve: u64,
) -> Result<u64, Error> {
    let chosen = chosen(options);
    if list.inodes() + RESERVED_INODES > chosen {
        // No size will do. The error tells of one that would if the number were not chosen.
        let otherwise = Options { inodes: InodeCount::Auto, ..options.clone() };
        let size = smallest(list, &otherwise, reserve)?;
        fit_or(list, size, options, || None)?;
    }
    let mut from = 0;
    let mut refused = Error::TooLarge { size: u64::MAX, block_size: BlockSize::Kib4.bytes() };
    let mut known: Option<(BlockSize, Demand)> = None;
    for class in &SIZE_CLASSES {
        let block_size = class.block_size(options);
        let bytes = u64::from(block_size.bytes());
        let (low, high) = (u64::div_ceil(from, bytes), class.below.div_ceil(bytes));
        from = class.below;
        let demand = match known.take() {
            Some((of, demand)) if of == block_size => demand,
            _ => match list.demand(block_size) {
                Ok(demand) => demand,
                Err(error) => {
                    refused = error;
                    continue;
                }
            },
        };
        let rules = Rules::new(options, block_size);
        let task = Task { list, demand: &demand, class, rules, options, reserve, chosen };
        if let Some(blocks) = task.smallest_in(low..high)? {
            return Ok(blocks * bytes);
        }
        known = Some((block_size, demand));
    }
    Err(refused)
}

impl Task<'_> {
    fn smallest_in(&self, range: core::ops::Range<u64>) -> Result<Option<u64>, Error> {
        let block_size = self.rules.block_size;
        // The first size that has inodes enough, however they are rounded up.
        let (mut blocks, mut enough) = (range.start, range.end);
        while blocks < enough {
            let middle = blocks + (enough - blocks) / 2;
            let most = Geometry::most_inodes(middle, self.inodes_wanted(middle), self.rules);
            if most < self.demand.inodes + RESERVED_INODES {
                blocks = middle + 1;
            } else {
                enough = middle;
            }
        }
        while blocks < range.end {
            let least = Geometry::least_blocks(blocks, block_size);
            let bound = self.demand.blocks
                + self.own_blocks(least)
                + self.spare_blocks(least)
                + Geometry::least_tables(blocks, self.inodes_wanted(blocks), self.rules);
            if bound > blocks {
                blocks = bound;
                continue;
            }
            match self.try_fit(blocks) {
                Ok(_) => return Ok(Some(blocks)),
                Err(Misfit::Full { .. }) => blocks += 1,
                Err(Misfit::TooLarge) => {
                    let block_size = block_size.bytes();
                    let size = blocks * u64::from(block_size);
                    return Err(Error::TooLarge { size, block_size });
                }
            }
        }
        Ok(None)
    }
}
