//! The El Torito boot catalog: the boot images that an ISO offers to firmware.

use crate::device::Device;
use crate::error::ProbeError;
use crate::facts::{BootImage, Emulation, Platform};
use crate::format::boot_catalog::{
    BOOTABLE, CatalogEntry, CatalogHeader, ENTRY, EXTENSION, LAST_SECTION, SECTION, VALIDATION,
};
use crate::format::volume_descriptor::SECTOR;

/// The number of entries to look at, headers and extensions included.
const MAX_ENTRIES: u64 = 1024;

/// A boot image, and the byte of the ISO image at which it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Located {
    pub(crate) image: BootImage,
    pub(crate) start: u64,
}

/// The entries of the boot catalog in sector `at`, the default one first. A damaged catalog counts
/// as empty, because the files can be read without it.
pub(crate) fn boot_images(device: &mut Device<'_>, at: u32) -> Result<Vec<Located>, ProbeError> {
    let mut number = 0;
    let mut next = |device: &mut Device<'_>| -> Result<[u8; ENTRY], ProbeError> {
        let at = u64::from(at) * SECTOR + number * ENTRY as u64;
        number += 1;
        let bytes = if number > MAX_ENTRIES { Vec::new() } else { device.bytes(at, ENTRY)? };
        Ok(bytes.try_into().unwrap_or([0; ENTRY]))
    };
    let validation = CatalogHeader::from_bytes(&next(device)?);
    if validation.header_id != VALIDATION || validation.key != [0x55, 0xaa] {
        return Ok(Vec::new());
    }
    let mut found = vec![located(validation.platform_id, &next(device)?)];
    loop {
        let header = CatalogHeader::from_bytes(&next(device)?);
        if ![SECTION, LAST_SECTION].contains(&header.header_id) {
            return Ok(found);
        }
        let mut left = header.entries.get();
        while left > 0 {
            let entry = next(device)?;
            match entry[0] {
                EXTENSION => {}
                _ if number_of(&entry) == 0 => break,
                _ => {
                    found.push(located(header.platform_id, &entry));
                    left -= 1;
                }
            }
        }
        if header.header_id == LAST_SECTION {
            return Ok(found);
        }
    }
}

/// The sum of an entry's bytes, which is 0 for an unused entry.
fn number_of(entry: &[u8; ENTRY]) -> u32 {
    entry.iter().copied().map(u32::from).sum()
}

fn located(platform: u8, entry: &[u8; ENTRY]) -> Located {
    let entry = CatalogEntry::from_bytes(entry);
    let image = BootImage {
        platform: match platform {
            0 => Platform::Bios,
            1 => Platform::PowerPc,
            2 => Platform::Mac,
            0xef => Platform::Uefi,
            other => Platform::Other(other),
        },
        emulation: match entry.media_type & 0xf {
            0 => Emulation::None,
            1 => Emulation::Floppy1200,
            2 => Emulation::Floppy1440,
            3 => Emulation::Floppy2880,
            4 => Emulation::HardDisk,
            _ => Emulation::Unknown,
        },
        bootable: entry.boot_indicator == BOOTABLE,
        load_sectors: entry.sector_count.get(),
    };
    Located { image, start: u64::from(entry.load_rba.get()) * SECTOR }
}
