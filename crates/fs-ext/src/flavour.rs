//! ext2, ext3 and ext4.

/// A member of the family of file systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flavour {
    /// Block maps, no journal.
    Ext2,
    /// ext2 with a journal.
    Ext3,
    /// ext3 with extents, checksums, hashed directories and tables of several groups together.
    Ext4,
}
