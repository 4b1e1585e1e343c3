//! The superblock and the group descriptors, read and checked.

use super::error::Error;
use crate::crc::crc32c;
use crate::flavour::Flavour;
use crate::format::feature::{compat, incompat, ro_compat};
use crate::format::group_descriptor::{BG_BLOCK_UNINIT, BG_INODE_UNINIT};
use crate::format::superblock::{MAGIC, OFFSET, REV_DYNAMIC};
use crate::format::{GroupDescriptor, GroupDescriptor64, Superblock};
use image_layout::{Part, ReadAt, read_array};

/// `s_feature_incompat`: what other people's file systems may have besides.
pub(crate) mod foreign {
    pub(crate) const COMPRESSION: u32 = 0x1;
    pub(crate) const RECOVER: u32 = 0x4;
    pub(crate) const JOURNAL_DEV: u32 = 0x8;
    pub(crate) const META_BG: u32 = 0x10;
    pub(crate) const MMP: u32 = 0x100;
    pub(crate) const EA_INODE: u32 = 0x400;
    pub(crate) const CSUM_SEED: u32 = 0x2000;
    pub(crate) const INLINE_DATA: u32 = 0x8000;
    pub(crate) const ENCRYPT: u32 = 0x1_0000;
    pub(crate) const CASEFOLD: u32 = 0x2_0000;
}
use foreign::*;

/// The incompatible features with which files can be read all the same.
const KNOWN: u32 = incompat::FILETYPE
    | incompat::EXTENTS
    | incompat::BIT64
    | incompat::FLEX_BG
    | incompat::LARGEDIR
    | RECOVER
    | META_BG
    | MMP
    | EA_INODE
    | CSUM_SEED
    | INLINE_DATA
    | ENCRYPT
    | CASEFOLD;

/// Largest block that Linux knows, as `s_log_block_size`.
const MOST_LOG_BLOCK_SIZE: u32 = 6;

/// An ext2, ext3 or ext4 file system that is read.
#[derive(Debug)]
pub struct Ext<'a> {
    pub(super) source: Part<'a>,
    pub(super) superblock: Superblock,
    pub(super) block_size: u64,
    pub(crate) inode_size: usize,
    pub(crate) descriptor_size: u64,
    groups: u64,
}

/// A block group: where its tables lie, and what its descriptor counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Block of the block bitmap.
    pub block_bitmap: u64,
    /// Block of the inode bitmap.
    pub inode_bitmap: u64,
    /// First block of the inode table.
    pub inode_table: u64,
    /// Free blocks, as the descriptor says.
    pub free_blocks: u32,
    /// Free inodes, as the descriptor says.
    pub free_inodes: u32,
    /// Directories, as the descriptor says.
    pub directories: u32,
    /// Inodes at the end of the table that were never used, as the descriptor says.
    pub unused_inodes: u32,
    /// Whether the block bitmap may hold anything.
    pub block_bitmap_unused: bool,
    /// Whether the inode bitmap and table may hold anything.
    pub inode_table_unused: bool,
    /// The checksum of the block bitmap, as the descriptor says.
    pub(crate) block_bitmap_checksum: u32,
    /// The checksum of the inode bitmap, as the descriptor says.
    pub(crate) inode_bitmap_checksum: u32,
}

impl<'a> Ext<'a> {
    /// Reads and checks the superblock.
    ///
    /// # Errors
    /// [`Error::NotExt`] without its magic number, [`Error::Unsupported`] for a feature that
    /// changes where things lie, [`Error::Damaged`] for numbers that cannot be.
    pub fn open(source: Part<'a>) -> Result<Self, Error> {
        let bytes = read_array(&source, OFFSET)
            .map_err(Error::reading(|| "the superblock".into()))
            .map_err(|e| if matches!(e, Error::CutOff { .. }) { Error::NotExt } else { e })?;
        let superblock = Superblock::from_bytes(&bytes);
        if superblock.s_magic.get() != MAGIC {
            return Err(Error::NotExt);
        }
        let dynamic = superblock.s_rev_level.get() >= REV_DYNAMIC;
        let features = if dynamic { superblock.s_feature_incompat.get() } else { 0 };
        for (bit, feature) in [(JOURNAL_DEV, "a journal device"), (COMPRESSION, "compression")] {
            if features & bit != 0 {
                return Err(Error::Unsupported { feature });
            }
        }
        if features & !KNOWN != 0 {
            return Err(Error::Unsupported { feature: "an incompatible feature of no known name" });
        }
        let log = superblock.s_log_block_size.get();
        if log > MOST_LOG_BLOCK_SIZE {
            return Err(Error::damaged(format!("its block size is said to be 2^{log} KiB")));
        }
        let block_size = 1024 << log;
        let inode_size = if dynamic { usize::from(superblock.s_inode_size.get()) } else { 128 };
        if !inode_size.is_power_of_two() || inode_size < 128 || inode_size as u64 > block_size {
            return Err(Error::damaged(format!("inodes of {inode_size} bytes")));
        }
        let descriptor_size = match features & incompat::BIT64 {
            0 => 32,
            _ => u64::from(superblock.s_desc_size.get()),
        };
        if !descriptor_size.is_power_of_two() || !(32..=block_size).contains(&descriptor_size) {
            return Err(Error::damaged(format!("descriptors of {descriptor_size} bytes")));
        }
        let blocks_per_group = u64::from(superblock.s_blocks_per_group.get());
        let inodes_per_group = superblock.s_inodes_per_group.get();
        let first = u64::from(superblock.s_first_data_block.get());
        // With bigalloc a group has as many clusters as its bitmap has bits.
        let clusters = u64::from(superblock.s_clusters_per_group.get());
        let most = block_size * 8;
        if blocks_per_group == 0
            || inodes_per_group == 0
            || u64::from(inodes_per_group) > most
            || (blocks_per_group > most && clusters > most)
            || first > 1
        {
            return Err(Error::damaged("the sizes of its groups cannot be"));
        }
        let mut ext =
            Self { source, superblock, block_size, inode_size, descriptor_size, groups: 0 };
        if ext.blocks() <= first {
            return Err(Error::damaged("it has no blocks"));
        }
        ext.groups = (ext.blocks() - first).div_ceil(blocks_per_group);
        if u64::from(ext.superblock.s_inodes_count.get())
            > ext.groups.saturating_mul(u64::from(inodes_per_group))
        {
            return Err(Error::damaged("it has more inodes than its groups have"));
        }
        Ok(ext)
    }

    /// The superblock.
    pub fn superblock(&self) -> &Superblock {
        &self.superblock
    }

    /// The part of a disk that the file system lies in.
    pub fn source(&self) -> Part<'a> {
        self.source
    }

    /// The size of a block in bytes.
    pub fn block_size(&self) -> u64 {
        self.block_size
    }

    /// The number of blocks.
    pub fn blocks(&self) -> u64 {
        self.long(self.superblock.s_blocks_count_lo.get(), self.superblock.s_blocks_count_hi.get())
    }

    /// The number of free blocks, as the superblock says.
    pub fn free_blocks(&self) -> u64 {
        let Superblock { s_free_blocks_count_lo: low, s_free_blocks_count_hi: high, .. } =
            &self.superblock;
        self.long(low.get(), high.get())
    }

    /// The label, without the zeros behind it.
    pub fn label(&self) -> &[u8] {
        let label = &self.superblock.s_volume_name;
        label.split(|b| *b == 0).next().unwrap_or(label)
    }

    /// The UUID.
    pub fn uuid(&self) -> [u8; 16] {
        self.superblock.s_uuid
    }

    /// The kind that its features make it, as `blkid` has it.
    pub fn flavour(&self) -> Flavour {
        // What ext2 and ext3 may have.
        let incompatible = incompat::FILETYPE | RECOVER | META_BG;
        let read_only = ro_compat::SPARSE_SUPER | ro_compat::LARGE_FILE | 0x4;
        if self.incompat() & !incompatible != 0 || self.ro_compat() & !read_only != 0 {
            Flavour::Ext4
        } else if self.superblock.s_feature_compat.get() & compat::HAS_JOURNAL != 0 {
            Flavour::Ext3
        } else {
            Flavour::Ext2
        }
    }

    /// Whether it was not unmounted, and the journal holds what its files lack.
    pub fn needs_recovery(&self) -> bool {
        self.incompat() & RECOVER != 0
    }

    /// Whether its metadata have CRC-32C checksums.
    pub fn has_metadata_checksums(&self) -> bool {
        self.ro_compat() & ro_compat::METADATA_CSUM != 0
    }

    /// The value from which the CRC-32C checksums of its metadata start.
    pub fn checksum_seed(&self) -> u32 {
        match self.incompat() & CSUM_SEED {
            0 => crc32c(!0, &self.superblock.s_uuid),
            _ => self.superblock.s_checksum_seed.get(),
        }
    }

    /// The number of groups.
    pub fn groups(&self) -> u64 {
        self.groups
    }

    /// The blocks of group `number`, and its tables; `None` behind the last group.
    ///
    /// # Errors
    /// If its descriptor cannot be read, or says that a table lies outside of the file system.
    pub fn group(&self, number: u64) -> Result<Option<Group>, Error> {
        if number >= self.groups {
            return Ok(None);
        }
        let at = self.descriptor_offset(number);
        let mut bytes = [0; 64];
        let len = (self.descriptor_size as usize).min(64); // OK to cast: within a block
        let cut_off = Error::reading(|| format!("the descriptor of group {number}"));
        self.source.read_exact_at(at, &mut bytes[..len]).map_err(cut_off)?;
        let GroupDescriptor64 { lo, .. } = GroupDescriptor64::from_bytes(&bytes);
        let hi = GroupDescriptor64::from_bytes(&bytes);
        let long = |low: u32, high: u32| self.long(low, high);
        let count = |low: u16, high: u16| u32::from(low) | u32::from(high) << 16;
        let GroupDescriptor { bg_flags, .. } = lo;
        let group = Group {
            block_bitmap: long(lo.bg_block_bitmap_lo.get(), hi.bg_block_bitmap_hi.get()),
            inode_bitmap: long(lo.bg_inode_bitmap_lo.get(), hi.bg_inode_bitmap_hi.get()),
            inode_table: long(lo.bg_inode_table_lo.get(), hi.bg_inode_table_hi.get()),
            free_blocks: count(lo.bg_free_blocks_count_lo.get(), hi.bg_free_blocks_count_hi.get()),
            free_inodes: count(lo.bg_free_inodes_count_lo.get(), hi.bg_free_inodes_count_hi.get()),
            directories: count(lo.bg_used_dirs_count_lo.get(), hi.bg_used_dirs_count_hi.get()),
            unused_inodes: count(lo.bg_itable_unused_lo.get(), hi.bg_itable_unused_hi.get()),
            block_bitmap_unused: bg_flags.get() & BG_BLOCK_UNINIT != 0,
            inode_table_unused: bg_flags.get() & BG_INODE_UNINIT != 0,
            block_bitmap_checksum: count(
                lo.bg_block_bitmap_csum_lo.get(),
                hi.bg_block_bitmap_csum_hi.get(),
            ),
            inode_bitmap_checksum: count(
                lo.bg_inode_bitmap_csum_lo.get(),
                hi.bg_inode_bitmap_csum_hi.get(),
            ),
        };
        for block in [group.block_bitmap, group.inode_bitmap, group.inode_table] {
            if block >= self.blocks() {
                return Err(Error::damaged(format!("a table of group {number} lies outside")));
            }
        }
        Ok(Some(group))
    }

    /// The offset in bytes of the descriptor of a group.
    pub(crate) fn descriptor_offset(&self, group: u64) -> u64 {
        let first = u64::from(self.superblock.s_first_data_block.get());
        let each = self.block_size / self.descriptor_size;
        let (meta, within) = (group / each, group % each * self.descriptor_size);
        let block = if self.incompat() & META_BG == 0
            || meta < u64::from(self.superblock.s_first_meta_bg.get())
        {
            first + 1 + meta
        } else {
            // No overflow: the group is one of the file system's.
            let start = first + meta * each * u64::from(self.superblock.s_blocks_per_group.get());
            start + u64::from(self.has_superblock(meta * each))
        };
        block.saturating_mul(self.block_size).saturating_add(within)
    }

    /// Whether a group starts with a copy of the superblock.
    pub fn has_superblock(&self, group: u64) -> bool {
        const SPARSE_SUPER2: u32 = 0x200;
        if self.superblock.s_feature_compat.get() & SPARSE_SUPER2 != 0 {
            let mut copies = self.superblock.s_backup_bgs.iter().map(|g| u64::from(g.get()));
            return group == 0 || copies.any(|copy| copy == group);
        }
        self.ro_compat() & ro_compat::SPARSE_SUPER == 0
            || u32::try_from(group).is_ok_and(crate::geometry::has_superblock)
    }

    /// Incompatible features.
    pub(crate) fn incompat(&self) -> u32 {
        match self.superblock.s_rev_level.get() {
            REV_DYNAMIC.. => self.superblock.s_feature_incompat.get(),
            _ => 0,
        }
    }

    /// Read-only compatible features.
    pub(crate) fn ro_compat(&self) -> u32 {
        match self.superblock.s_rev_level.get() {
            REV_DYNAMIC.. => self.superblock.s_feature_ro_compat.get(),
            _ => 0,
        }
    }

    /// Whether directory entries record the type of the file.
    pub(crate) fn has_file_types(&self) -> bool {
        self.incompat() & incompat::FILETYPE != 0
    }

    /// A number of 64 bits, where the file system has such.
    fn long(&self, low: u32, high: u32) -> u64 {
        match self.incompat() & incompat::BIT64 {
            0 => low.into(),
            _ => u64::from(low) | u64::from(high) << 32,
        }
    }

    /// The bytes of a block.
    pub(crate) fn block(&self, number: u64) -> Result<Vec<u8>, Error> {
        if number >= self.blocks() {
            return Err(Error::damaged(format!("block {number} is wanted, which is outside")));
        }
        let at = number.saturating_mul(self.block_size);
        // OK to cast: at most 64 KiB.
        self.source
            .read_vec(at, self.block_size as usize)
            .map_err(Error::reading(|| format!("block {number}")))
    }
}
