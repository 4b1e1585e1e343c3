//! One entry of the table, before it is encoded.

use core::fmt;

/// Bytes in a sector, as every MBR counts them.
pub const SECTOR: u64 = 512;

/// What partitions are aligned to, in sectors: 1 MiB, a multiple of every erase block and page
/// size that matters, and room for a boot loader before the first partition.
pub const ALIGNMENT: u64 = (1 << 20) / SECTOR;

/// The first sector at or behind `lba` that lies on a 1 MiB boundary; `None` past 2^64.
pub fn align_up(lba: u64) -> Option<u64> {
    lba.checked_next_multiple_of(ALIGNMENT)
}

/// A partition's type byte. An open set: any value but 0 and the extended ones is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionType(pub u8);

impl PartitionType {
    /// FAT32, addressed by LBA.
    pub const FAT32_LBA: Self = Self(0x0c);
    /// Any Linux file system.
    pub const LINUX: Self = Self(0x83);
    /// A GPT disk's protective entry.
    pub const GPT_PROTECTIVE: Self = Self(0xee);
    /// The EFI system partition.
    pub const EFI_SYSTEM: Self = Self(0xef);

    /// Whether the byte marks a container of logical partitions.
    pub(crate) fn is_extended(self) -> bool {
        matches!(self.0, 0x05 | 0x0f | 0x85 | 0xc5 | 0xd5)
    }
}

impl fmt::Display for PartitionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::FAT32_LBA => f.write_str("FAT32 (0x0c)"),
            Self::LINUX => f.write_str("Linux (0x83)"),
            Self::GPT_PROTECTIVE => f.write_str("GPT protective (0xee)"),
            Self::EFI_SYSTEM => f.write_str("EFI system (0xef)"),
            Self(other) => write!(f, "type {other:#04x}"),
        }
    }
}

/// A primary partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// First sector.
    pub first_lba: u64,
    /// Number of sectors.
    pub sectors: u64,
    /// What it holds.
    pub kind: PartitionType,
    /// Whether the boot flag is set; some BIOSes boot no stick without an active partition.
    pub active: bool,
}

impl Partition {
    /// One past the last sector. Saturates, where no table accepts the partition anyway.
    pub fn end_lba(&self) -> u64 {
        self.first_lba.saturating_add(self.sectors)
    }

    /// Offset of the first byte. Saturates like [`Self::end_lba`].
    pub fn offset(&self) -> u64 {
        self.first_lba.saturating_mul(SECTOR)
    }

    /// Length in bytes. Saturates like [`Self::end_lba`].
    pub fn byte_len(&self) -> u64 {
        self.sectors.saturating_mul(SECTOR)
    }
}
