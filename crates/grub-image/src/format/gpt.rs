//! GUID partition table: the header and its entries.
//! <https://uefi.org/specs/UEFI/2.10/05_GUID_Partition_Table_Format.html>

use ondisk::{Le32, Le64};

ondisk::ondisk! {
    /// Header of the table, in sector 1.
    pub struct GptHeader [92] {
        0x00  signature                    : [u8; 8]  = "\"EFI PART\".";
        0x08  revision                     : Le32     = "0x00010000.";
        0x0C  header_size                  : Le32     = "Length of this header: 92.";
        0x10  header_crc32                 : Le32     = "Checksum of the header.";
        0x14  reserved                     : Le32     = "Zero.";
        0x18  my_lba                       : Le64     = "Where this header lies.";
        0x20  alternate_lba                : Le64     = "Where the other one lies.";
        0x28  first_usable_lba             : Le64     = "First sector for partitions.";
        0x30  last_usable_lba              : Le64     = "Last sector for partitions.";
        0x38  disk_guid                    : [u8; 16] = "The disk's identity.";
        0x48  partition_entry_lba          : Le64     = "First sector of the entries.";
        0x50  number_of_partition_entries  : Le32     = "How many there are, empty ones included.";
        0x54  size_of_partition_entry      : Le32     = "Length of each, in bytes.";
        0x58  partition_entry_array_crc32  : Le32     = "Checksum of the entries.";
    }

    /// A partition entry; a longer one has more behind this.
    pub struct GptEntry [128] {
        0x00  partition_type_guid    : [u8; 16] = "Type; all zero: the entry is empty.";
        0x10  unique_partition_guid  : [u8; 16] = "The partition's identity.";
        0x20  starting_lba           : Le64     = "First sector.";
        0x28  ending_lba             : Le64     = "Last sector.";
        0x30  attributes             : Le64     = "Flags.";
        0x38  partition_name         : [u8; 72] = "Name, UTF-16.";
    }
}

/// [`GptHeader::signature`].
pub const SIGNATURE: [u8; 8] = *b"EFI PART";
/// [`GptEntry::partition_type_guid`] of a BIOS boot partition:
/// 21686148-6449-6E6F-744E-656564454649, whose bytes spell "Hah!IdontNeedEFI".
pub const BIOS_BOOT_PARTITION: [u8; 16] = *b"Hah!IdontNeedEFI";
