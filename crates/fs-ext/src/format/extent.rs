//! Extent trees.

use ondisk::{Le16, Le32, ondisk};

ondisk! {
    /// Opens every node of an extent tree: `i_block` of the inode, and every block of the tree.
    /// <https://docs.kernel.org/filesystems/ext4/ifork.html>
    pub struct ExtentHeader [12] {
        0x00  eh_magic      : Le16 = "0xF30A.";
        0x02  eh_entries    : Le16 = "Entries that follow.";
        0x04  eh_max        : Le16 = "Entries that there is room for.";
        0x06  eh_depth      : Le16 = "Levels below this node; 0: its entries are extents.";
        0x08  eh_generation : Le32 = "Generation (Lustre only).";
    }

    /// Entry of a node that is no leaf.
    pub struct ExtentIndex [12] {
        0x00  ei_block   : Le32 = "First block of the file that the node below covers.";
        0x04  ei_leaf_lo : Le32 = "Block of the node below, low 32 bits.";
        0x08  ei_leaf_hi : Le16 = "Block of the node below, high 16 bits.";
        0x0A  ei_unused  : Le16 = "Zero.";
    }

    /// Entry of a leaf: blocks of the file that follow each other on the disk.
    pub struct Extent [12] {
        0x00  ee_block    : Le32 = "First block of the file.";
        0x04  ee_len      : Le16 = "Blocks; beyond 32,768: so many more, not written yet.";
        0x06  ee_start_hi : Le16 = "First block on the disk, high 16 bits.";
        0x08  ee_start_lo : Le32 = "First block on the disk, low 32 bits.";
    }

    /// Behind the last entry there is room for in a block of the tree (metadata_csum).
    pub struct ExtentTail [4] {
        0x00  eb_checksum : Le32 = "crc32c(seed, inode, generation, the block up to here).";
    }
}

/// `eh_magic`.
pub const MAGIC: u16 = 0xF30A;
/// Longest extent that is written, in blocks.
pub const MAX_LEN: u32 = 32_768;
/// `eh_max` in the inode.
pub const IN_INODE: usize = 4;
