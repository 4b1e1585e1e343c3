//! Feature flags of the superblock: the bits that these file systems carry.
//!
//! <https://docs.kernel.org/filesystems/ext4/super.html>, tables `super_compat`,
//! `super_incompat` and `super_rocompat`. Who reads what: the README's table.

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
    /// Files may use extents.
    pub const EXTENTS: u32 = 0x40;
    /// Block numbers have 64 bits, group descriptors `s_desc_size` bytes.
    pub const BIT64: u32 = 0x80;
    /// The tables of several groups lie together.
    pub const FLEX_BG: u32 = 0x200;
    /// Directories beyond 2 GiB, or with a third level of index.
    pub const LARGEDIR: u32 = 0x4000;
}

/// `s_feature_ro_compat`: who does not know a bit may only read.
pub mod ro_compat {
    /// The feature by which only the groups 0, 1 and powers of 3, 5 and 7 hold copies of the
    /// superblock.
    pub const SPARSE_SUPER: u32 = 0x1;
    /// A file (the resize inode is one) may be 2 GiB or longer.
    pub const LARGE_FILE: u32 = 0x2;
    /// Inodes count their 512-byte units in 48 bits.
    pub const HUGE_FILE: u32 = 0x8;
    /// Group descriptors have CRC-16 checksums, and parts of groups may be uninitialised.
    pub const GDT_CSUM: u32 = 0x10;
    /// A directory with too many subdirectories to count has one link.
    pub const DIR_NLINK: u32 = 0x20;
    /// Inodes are larger than 128 bytes, and s_min_extra_isize says by how much.
    pub const EXTRA_ISIZE: u32 = 0x40;
    /// All metadata have CRC-32C checksums, and parts of groups may be uninitialised.
    pub const METADATA_CSUM: u32 = 0x400;
}
