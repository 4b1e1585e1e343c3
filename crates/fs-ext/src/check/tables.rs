//! The tables of the groups: where they lie, and whether their descriptors hold.

use super::state::Checking;
use crate::format::feature::incompat;
use crate::read::Error;
use crate::read::superblock::foreign::{META_BG, MMP};
use image_layout::ReadAt as _;

/// The offset of the checksum in a descriptor.
const CHECKSUM: usize = 0x1E;

impl Checking<'_, '_> {
    /// The first block of a group.
    pub(super) fn group_start(&self, group: u64) -> u64 {
        let each = u64::from(self.ext.superblock().s_blocks_per_group.get());
        // No overflow: the group is one of the file system's.
        self.first_block() + group * each
    }

    /// The blocks of a group.
    pub(super) fn group_len(&self, group: u64) -> u64 {
        let each = u64::from(self.ext.superblock().s_blocks_per_group.get());
        (self.ext.blocks() - self.group_start(group)).min(each)
    }

    /// Blocks of descriptors behind every copy of the superblock.
    pub(super) fn descriptor_blocks(&self) -> u64 {
        let all = self.ext.groups().div_ceil(self.ext.block_size() / self.ext.descriptor_size);
        match self.ext.incompat() & META_BG {
            0 => all,
            _ => all.min(self.ext.superblock().s_first_meta_bg.get().into()),
        }
    }

    /// The blocks of an inode table.
    pub(super) fn inode_table_blocks(&self) -> u64 {
        let inodes = u64::from(self.ext.superblock().s_inodes_per_group.get());
        (inodes * self.ext.inode_size as u64).div_ceil(self.ext.block_size())
    }

    /// Reads all descriptors and claims the tables that they name. Returns whether these are sound
    /// enough for the rest to be checked.
    pub(super) fn tables(&mut self) -> Result<bool, Error> {
        let before = self.found.list.len();
        for number in 0..self.ext.groups() {
            let read = self.ext.group(number);
            let Some(Some(group)) = self.readable(read)? else { return Ok(false) };
            self.descriptor_checksum(number)?;
            let unused = group.block_bitmap_unused || group.inode_table_unused;
            if (unused || group.unused_inodes != 0) && !self.checksums.may_leave_uninitialised() {
                self.found.push(format!("group {number} has tables that are not in use"));
            }
            self.groups.push(group);
        }
        if self.found.list.len() > before {
            return Ok(false);
        }
        let (table, flexible) =
            (self.inode_table_blocks(), self.ext.incompat() & incompat::FLEX_BG != 0);
        for number in 0..self.ext.groups() {
            self.claim_start(number);
        }
        for number in 0..self.ext.groups() {
            let group = self.groups[number as usize];
            let own = [
                (group.block_bitmap, 1, "block bitmap"),
                (group.inode_bitmap, 1, "inode bitmap"),
                (group.inode_table, table, "inode table"),
            ];
            let (start, len) = (self.group_start(number), self.group_len(number));
            for (first, count, name) in own {
                let owner = format!("the {name} of group {number}");
                // No overflow: a table's first block is inside, which the reader checks.
                if !flexible && (first < start || first + count > start + len) {
                    self.found.push(format!("{owner} lies outside of the group"));
                }
                self.claim(first, count, &owner);
            }
        }
        if self.ext.incompat() & MMP != 0 {
            let block = self.ext.superblock().s_mmp_block.get();
            self.claim(block, 1, &"the block against double mounts");
        }
        let bytes = u64::from(self.ext.superblock().s_blocks_per_group.get()) / 8;
        self.in_tables = (0..self.ext.groups())
            .map(|n| (n * bytes..(n + 1) * bytes).map(|n| self.claimed.byte(n).count_ones()).sum())
            .collect();
        Ok(self.found.list.len() == before)
    }

    /// The superblock, descriptors and reserved blocks that a group starts with.
    fn claim_start(&mut self, number: u64) {
        let (ext, start) = (self.ext, self.group_start(number));
        let has_superblock = ext.has_superblock(number);
        let mut count = u64::from(has_superblock);
        if has_superblock {
            count += self.descriptor_blocks();
            count += u64::from(ext.superblock().s_reserved_gdt_blocks.get());
        }
        let per_block = ext.block_size() / ext.descriptor_size;
        let meta = number / per_block;
        if ext.incompat() & META_BG != 0
            && meta >= u64::from(ext.superblock().s_first_meta_bg.get())
            && [0, 1, per_block - 1].contains(&(number % per_block))
        {
            count = u64::from(has_superblock) + 1;
        }
        self.claim(start, count, &format_args!("the start of group {number}"));
    }

    fn descriptor_checksum(&mut self, number: u64) -> Result<(), Error> {
        if !self.checksums.may_leave_uninitialised() {
            return Ok(());
        }
        let (at, len) = (self.ext.descriptor_offset(number), self.ext.descriptor_size as usize);
        let read = self.ext.source().read_vec(at, len);
        let read = read.map_err(Error::reading(|| format!("the descriptor of group {number}")));
        let Some(bytes) = self.readable(read)? else { return Ok(()) };
        let mut sealed = bytes.clone();
        sealed[CHECKSUM..CHECKSUM + 2].fill(0);
        // OK to cast: as many groups as there are have numbers of 32 bits.
        self.checksums.descriptor(number as u32, &mut sealed);
        if sealed != bytes {
            self.found.push(format!("the descriptor of group {number}: its checksum is wrong"));
        }
        Ok(())
    }
}
