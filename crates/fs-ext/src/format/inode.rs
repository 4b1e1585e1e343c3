//! Inodes.

use ondisk::{Le16, Le32, ondisk};

ondisk! {
    /// Inode as Linux uses it: 128 bytes of ext2, then the extra fields of 256-byte inodes.
    /// <https://docs.kernel.org/filesystems/ext4/inodes.html>
    pub struct Inode [160] {
        0x00  i_mode            : Le16       = "Type (`S_IF*`) and permissions.";
        0x02  i_uid             : Le16       = "Owner, low 16 bits.";
        0x04  i_size_lo         : Le32       = "Size in bytes, low 32 bits.";
        0x08  i_atime           : Le32       = "Last access, seconds since the epoch.";
        0x0C  i_ctime           : Le32       = "Last inode change.";

        0x10  i_mtime           : Le32       = "Last data modification.";
        0x14  i_dtime           : Le32       = "Deletion.";
        0x18  i_gid             : Le16       = "Group, low 16 bits.";
        0x1A  i_links_count     : Le16       = "Hard links.";
        0x1C  i_blocks_lo       : Le32       = "Blocks held, indirect ones included, in units of 512 bytes.";

        0x20  i_flags           : Le32       = "Flags.";
        0x24  l_i_version       : Le32       = "Version (osd1).";
        0x28  i_block           : [Le32; 15] = "Block map: 12 direct, single, double, triple indirect; or root of an extent tree.";
        0x64  i_generation      : Le32       = "File version, for NFS.";
        0x68  i_file_acl_lo     : Le32       = "Extended attribute block, low 32 bits.";
        0x6C  i_size_high       : Le32       = "Size, high 32 bits (regular files).";

        0x70  i_obso_faddr      : Le32       = "Obsolete fragment address.";
        0x74  l_i_blocks_high   : Le16       = "Blocks held, high 16 bits (huge_file; osd2).";
        0x76  l_i_file_acl_high : Le16       = "Extended attribute block, high 16 bits (osd2).";
        0x78  l_i_uid_high      : Le16       = "Owner, high 16 bits (osd2).";
        0x7A  l_i_gid_high      : Le16       = "Group, high 16 bits (osd2).";
        0x7C  l_i_checksum_lo   : Le16       = "Checksum, low 16 bits (osd2).";
        0x7E  l_i_reserved      : Le16       = "Unused (osd2).";

        0x80  i_extra_isize     : Le16       = "Bytes used beyond 128, this field included.";
        0x82  i_checksum_hi     : Le16       = "Checksum, high 16 bits.";
        0x84  i_ctime_extra     : Le32       = "Change time: nanoseconds << 2 | epoch.";
        0x88  i_mtime_extra     : Le32       = "Modification time: nanoseconds << 2 | epoch.";
        0x8C  i_atime_extra     : Le32       = "Access time: nanoseconds << 2 | epoch.";

        0x90  i_crtime          : Le32       = "Creation, seconds since the epoch.";
        0x94  i_crtime_extra    : Le32       = "Creation: nanoseconds << 2 | epoch.";
        0x98  i_version_hi      : Le32       = "Version, high 32 bits.";
        0x9C  i_projid          : Le32       = "Project.";
    }
}

/// Bytes of an inode that ext2 defined.
pub const GOOD_OLD_SIZE: usize = 128;
/// `i_extra_isize`: every extra field of the table above.
pub const EXTRA_ISIZE: u16 = 32;

/// `i_flags`: the directory is hashed.
pub const INDEX_FL: u32 = 0x1000;
/// `i_flags`: `i_block` holds the root of an extent tree.
pub const EXTENTS_FL: u32 = 0x8_0000;

/// `i_mode`: a fifo.
pub const S_IFIFO: u16 = 0x1000;
/// `i_mode`: a character device.
pub const S_IFCHR: u16 = 0x2000;
/// `i_mode`: a block device.
pub const S_IFBLK: u16 = 0x6000;
/// `i_mode`: a socket.
pub const S_IFSOCK: u16 = 0xC000;
/// `i_mode`: a directory.
pub const S_IFDIR: u16 = 0x4000;
/// `i_mode`: a regular file.
pub const S_IFREG: u16 = 0x8000;
/// `i_mode`: a symbolic link.
pub const S_IFLNK: u16 = 0xA000;

/// Inode numbers with a meaning.
/// <https://docs.kernel.org/filesystems/ext4/special_inodes.html>
pub mod number {
    /// Blocks that cannot be used.
    pub const BAD_BLOCKS: u32 = 1;
    /// The root directory.
    pub const ROOT: u32 = 2;
    /// Owner of the reserved group descriptor blocks.
    pub const RESIZE: u32 = 7;
    /// The journal.
    pub const JOURNAL: u32 = 8;
    /// First inode that is not reserved; `lost+found` by convention.
    pub const FIRST: u32 = 11;
}
