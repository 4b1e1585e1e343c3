//! Hash tree directories: the blocks that index others. To who does not know them, they look
//! like blocks with `.` and `..`, or with one empty entry.

use crate::format::DirEntry;
use ondisk::{Le16, Le32, ondisk};

ondisk! {
    /// First block of a hashed directory, up to its second entry.
    /// <https://docs.kernel.org/filesystems/ext4/directory.html>
    pub struct DxRoot [40] {
        0x00  dot             : DirEntry = "The entry `.`; rec_len is 12.";
        0x08  dot_name        : [u8; 4]  = "`.`, padded with zeros.";
        0x0C  dotdot          : DirEntry = "The entry `..`; it ends with the block.";
        0x14  dotdot_name     : [u8; 4]  = "`..`, padded with zeros.";
        0x18  reserved_zero   : Le32     = "Zero.";
        0x1C  hash_version    : u8       = "Hash; 1: half MD4.";
        0x1D  info_length     : u8       = "Length of reserved_zero and the rows up to here, 8.";
        0x1E  indirect_levels : u8       = "Levels of nodes below the root.";
        0x1F  unused_flags    : u8       = "Zero.";
        0x20  limit           : Le16     = "Entries there is room for, the one without a hash included.";
        0x22  count           : Le16     = "Entries, the one without a hash included.";
        0x24  block           : Le32     = "Block of the directory for hashes below the second entry's.";
    }

    /// Other block of the index, up to its second entry.
    pub struct DxNode [16] {
        0x00  fake  : DirEntry = "An empty entry as long as the block.";
        0x08  limit : Le16     = "Entries there is room for, the one without a hash included.";
        0x0A  count : Le16     = "Entries, the one without a hash included.";
        0x0C  block : Le32     = "Block of the directory for hashes below the second entry's.";
    }

    /// Entry of the index, in the root or in another block.
    pub struct DxEntry [8] {
        0x00  hash  : Le32 = "Lowest hash; bit 0: the block before ends with the same.";
        0x04  block : Le32 = "Block of the directory.";
    }

    /// Behind the last entry there is room for (metadata_csum).
    pub struct DxTail [8] {
        0x00  dt_reserved : Le32 = "Zero.";
        0x04  dt_checksum : Le32 = "crc32c(seed, inode, generation, head and entries, this with zero).";
    }
}

/// `info_length`.
pub const INFO_LENGTH: u8 = 8;
