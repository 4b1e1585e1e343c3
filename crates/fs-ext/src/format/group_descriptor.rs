//! Block group descriptors.

use ondisk::{Le16, Le32, ondisk};

ondisk! {
    /// Block group descriptor, 32-byte form.
    /// <https://docs.kernel.org/filesystems/ext4/group_descr.html>
    pub struct GroupDescriptor [32] {
        0x00  bg_block_bitmap_lo      : Le32 = "Block number of the block bitmap, low 32 bits.";
        0x04  bg_inode_bitmap_lo      : Le32 = "Block number of the inode bitmap, low 32 bits.";
        0x08  bg_inode_table_lo       : Le32 = "First block of the inode table, low 32 bits.";
        0x0C  bg_free_blocks_count_lo : Le16 = "Free blocks in this group, low 16 bits.";
        0x0E  bg_free_inodes_count_lo : Le16 = "Free inodes in this group, low 16 bits.";

        0x10  bg_used_dirs_count_lo   : Le16 = "Directories in this group, low 16 bits.";
        0x12  bg_flags                : Le16 = "Flags, `BG_*`.";
        0x14  bg_exclude_bitmap_lo    : Le32 = "Location of the snapshot exclusion bitmap.";
        0x18  bg_block_bitmap_csum_lo : Le16 = "Checksum of the block bitmap (metadata_csum).";
        0x1A  bg_inode_bitmap_csum_lo : Le16 = "Checksum of the inode bitmap (metadata_csum).";
        0x1C  bg_itable_unused_lo     : Le16 = "Inodes never used at the table's end (uninit groups).";
        0x1E  bg_checksum             : Le16 = "Checksum of the descriptor (gdt_csum, metadata_csum).";
    }

    /// Block group descriptor, 64-byte form (64bit).
    pub struct GroupDescriptor64 [64] {
        0x00  lo                      : GroupDescriptor = "The 32-byte form.";

        0x20  bg_block_bitmap_hi      : Le32 = "Block number of the block bitmap, high 32 bits.";
        0x24  bg_inode_bitmap_hi      : Le32 = "Block number of the inode bitmap, high 32 bits.";
        0x28  bg_inode_table_hi       : Le32 = "First block of the inode table, high 32 bits.";
        0x2C  bg_free_blocks_count_hi : Le16 = "Free blocks in this group, high 16 bits.";
        0x2E  bg_free_inodes_count_hi : Le16 = "Free inodes in this group, high 16 bits.";

        0x30  bg_used_dirs_count_hi   : Le16 = "Directories in this group, high 16 bits.";
        0x32  bg_itable_unused_hi     : Le16 = "Inodes never used at the table's end, high 16 bits.";
        0x34  bg_exclude_bitmap_hi    : Le32 = "Location of the snapshot exclusion bitmap, high 32 bits.";
        0x38  bg_block_bitmap_csum_hi : Le16 = "Checksum of the block bitmap, high 16 bits.";
        0x3A  bg_inode_bitmap_csum_hi : Le16 = "Checksum of the inode bitmap, high 16 bits.";
        0x3C  bg_reserved             : Le32 = "Zero.";
    }
}

/// `bg_flags`: the inode table and its bitmap are not in use, and may hold anything.
pub const BG_INODE_UNINIT: u16 = 0x1;
/// `bg_flags`: the block bitmap may hold anything; only the group's own tables are in use.
pub const BG_BLOCK_UNINIT: u16 = 0x2;

/// `bg_flags`: the unused part of the inode table reads as zero.
pub const BG_INODE_ZEROED: u16 = 0x4;
/// Shortest descriptor that has the high halves of the bitmaps' checksums.
pub const DESC_WITH_HIGH_CHECKSUMS: u64 = 64;
