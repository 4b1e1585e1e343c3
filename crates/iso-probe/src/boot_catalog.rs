//! The El Torito boot catalog.

use crate::device::Device;
use crate::error::ProbeError;
use crate::facts::{BootImage, Emulation, Platform};
use crate::listing::translate;
use hadris_iso::sync::IsoFs;
use std::io::{Read, Seek};

/// Room for the largest boot catalog the ISO reader takes: 1024 entries of 32 bytes.
const CATALOG_BYTES: usize = 1026 * 32;

/// The boot catalog's entries. A damaged one counts as none: it keeps nobody from reading the files.
pub(crate) fn boot_images<R: Read + Seek>(
    iso: &mut IsoFs<Device<R>>,
) -> Result<Vec<BootImage>, ProbeError> {
    let mut buf = [0; CATALOG_BYTES];
    let catalog = match iso.boot_catalog(&mut buf) {
        Ok(Some(catalog)) => catalog,
        Ok(None) => return Ok(Vec::new()),
        Err(e) => {
            return match translate(e, 0) {
                e @ ProbeError::Io(_) => Err(e),
                _ => Ok(Vec::new()),
            };
        }
    };
    let entry = |e: hadris_iso::CatalogEntry| BootImage {
        platform: match e.platform() {
            hadris_iso::Platform::X86 => Platform::Bios,
            hadris_iso::Platform::Efi => Platform::Uefi,
            hadris_iso::Platform::PowerPc => Platform::PowerPc,
            hadris_iso::Platform::Mac => Platform::Mac,
            other => Platform::Other(other.id()),
        },
        emulation: match e.emulation() {
            Some(hadris_iso::Emulation::NoEmulation) => Emulation::None,
            Some(hadris_iso::Emulation::Floppy12) => Emulation::Floppy1200,
            Some(hadris_iso::Emulation::Floppy144) => Emulation::Floppy1440,
            Some(hadris_iso::Emulation::Floppy288) => Emulation::Floppy2880,
            Some(hadris_iso::Emulation::HardDisk) => Emulation::HardDisk,
            _ => Emulation::Unknown,
        },
        bootable: e.is_bootable(),
        load_sectors: e.sector_count(),
    };
    Ok(catalog.entries().map(entry).collect())
}
