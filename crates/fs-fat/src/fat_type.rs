//! FAT12, FAT16 and FAT32.

use core::fmt;

use hadris_fat::FatKind;

/// The number of bits that an entry of the file allocation table has. Nothing in the file system
/// says so: readers count its clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FatType {
    /// Up to 4084 clusters: some MiB.
    Fat12,
    /// 4085 to 65524 clusters: with sectors of 512 bytes from 2 MiB on, usual below 512 MiB.
    Fat16,
    /// From 65525 clusters on: at least 33 MiB with sectors of 512 bytes, 257 with 4096.
    Fat32,
}

impl FatType {
    pub(crate) fn of(kind: FatKind) -> Self {
        match kind {
            FatKind::Fat12 => Self::Fat12,
            FatKind::Fat16 => Self::Fat16,
            _ => Self::Fat32,
        }
    }

    pub(crate) fn drivers(self) -> FatKind {
        match self {
            Self::Fat12 => FatKind::Fat12,
            Self::Fat16 => FatKind::Fat16,
            Self::Fat32 => FatKind::Fat32,
        }
    }
}

impl fmt::Display for FatType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fat12 => "FAT12",
            Self::Fat16 => "FAT16",
            Self::Fat32 => "FAT32",
        })
    }
}
