//! The volume descriptors of an image, and the facts in them.

use crate::device::Device;
use crate::error::ProbeError;
use crate::format::boot_catalog::{CATALOG_AT, EL_TORITO};
use crate::format::directory_record::DirectoryRecord;
use crate::format::volume_descriptor::{
    BOOT_RECORD, CD001, DecDateTime, FIRST_DESCRIPTOR, NSR, PRIMARY, PrimaryVolumeDescriptor,
    SECTOR, SUPPLEMENTARY, TERMINATOR,
};
use crate::looks_like::{self, LooksLike};

/// The number of descriptors to look at.
const MAX_DESCRIPTORS: u64 = 64;

/// The volume descriptors of an ISO image.
#[derive(Debug)]
pub(crate) struct Descriptors {
    /// The first primary volume descriptor.
    pub(crate) primary: PrimaryVolumeDescriptor,
    /// The roots of the trees that GRUB chooses from, in the order of their descriptors.
    pub(crate) volumes: Vec<VolumeRoot>,
    /// The Joliet volume's label.
    pub(crate) joliet_label: Option<String>,
    /// The sector of the boot catalog.
    pub(crate) boot_catalog: Option<u32>,
}

/// The root of a primary or Joliet tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VolumeRoot {
    pub(crate) joliet: bool,
    /// The first byte and the length of the root directory.
    pub(crate) root: (u64, u64),
}

/// Reads the volume descriptors, or says what the file is instead.
pub(crate) fn descriptors(device: &mut Device<'_>) -> Result<Descriptors, ProbeError> {
    if &device.sector(FIRST_DESCRIPTOR)?[1..6] != CD001 {
        let mut head = Vec::new();
        for index in 0..looks_like::HEAD / SECTOR {
            head.extend_from_slice(device.sector(index)?);
        }
        head.truncate(device.len().min(looks_like::HEAD) as usize);
        return Err(ProbeError::NotIso { why: LooksLike::from_head(&head) });
    }
    let (mut primary, mut volumes, mut joliet_label, mut boot_catalog) =
        (None, Vec::new(), None, None);
    for index in FIRST_DESCRIPTOR..FIRST_DESCRIPTOR + MAX_DESCRIPTORS {
        let corrupt = |what| ProbeError::Corrupt { what, offset: index * SECTOR };
        let sector = device.sector(index)?;
        let found = PrimaryVolumeDescriptor::from_bytes(sector);
        if &found.header.standard_identifier != CD001 {
            return Err(corrupt("the volume descriptors have no end, so that GRUB takes none"));
        }
        let ucs2 = [b"%/@", b"%/C", b"%/E"].iter().any(|e| found.unused_58.starts_with(*e));
        match found.header.volume_descriptor_type {
            TERMINATOR => {
                let primary = primary.ok_or(corrupt("there is no primary volume descriptor"))?;
                return Ok(Descriptors { primary, volumes, joliet_label, boot_catalog });
            }
            PRIMARY => {
                if found.logical_block_size.get() != SECTOR as u16 {
                    return Err(corrupt(
                        "the logical blocks do not have 2048 bytes, as GRUB takes them to have",
                    ));
                }
                volumes.push(VolumeRoot { joliet: false, root: root(&found) });
                primary.get_or_insert(found);
            }
            SUPPLEMENTARY if ucs2 => {
                volumes.push(VolumeRoot { joliet: true, root: root(&found) });
                joliet_label.get_or_insert_with(|| ucs2_identifier(&found.volume_identifier));
            }
            BOOT_RECORD if sector[7..].starts_with(EL_TORITO) && boot_catalog.is_none() => {
                let at: [u8; 4] = sector[CATALOG_AT..CATALOG_AT + 4].try_into().unwrap_or_default();
                boot_catalog = Some(u32::from_le_bytes(at));
            }
            _ => {}
        }
    }
    let offset = (FIRST_DESCRIPTOR + MAX_DESCRIPTORS) * SECTOR;
    Err(ProbeError::Corrupt { what: "there are too many volume descriptors", offset })
}

fn root(descriptor: &PrimaryVolumeDescriptor) -> (u64, u64) {
    let record = descriptor.root_directory_record.first_chunk();
    let record = DirectoryRecord::from_bytes(record.unwrap_or(&[0; 33]));
    (u64::from(record.extent.get()) * SECTOR, u64::from(record.data_length.get()))
}

fn ucs2_identifier(field: &[u8]) -> String {
    let units = field.chunks_exact(2);
    let units: Vec<u16> = units.map(|u| u16::from_be_bytes([u[0], u[1]])).collect();
    String::from_utf16_lossy(&units).trim_end_matches([' ', '\0']).to_owned()
}

/// The size of the volume, in bytes.
pub(crate) fn volume_size(pvd: &PrimaryVolumeDescriptor) -> u64 {
    u64::from(pvd.volume_space_size.get()) * u64::from(pvd.logical_block_size.get())
}

/// Whether the image holds a UDF volume, too: a UDF descriptor is among or behind those of ISO
/// 9660.
pub(crate) fn has_udf(device: &mut Device<'_>) -> Result<bool, ProbeError> {
    for index in FIRST_DESCRIPTOR..FIRST_DESCRIPTOR + MAX_DESCRIPTORS {
        let sector = device.sector(index)?;
        let identifier = &sector[1..6];
        if NSR.iter().any(|nsr| identifier == *nsr) {
            return Ok(true);
        }
        if identifier == [0; 5] {
            break;
        }
    }
    Ok(false)
}

/// An identifier without the blanks and zeros that fill its field.
pub(crate) fn identifier(field: &[u8]) -> String {
    String::from_utf8_lossy(field).trim_end_matches([' ', '\0']).to_owned()
}

/// The volume's UUID: see [`crate::IsoFacts::volume_uuid`].
pub(crate) fn uuid(pvd: &PrimaryVolumeDescriptor) -> Option<String> {
    let digits = |date: &DecDateTime| {
        let set =
            date.digits.iter().all(u8::is_ascii_digit) && date.digits.iter().any(|d| *d != b'0');
        set.then_some(date.digits)
    };
    let digits =
        digits(&pvd.volume_modification_date).or_else(|| digits(&pvd.volume_creation_date))?;
    let mut uuid = String::new();
    for (n, digit) in digits.iter().enumerate() {
        if n >= 4 && n % 2 == 0 {
            uuid.push('-');
        }
        uuid.push(char::from(*digit));
    }
    Some(uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(digits: &[u8; 16]) -> DecDateTime {
        DecDateTime { digits: *digits, offset: 0 }
    }

    #[test]
    fn uuid_is_the_modification_time_or_else_the_creation_time() {
        let mut pvd = PrimaryVolumeDescriptor::zeroed();
        assert_eq!(uuid(&pvd), None);
        pvd.volume_creation_date = date(b"2021020717255000");
        assert_eq!(uuid(&pvd).as_deref(), Some("2021-02-07-17-25-50-00"));
        pvd.volume_modification_date = date(b"0000000000000000");
        assert_eq!(uuid(&pvd).as_deref(), Some("2021-02-07-17-25-50-00"));
        pvd.volume_modification_date = date(b"2026050322121399");
        assert_eq!(uuid(&pvd).as_deref(), Some("2026-05-03-22-12-13-99"));
    }

    #[test]
    fn identifiers_are_trimmed_at_their_end_only() {
        assert_eq!(identifier(b" A B \0  "), " A B");
        assert_eq!(identifier(b"\xff "), "\u{fffd}");
        assert_eq!(identifier(b"        "), "");
    }
}
