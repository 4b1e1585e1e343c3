//! The check of the bitmaps, and of what the groups count, against what is in use.

use super::state::Checking;
use crate::format::group_descriptor::DESC_WITH_HIGH_CHECKSUMS;
use crate::read::{Error, FileType};

/// A bitmap, and what it should be.
struct Bitmap<'n> {
    name: &'n str,
    group: usize,
    block: u64,
    /// The number of bits that stand for a block or an inode.
    len: u64,
    /// The number of bits that the checksum covers.
    covered: u64,
    checksum: u32,
}

impl Checking<'_, '_> {
    /// Compares what the groups and the superblock count with what is in use.
    pub(super) fn bitmaps(&mut self) -> Result<(), Error> {
        let ext = self.ext;
        let (mut free_blocks, mut free_inodes) = (0, 0);
        for group in 0..self.groups.len() {
            free_blocks += self.blocks_of(group)?;
            free_inodes += self.inodes_of(group)?;
        }
        if ext.free_blocks() != free_blocks {
            let said = ext.free_blocks();
            self.found
                .push(format!("{free_blocks} blocks are free, and the superblock says {said}"));
        }
        let said = u64::from(ext.superblock().s_free_inodes_count.get());
        if said != free_inodes {
            self.found
                .push(format!("{free_inodes} inodes are free, and the superblock says {said}"));
        }
        Ok(())
    }

    /// Checks the block bitmap and the count of a group. Returns the number of its free blocks.
    fn blocks_of(&mut self, n: usize) -> Result<u64, Error> {
        let group = self.groups[n];
        let (number, len) = (n as u64, self.group_len(n as u64));
        let each = u64::from(self.ext.superblock().s_blocks_per_group.get());
        let first = number * each / 8;
        let bytes: Vec<u8> = (first..first + each / 8).map(|n| self.claimed.byte(n)).collect();
        let used: u64 = bytes.iter().map(|byte| u64::from(byte.count_ones())).sum();
        if group.block_bitmap_unused && self.checksums.may_leave_uninitialised() {
            if used != u64::from(self.in_tables[n]) {
                self.found.push(format!("group {n} is in use, and its descriptor says it is not"));
            }
        } else {
            let bitmap = Bitmap {
                name: "block",
                group: n,
                block: group.block_bitmap,
                len,
                covered: each,
                checksum: group.block_bitmap_checksum,
            };
            self.bitmap(&bitmap, &bytes)?;
        }
        let free = len - used.min(len);
        if free != u64::from(group.free_blocks) {
            let said = group.free_blocks;
            self.found.push(format!("group {n} has {free} free blocks, and says {said}"));
        }
        Ok(free)
    }

    /// Checks the inode bitmap and the counts of a group. Returns the number of its free inodes.
    fn inodes_of(&mut self, n: usize) -> Result<u64, Error> {
        let (group, s) = (self.groups[n], self.ext.superblock());
        let each = s.s_inodes_per_group.get();
        let (mut bytes, mut directories) = (vec![0_u8; each as usize / 8], 0);
        // OK to cast: inodes have numbers of 32 bits.
        let first = n as u32 * each + 1;
        for i in 0..each {
            let known = self.inodes.get(first + i);
            if known.used || first + i < s.s_first_ino.get() {
                bytes[i as usize / 8] |= 1 << (i % 8);
            }
            directories += u32::from(known.kind == Some(FileType::Directory));
        }
        let used: u64 = bytes.iter().map(|byte| u64::from(byte.count_ones())).sum();
        if !(group.inode_table_unused && self.checksums.may_leave_uninitialised()) {
            let bitmap = Bitmap {
                name: "inode",
                group: n,
                block: group.inode_bitmap,
                len: each.into(),
                covered: each.into(),
                checksum: group.inode_bitmap_checksum,
            };
            self.bitmap(&bitmap, &bytes)?;
        }
        let free = u64::from(each) - used;
        if free != u64::from(group.free_inodes) {
            let said = group.free_inodes;
            self.found.push(format!("group {n} has {free} free inodes, and says {said}"));
        }
        if directories != group.directories {
            let said = group.directories;
            self.found.push(format!("group {n} has {directories} directories, and says {said}"));
        }
        Ok(free)
    }

    /// Compares a bitmap with what it should be.
    fn bitmap(&mut self, bitmap: &Bitmap<'_>, expected: &[u8]) -> Result<(), Error> {
        let read = self.ext.block(bitmap.block);
        let Some(there) = self.readable(read)? else { return Ok(()) };
        let Bitmap { name, group, len, .. } = *bitmap;
        if self.ext.has_metadata_checksums() {
            let covered = &there[..bitmap.covered as usize / 8];
            let (low, high) = self.checksums.bitmap(covered);
            let high = if self.ext.descriptor_size >= DESC_WITH_HIGH_CHECKSUMS { high } else { 0 };
            if u32::from(low) | u32::from(high) << 16 != bitmap.checksum {
                self.found.push(format!("group {group}: the checksum of its {name} bitmap"));
            }
        }
        let (mut wrong, mut first) = (0_u64, None);
        for (n, byte) in (0_u64..).zip(&there) {
            let bits = expected.get(n as usize).copied().unwrap_or(0);
            // Bits behind the end are set.
            let behind = match (n * 8 + 8).saturating_sub(len) {
                0 => 0,
                bits @ 1..8 => !0_u8 << (8 - bits),
                _ => !0,
            };
            let differ = byte ^ (bits | behind);
            if differ != 0 {
                first = first.or(Some(n * 8 + u64::from(differ.trailing_zeros())));
            }
            wrong += u64::from(differ.count_ones());
        }
        if let Some(first) = first {
            self.found.push(format!(
                "group {group}: {wrong} bits of its {name} bitmap are wrong, the first that of \
                 {name} {first} of the group"
            ));
        }
        Ok(())
    }
}
