//! The boot catalog: El Torito 1.0, sections 2 and 4.

use ondisk::{Le16, Le32};

/// `boot_system_identifier` of the boot record that points to a catalog.
pub(crate) const EL_TORITO: &[u8] = b"EL TORITO SPECIFICATION";
/// The byte of the boot record at which the catalog's sector is written.
pub(crate) const CATALOG_AT: usize = 0x47;
/// Size of every entry.
pub(crate) const ENTRY: usize = 32;
/// `header_id` of the validation entry, of section headers, and of the last one.
pub(crate) const VALIDATION: u8 = 1;
pub(crate) const SECTION: u8 = 0x90;
pub(crate) const LAST_SECTION: u8 = 0x91;
/// `boot_indicator` of an entry that may be booted.
pub(crate) const BOOTABLE: u8 = 0x88;
/// The first byte of an extension of the entry before it.
pub(crate) const EXTENSION: u8 = 0x44;

ondisk::ondisk! {
    /// The header of a catalog, or of a section: a validation entry or a section header.
    pub(crate) struct CatalogHeader [32] {
        0x00  header_id   : u8       = "1: validation; 0x90, 0x91: section.";
        0x01  platform_id : u8       = "0: PC, 1: PowerPC, 2: Mac, 0xef: UEFI.";
        0x02  entries     : Le16     = "Of a section: number of its entries.";
        0x04  id          : [u8; 24] = "Who made it.";
        0x1C  checksum    : Le16     = "Of a validation entry: makes the sum of its words 0.";
        0x1E  key         : [u8; 2]  = "Of a validation entry: 55 aa.";
    }

    /// An entry of a boot image: the default one, or one in a section.
    pub(crate) struct CatalogEntry [32] {
        0x00  boot_indicator : u8       = "0x88: bootable.";
        0x01  media_type     : u8       = "Bits 0 to 3: 0 none, 1 to 3 diskettes, 4 hard disk.";
        0x02  load_segment   : Le16     = "Where a PC loads it; 0: 0x7c0.";
        0x04  system_type    : u8       = "Byte 5 of the image's partition table.";
        0x05  unused_5       : u8       = "0.";
        0x06  sector_count   : Le16     = "512-byte sectors that the firmware loads.";
        0x08  load_rba       : Le32     = "First block of the image.";
        0x0C  selection      : [u8; 20] = "What the firmware may select by.";
    }
}
