//! One partition, before it is encoded.

use core::fmt;

use image_layout::SectorSize;

use crate::Guid;

/// The alignment of partitions in bytes: 1 MiB, a multiple of every erase block and page size
/// that matters, and room for a boot loader before the first partition.
pub const ALIGNMENT: u64 = 1 << 20;

/// The type of a partition, as both kinds of table write it. Any type byte but the extended ones,
/// and any GUID, is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionType {
    /// The MBR's type byte; 0: the kind exists in a GPT only.
    pub mbr: u8,
    /// The GPT's type; [`Guid::NIL`]: the kind exists in an MBR only.
    pub gpt: Guid,
}

impl PartitionType {
    /// Any Linux file system.
    pub const LINUX: Self =
        Self { mbr: 0x83, gpt: Guid::from_u128(0x0FC63DAF_8483_4772_8E79_3D69D8477DE4) };
    /// The EFI system partition.
    pub const EFI_SYSTEM: Self =
        Self { mbr: 0xef, gpt: Guid::from_u128(0xC12A7328_F81F_11D2_BA4B_00A0C93EC93B) };
    /// The type of the partition in which a boot loader for BIOSes puts its code on a GPT disk: a
    /// GUID that reads `Hah!IdontNeedEFI`.
    pub const BIOS_BOOT: Self =
        Self { mbr: 0, gpt: Guid::from_u128(0x21686148_6449_6E6F_744E_656564454649) };
    /// FAT32, exFAT or NTFS for everybody; in an MBR FAT32, addressed by LBA.
    pub const BASIC_DATA: Self =
        Self { mbr: 0x0c, gpt: Guid::from_u128(0xEBD0A0A2_B9E5_4433_87C0_68B6B72699C7) };

    /// Whether the MBR's byte marks no partition of its own: a container of logical partitions,
    /// or the guard before a GPT.
    pub(crate) fn is_reserved_in_mbr(self) -> bool {
        matches!(self.mbr, 0x05 | 0x0f | 0x85 | 0xc5 | 0xd5 | 0xee)
    }
}

impl fmt::Display for PartitionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::LINUX => f.write_str("Linux file system"),
            Self::EFI_SYSTEM => f.write_str("EFI system"),
            Self::BIOS_BOOT => f.write_str("BIOS boot"),
            Self::BASIC_DATA => f.write_str("basic data"),
            Self { mbr, gpt: Guid::NIL } => write!(f, "type {mbr:#04x}"),
            Self { mbr: 0, gpt } => write!(f, "type {gpt}"),
            Self { mbr, gpt } => write!(f, "type {mbr:#04x} or {gpt}"),
        }
    }
}

/// A partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// First sector.
    pub first_lba: u64,
    /// Number of sectors.
    pub sectors: u64,
    /// The type of what it holds.
    pub kind: PartitionType,
    /// The name in a GPT, at most 36 UTF-16 units. An MBR has no names, so there only messages use
    /// it.
    pub name: String,
    /// The identity in a GPT, Linux's `PARTUUID=`; unused in an MBR.
    pub guid: Guid,
    /// Marked as what a BIOS boots from: the MBR's boot flag (some BIOSes boot no stick without
    /// one), the GPT's attribute "legacy BIOS bootable".
    pub active: bool,
    /// Whether the MBR of a hybrid table lists it too. At least one is, at most three are.
    pub in_mbr: bool,
}

impl Partition {
    /// The end of the partition: one past its last sector. Saturates, where no table accepts it anyway.
    pub fn end_lba(&self) -> u64 {
        self.first_lba.saturating_add(self.sectors)
    }

    /// Offset of the first byte. Saturates like [`Self::end_lba`].
    pub fn offset(&self, sector_size: SectorSize) -> u64 {
        self.first_lba.saturating_mul(sector_size.bytes())
    }

    /// Length in bytes. Saturates like [`Self::end_lba`].
    pub fn byte_len(&self, sector_size: SectorSize) -> u64 {
        self.sectors.saturating_mul(sector_size.bytes())
    }
}
