//! Linear directory entries.

use ondisk::{Le16, Le32, ondisk};

ondisk! {
    /// Directory entry with a file type (`ext4_dir_entry_2`), without the name that follows.
    /// <https://docs.kernel.org/filesystems/ext4/directory.html>
    pub struct DirEntry [8] {
        0x00  inode     : Le32 = "Number of the inode; 0: the entry is empty.";
        0x04  rec_len   : Le16 = "Length of the entry: a multiple of 4 that ends with the block at the latest.";
        0x06  name_len  : u8   = "Length of the name.";
        0x07  file_type : u8   = "Type of the file, `FT_*`.";
    }

    /// Ends every block of entries (`ext4_dir_entry_tail`, metadata_csum).
    pub struct DirEntryTail [12] {
        0x00  det_reserved_zero1 : Le32 = "Inode number, zero: looks like an empty entry.";
        0x04  det_rec_len        : Le16 = "Length, 12.";
        0x06  det_reserved_zero2 : u8   = "Length of the name, zero.";
        0x07  det_reserved_ft    : u8   = "0xDE.";
        0x08  det_checksum       : Le32 = "crc32c(seed, inode, generation, the block up to here).";
    }
}

/// `file_type`: a regular file.
pub const FT_REG_FILE: u8 = 1;
/// `file_type`: a directory.
pub const FT_DIR: u8 = 2;
/// `file_type`: a symbolic link.
pub const FT_SYMLINK: u8 = 7;
/// `file_type`: a character device.
pub const FT_CHRDEV: u8 = 3;
/// `file_type`: a block device.
pub const FT_BLKDEV: u8 = 4;
/// `file_type`: a fifo.
pub const FT_FIFO: u8 = 5;
/// `file_type`: a socket.
pub const FT_SOCK: u8 = 6;
/// `det_reserved_ft`.
pub const FT_DIR_CSUM: u8 = 0xDE;
