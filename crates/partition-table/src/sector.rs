//! Sectors: what a disk is addressed in.

use core::fmt;

/// What partitions are aligned to, in bytes: 1 MiB, a multiple of every erase block and page size
/// that matters, and room for a boot loader before the first partition.
pub const ALIGNMENT: u64 = 1 << 20;

/// Bytes in a logical sector. A table counts in them, so an image is made for one size: written
/// to a disk of another, it is not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum SectorSize {
    /// 512 bytes: nearly every disk and stick, also those that work in 4 KiB inside ("512e").
    #[default]
    Bytes512,
    /// 4096 bytes: "4Kn" disks, some USB bridges of large disks, some virtual disks.
    Bytes4096,
}

impl SectorSize {
    /// The size in bytes.
    pub const fn bytes(self) -> u64 {
        match self {
            Self::Bytes512 => 512,
            Self::Bytes4096 => 4096,
        }
    }

    /// [`ALIGNMENT`] in sectors.
    pub const fn alignment(self) -> u64 {
        ALIGNMENT / self.bytes()
    }

    /// The first sector at or behind `lba` that lies on a 1 MiB boundary; `None` past 2^64.
    pub fn align_up(self, lba: u64) -> Option<u64> {
        lba.checked_next_multiple_of(self.alignment())
    }
}

impl fmt::Display for SectorSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().fmt(f)
    }
}
