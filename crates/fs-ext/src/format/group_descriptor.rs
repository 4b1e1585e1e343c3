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
}

/// `bg_flags`: the unused part of the inode table reads as zero.
pub const BG_INODE_ZEROED: u16 = 0x4;
