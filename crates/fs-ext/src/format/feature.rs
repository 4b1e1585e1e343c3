//! Feature flags of the superblock: the bits that these file systems carry.
//!
//! <https://docs.kernel.org/filesystems/ext4/super.html>, tables `super_compat`,
//! `super_incompat` and `super_rocompat`. Linux 2.6.18 and GRUB 2.06 know every one of them.

/// `s_feature_compat`: who does not know a bit may still read and write.
pub mod compat {
    /// There is a journal (ext3).
    pub const HAS_JOURNAL: u32 = 0x4;
    /// Extended attributes may be used.
    pub const EXT_ATTR: u32 = 0x8;
    /// Blocks behind the group descriptors are kept free for more of them.
    pub const RESIZE_INODE: u32 = 0x10;
    /// Directories may be hashed; a directory without the index flag is a plain list.
    pub const DIR_INDEX: u32 = 0x20;
}

/// `s_feature_incompat`: who does not know a bit must not touch the file system.
pub mod incompat {
    /// Directory entries record the type of the file.
    pub const FILETYPE: u32 = 0x2;
}

/// `s_feature_ro_compat`: who does not know a bit may only read.
pub mod ro_compat {
    /// Only the groups 0, 1 and powers of 3, 5 and 7 hold copies of the superblock.
    pub const SPARSE_SUPER: u32 = 0x1;
    /// A file (the resize inode is one) may be 2 GiB or longer.
    pub const LARGE_FILE: u32 = 0x2;
}
