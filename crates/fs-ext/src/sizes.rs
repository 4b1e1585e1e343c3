//! The sizes of blocks and of inodes.

/// Bytes in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockSize {
    /// 1024 bytes.
    Kib1,
    /// 2048 bytes.
    Kib2,
    /// 4096 bytes.
    Kib4,
}

impl BlockSize {
    /// The size in bytes.
    pub const fn bytes(self) -> u32 {
        1024 << self.log()
    }

    /// 2 ^ (10 + this) is the size in bytes.
    pub(crate) const fn log(self) -> u32 {
        match self {
            Self::Kib1 => 0,
            Self::Kib2 => 1,
            Self::Kib4 => 2,
        }
    }
}

/// Bytes in an inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InodeSize {
    /// 128 bytes: whole seconds, from 1901 to 2038. Read by everything.
    Bytes128,
    /// 256 bytes: nanoseconds, from 1901 to 2446. Read by Linux from 2.6.10 on.
    Bytes256,
}

impl InodeSize {
    /// The size in bytes.
    pub const fn bytes(self) -> u32 {
        match self {
            Self::Bytes128 => 128,
            Self::Bytes256 => 256,
        }
    }

    /// Seconds since the epoch that an inode can record: first, last.
    pub(crate) const fn seconds(self) -> (i64, i64) {
        let first = i32::MIN as i64;
        match self {
            Self::Bytes128 => (first, i32::MAX as i64),
            Self::Bytes256 => (first, i32::MAX as i64 + (3 << 32)),
        }
    }
}
