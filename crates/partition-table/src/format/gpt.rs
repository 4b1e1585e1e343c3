//! The GUID partition table.
//! <https://uefi.org/specs/UEFI/2.10/05_GUID_Partition_Table_Format.html>

#![allow(non_snake_case)] // its own names

use ondisk::{Le16, Le32, Le64};

ondisk::ondisk! {
    /// The header, in sector 1 and in the last.
    pub struct Header [92] {
        0x00  Signature                 : [u8; 8]   = "EFI PART.";
        0x08  Revision                  : Le32      = "0x00010000.";
        0x0C  HeaderSize                : Le32      = "Length of the header.";
        0x10  HeaderCRC32               : Le32      = "Checksum of the header, with zero in this place.";
        0x14  Reserved                  : Le32      = "Zero.";
        0x18  MyLBA                     : Le64      = "Where this header lies.";
        0x20  AlternateLBA              : Le64      = "Where the other one lies.";
        0x28  FirstUsableLBA            : Le64      = "First sector for partitions.";
        0x30  LastUsableLBA             : Le64      = "Last sector for partitions.";
        0x38  DiskGUID                  : [u8; 16]  = "The disk's identity.";
        0x48  PartitionEntryLBA         : Le64      = "First sector of the entries.";
        0x50  NumberOfPartitionEntries  : Le32      = "Entries, the empty ones included.";
        0x54  SizeOfPartitionEntry      : Le32      = "Length of an entry.";
        0x58  PartitionEntryArrayCRC32  : Le32      = "Checksum of the entries.";
    }

    /// An entry for a partition.
    pub struct Entry [128] {
        0x00  PartitionTypeGUID    : [u8; 16]    = "Type; zero: empty.";
        0x10  UniquePartitionGUID  : [u8; 16]    = "The partition's identity.";
        0x20  StartingLBA          : Le64        = "First sector.";
        0x28  EndingLBA            : Le64        = "Last sector.";
        0x30  Attributes           : Le64        = "Flags.";
        0x38  PartitionName        : [Le16; 36]  = "Name in UTF-16.";
    }
}

/// [`Header::Signature`].
pub const SIGNATURE: [u8; 8] = *b"EFI PART";
/// [`Entry::Attributes`]: what a BIOS's boot code looks for.
pub const LEGACY_BIOS_BOOTABLE: u64 = 1 << 2;
