//! The numbers of a file system: groups, tables, copies. Computes, and writes nothing.

use crate::feature::Feature;
use crate::format::superblock::DESC_SIZE_64BIT;
use crate::{BlockSize, InodeSize, Options};

/// The choices that the numbers depend on, beside the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    pub block_size: BlockSize,
    pub inode_size: InodeSize,
    /// Groups that have their tables together: 1, or 16 with flex_bg.
    pub groups_per_flex: u32,
    /// Whether block numbers have 64 bits; `None`: if they must.
    pub bit64: Option<bool>,
    /// Whether blocks are reserved for more descriptors.
    pub resize_inode: bool,
}

/// The geometry: the place of everything whose place follows from the size alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub block_size: BlockSize,
    pub inode_size: InodeSize,
    /// Blocks of the file system, block 0 included.
    pub blocks: u64,
    /// Block groups.
    pub groups: u32,
    /// Inodes in every group: fills its table's blocks and is a multiple of 8.
    pub inodes_per_group: u32,
    /// Bytes of a group descriptor: 32, or 64 with 64bit.
    pub descriptor_size: u16,
    /// Blocks that the group descriptors take, in every copy.
    pub descriptor_blocks: u32,
    /// Blocks behind them that are kept for more descriptors, in every copy.
    pub reserved_descriptor_blocks: u32,
    /// Groups that have their tables together.
    pub groups_per_flex: u32,
}

/// The reason why there is no geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// The first group has no room for its own tables.
    TooSmall,
    /// Block numbers overflow, or a group has no room for all the descriptors.
    TooLarge,
}

/// A block group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group {
    pub number: u32,
    /// First block.
    pub start: u64,
    /// Blocks: fewer than the others in the last group.
    pub blocks: u32,
    /// Whether it opens with a superblock and the group descriptors (group 0) or copies of them.
    pub has_superblock: bool,
    /// The tables; with flex_bg they lie in the first group of sixteen, or behind it.
    pub block_bitmap: u64,
    pub inode_bitmap: u64,
    pub inode_table: u64,
    /// First block behind all tables that lie in this group: what is free follows.
    pub data: u64,
}

impl Group {
    /// The number one past the last block.
    pub fn end(&self) -> u64 {
        self.start + u64::from(self.blocks)
    }
}

/// Whether group `number` holds a superblock: 0, 1 and the powers of 3, 5 and 7 (sparse_super).
pub(crate) fn has_superblock(number: u32) -> bool {
    let power_of = |base: u32| {
        let mut n = number;
        while n > 1 && n.is_multiple_of(base) {
            n /= base;
        }
        n == 1
    };
    number == 0 || [3, 5, 7].into_iter().any(power_of)
}

/// The groups below `groups` that hold a superblock, in order.
pub(crate) fn superblock_groups(groups: u32) -> Vec<u32> {
    let mut found: Vec<u32> = [0, 1].into_iter().filter(|n| *n < groups).collect();
    for base in [3u32, 5, 7] {
        let powers = core::iter::successors(Some(base), |n| n.checked_mul(base));
        found.extend(powers.take_while(|n| *n < groups));
    }
    found.sort_unstable();
    found
}

/// Bytes of a group descriptor without 64bit.
const DESCRIPTOR: u16 = 32;

/// The numbers that follow from a block size alone.
impl BlockSize {
    /// Blocks in a group: as many as one block of bitmap has bits.
    pub(crate) const fn blocks_per_group(self) -> u32 {
        self.bytes() * 8
    }

    /// The block at which group 0 starts: behind the boot block, unless that shares the
    /// superblock's block.
    pub(crate) const fn first_data_block(self) -> u32 {
        matches!(self, Self::Kib1) as u32
    }

    /// Block numbers that an indirect block holds.
    pub(crate) const fn pointers(self) -> u32 {
        self.bytes() / 4
    }

    fn groups(self, blocks: u64) -> u64 {
        blocks
            .saturating_sub(self.first_data_block().into())
            .div_ceil(self.blocks_per_group().into())
    }

    /// Inodes in one block of a table.
    fn inodes_per_block(self, inode_size: InodeSize) -> u32 {
        self.bytes() / inode_size.bytes()
    }
}

impl Rules {
    pub fn new(options: &Options, block_size: BlockSize) -> Self {
        let bit64 = if options.has(Feature::Extent) {
            options.features.chosen(Feature::Bit64)
        } else {
            Some(false)
        };
        Self {
            block_size,
            inode_size: options.inode_size,
            groups_per_flex: if options.has(Feature::FlexBg) { 16 } else { 1 },
            bit64,
            resize_inode: options.has(Feature::ResizeInode),
        }
    }

    fn descriptor_size(self, blocks: u64) -> u16 {
        if self.bit64.unwrap_or(blocks > u32::MAX.into()) { DESC_SIZE_64BIT } else { DESCRIPTOR }
    }

    /// Blocks of group descriptors, and blocks reserved for more of them: enough to grow
    /// 1024-fold, as far as block numbers of 32 bits and the resize inode reach.
    fn descriptor_blocks(self, blocks: u64) -> (u64, u64) {
        let per_block =
            u64::from(self.block_size.bytes()) / u64::from(self.descriptor_size(blocks));
        let now = self.block_size.groups(blocks).div_ceil(per_block);
        let grown = (blocks.saturating_mul(1024)).min(u32::MAX.into());
        let then = self.block_size.groups(grown).div_ceil(per_block);
        let reserved = then.saturating_sub(now).min(self.block_size.pointers().into());
        (now, if self.resize_inode { reserved } else { 0 })
    }

    /// The number that the inodes of a group are a multiple of: whole blocks of the table, and
    /// whole bytes of the bitmap.
    fn quantum(self) -> u64 {
        u64::from(self.block_size.inodes_per_block(self.inode_size)).max(8)
    }
}

impl Geometry {
    /// The geometry of `blocks` blocks with `inodes` inodes or a few more; or with fewer, where
    /// the groups' bitmaps or the inodes' numbers of 32 bits have no room for them.
    ///
    /// A last group that would have no block left behind its tables is dropped: the file system
    /// ends before it.
    pub fn new(blocks: u64, inodes: u64, rules: Rules) -> Result<Self, Unfit> {
        let block_size = rules.block_size;
        let first = u64::from(block_size.first_data_block());
        let per_group = u64::from(block_size.blocks_per_group());
        let quantum = rules.quantum();
        let mut count = blocks;
        loop {
            let groups = block_size.groups(count);
            if groups == 0 {
                return Err(Unfit::TooSmall);
            }
            let numbered = (u64::from(u32::MAX) / groups / quantum * quantum).max(quantum);
            let inodes_per_group = inodes
                .div_ceil(groups)
                .next_multiple_of(quantum)
                .clamp(quantum, per_group)
                .min(numbered);
            let (now, reserved) = rules.descriptor_blocks(count);
            let (Ok(groups), Ok(inodes_per_group), Ok(descriptors), Ok(reserved)) = (
                u32::try_from(groups),
                u32::try_from(inodes_per_group),
                u32::try_from(now),
                u32::try_from(reserved),
            ) else {
                return Err(Unfit::TooLarge);
            };
            let descriptor_size = rules.descriptor_size(count);
            if count > u32::MAX.into() && descriptor_size == DESCRIPTOR {
                return Err(Unfit::TooLarge);
            }
            let geometry = Self {
                block_size,
                inode_size: rules.inode_size,
                blocks: count,
                groups,
                inodes_per_group,
                descriptor_size,
                descriptor_blocks: descriptors,
                reserved_descriptor_blocks: reserved,
                groups_per_flex: rules.groups_per_flex,
            };
            let last = groups - 1;
            let last_blocks = count - first - u64::from(last) * per_group;
            if geometry.tables(last) < last_blocks
                && (groups == 1 || geometry.tables(0) < per_group)
                && geometry.flexible_groups_fit()
            {
                return Ok(geometry);
            }
            match (last, last_blocks < per_group) {
                (0, true) => return Err(Unfit::TooSmall),
                (_, true) => count = first + u64::from(last) * per_group,
                (_, false) => return Err(Unfit::TooLarge),
            }
        }
    }

    /// A lower bound of the blocks that the tables of a file system of `blocks` blocks or more
    /// take, even if its last group is dropped. It grows with `blocks` and with `inodes`.
    pub fn least_tables(blocks: u64, inodes: u64, rules: Rules) -> u64 {
        let block_size = rules.block_size;
        let first = u64::from(block_size.first_data_block());
        let per_group = u64::from(block_size.blocks_per_group());
        let whole = Self::least_blocks(blocks, block_size);
        let groups = block_size.groups(whole).max(1);
        let (now, reserved) = rules.descriptor_blocks(whole);
        let copies = superblock_groups(u32::try_from(groups).unwrap_or(u32::MAX)).len() as u64;
        let inodes = inodes.min(groups * per_group).min(u64::from(u32::MAX) / 2);
        let inode_blocks = inodes.div_ceil(block_size.inodes_per_block(rules.inode_size).into());
        first + copies * (1 + now + reserved) + 2 * groups + inode_blocks
    }

    /// An upper bound of the inodes of a file system of `blocks` blocks or fewer when `inodes` are
    /// wanted. It grows with both.
    pub fn most_inodes(blocks: u64, inodes: u64, rules: Rules) -> u64 {
        let groups = rules.block_size.groups(blocks);
        let rounding = groups * rules.quantum();
        (inodes + rounding).min(groups * u64::from(rules.block_size.blocks_per_group()))
    }

    /// A lower bound of the blocks that are left of a file system of `blocks` blocks or more if its
    /// last group is dropped.
    pub fn least_blocks(blocks: u64, block_size: BlockSize) -> u64 {
        let first = u64::from(block_size.first_data_block());
        let per_group = u64::from(block_size.blocks_per_group());
        match blocks.saturating_sub(first) / per_group {
            0 => blocks,
            groups => first + groups * per_group,
        }
    }

    /// Blocks of the inode table, in every group.
    pub fn inode_table_blocks(&self) -> u32 {
        self.inodes_per_group / self.block_size.inodes_per_block(self.inode_size)
    }

    /// Superblock, descriptors and what is reserved for them, if the group has them.
    pub fn head(&self, group: u32) -> u64 {
        match has_superblock(group) {
            true => self.superblock_and_descriptors(),
            false => 0,
        }
    }

    fn superblock_and_descriptors(&self) -> u64 {
        1 + u64::from(self.descriptor_blocks) + u64::from(self.reserved_descriptor_blocks)
    }

    /// Blocks that a group's own tables take, wherever they lie.
    fn tables(&self, group: u32) -> u64 {
        self.head(group) + 2 + u64::from(self.inode_table_blocks())
    }

    /// The number of blocks of `group`'s own tables that lie in the group itself: if nothing else
    /// lies there, all that are in use.
    pub fn own_tables_inside(&self, group: &Group) -> u64 {
        let inside = |start: u64, len: u64| {
            let end = (start + len).min(group.end());
            end.saturating_sub(start.max(group.start))
        };
        self.head(group.number)
            + inside(group.block_bitmap, 1)
            + inside(group.inode_bitmap, 1)
            + inside(group.inode_table, self.inode_table_blocks().into())
    }

    /// Blocks that no file can have: block 0 before group 0, and every group's tables.
    pub fn all_tables(&self) -> u64 {
        let copies = superblock_groups(self.groups).len() as u64;
        u64::from(self.block_size.first_data_block())
            + copies * self.superblock_and_descriptors()
            + u64::from(self.groups) * (2 + u64::from(self.inode_table_blocks()))
    }

    /// Blocks left for files, directories, indirect blocks and the journal.
    pub fn room(&self) -> u64 {
        self.blocks - self.all_tables()
    }

    /// Inodes, the reserved ones included.
    pub fn inodes(&self) -> u64 {
        u64::from(self.groups) * u64::from(self.inodes_per_group)
    }

    /// Blocks that only root may take.
    pub fn reserved_blocks(&self, percent: u8) -> u64 {
        self.blocks * u64::from(percent) / 100
    }

    /// First block of group `number`.
    pub fn start(&self, number: u32) -> u64 {
        u64::from(self.block_size.first_data_block())
            + u64::from(number) * u64::from(self.block_size.blocks_per_group())
    }

    /// The groups from `first` on that have their tables together: bitmaps of blocks, bitmaps
    /// of inodes, tables of inodes, behind each other where no copy of the superblock is in
    /// between. `None`: there is no room for them.
    fn flexible_group(&self, first: u32) -> Option<Vec<Group>> {
        let numbers = first..self.groups.min(first + self.groups_per_flex);
        let end = self.start(numbers.end).min(self.blocks);
        let mut groups: Vec<Group> = numbers
            .map(|number| Group {
                number,
                start: self.start(number),
                blocks: self.block_size.blocks_per_group(),
                has_superblock: has_superblock(number),
                block_bitmap: 0,
                inode_bitmap: 0,
                inode_table: 0,
                data: self.start(number) + self.head(number),
            })
            .collect();
        if let Some(last) = groups.last_mut() {
            // OK to cast: at most the blocks of a group.
            last.blocks = (end - last.start) as u32;
        }
        let barriers: Vec<(u64, u64)> = groups
            .iter()
            .skip(1)
            .filter(|g| g.has_superblock)
            .map(|g| (g.start, g.data))
            .chain([(end, end)])
            .collect();
        let mut barriers = barriers.into_iter();
        let mut barrier = barriers.next()?;
        let mut at = groups.first()?.data;
        let mut taken = Vec::new();
        let mut take = |len: u64| {
            while at + len > barrier.0 {
                at = barrier.1;
                barrier = barriers.next()?;
            }
            at += len;
            taken.push((at - len, at));
            Some(at - len)
        };
        for group in &mut groups {
            group.block_bitmap = take(1)?;
        }
        for group in &mut groups {
            group.inode_bitmap = take(1)?;
        }
        for group in &mut groups {
            group.inode_table = take(self.inode_table_blocks().into())?;
        }
        let per_group = u64::from(self.block_size.blocks_per_group());
        for (from, to) in taken {
            // OK to cast: at most 16 groups.
            let touched =
                (from - groups[0].start) / per_group..=(to - 1 - groups[0].start) / per_group;
            for index in touched {
                let group = &mut groups[index as usize];
                group.data = group.data.max(to.min(group.end()));
            }
        }
        Some(groups)
    }

    /// Whether the tables of groups that share them fit, for every way in which they lie.
    fn flexible_groups_fit(&self) -> bool {
        let size = self.groups_per_flex;
        let shared = size.min(self.groups);
        let all = u64::from(shared) * (2 + u64::from(self.inode_table_blocks()));
        let last = (self.groups - 1) / size * size;
        let room = (self.blocks - self.start(last)).min(self.block_size.blocks_per_group().into());
        if size == 1 || self.superblock_and_descriptors() + all <= room {
            return true;
        }
        let mut firsts: Vec<u32> =
            superblock_groups(self.groups).into_iter().map(|g| g / size * size).collect();
        firsts.push(last);
        firsts.dedup();
        firsts.into_iter().all(|first| self.flexible_group(first).is_some())
    }

    /// All groups, in order.
    pub fn all_groups(&self) -> impl Iterator<Item = Group> + use<> {
        let geometry = *self;
        // OK to leave out what is not there: `new` has seen that the tables fit.
        (0..self.groups)
            .step_by(self.groups_per_flex as usize)
            .flat_map(move |first| geometry.flexible_group(first).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
