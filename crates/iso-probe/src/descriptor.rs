//! From the volume descriptors to their facts.

use crate::device::Device;
use crate::error::ProbeError;
use crate::format::volume_descriptor::{
    CD001, DecDateTime, FIRST_DESCRIPTOR, NSR, PRIMARY, PrimaryVolumeDescriptor, SECTOR,
    SUPPLEMENTARY,
};
use crate::looks_like::{self, LooksLike};
use std::io::{self, Read, Seek};

/// Descriptors looked at for the signs of a UDF volume.
const MAX_DESCRIPTORS: u64 = 64;

/// The primary volume descriptor of an ISO image, or what the file is instead.
pub(crate) fn primary<R: Read + Seek>(
    device: &mut Device<R>,
) -> Result<PrimaryVolumeDescriptor, ProbeError> {
    let sector = device.sector(FIRST_DESCRIPTOR)?;
    if &sector[1..6] != CD001 {
        let mut head = Vec::new();
        for index in 0..looks_like::HEAD / SECTOR {
            head.extend_from_slice(device.sector(index)?);
        }
        head.truncate(device.len().min(looks_like::HEAD) as usize);
        return Err(ProbeError::NotIso { why: LooksLike::from_head(&head) });
    }
    let pvd = PrimaryVolumeDescriptor::from_bytes(sector);
    let corrupt = |what| Err(ProbeError::Corrupt { what, offset: FIRST_DESCRIPTOR * SECTOR });
    if pvd.header.volume_descriptor_type != PRIMARY {
        return corrupt("the first volume descriptor is not the primary one");
    }
    if !matches!(pvd.logical_block_size.get(), 512 | 1024 | 2048) {
        return corrupt("the logical block size is none of 512, 1024 and 2048");
    }
    let (volume_bytes, file_bytes) = (volume_size(&pvd), device.len());
    if volume_bytes > file_bytes {
        return Err(ProbeError::Truncated { volume_bytes, file_bytes });
    }
    Ok(pvd)
}

/// Size of the volume, in bytes.
pub(crate) fn volume_size(pvd: &PrimaryVolumeDescriptor) -> u64 {
    u64::from(pvd.volume_space_size.get()) * u64::from(pvd.logical_block_size.get())
}

/// Whether a UDF volume shares the image: its recognition sequence follows the descriptors.
pub(crate) fn has_udf<R: Read + Seek>(device: &mut Device<R>) -> Result<bool, ProbeError> {
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

/// The label of the Joliet volume, if there is one: a supplementary descriptor with the escape
/// sequence of UCS-2.
pub(crate) fn joliet_label<R: Read + Seek>(device: &mut Device<R>) -> io::Result<Option<String>> {
    for index in FIRST_DESCRIPTOR + 1..FIRST_DESCRIPTOR + MAX_DESCRIPTORS {
        let svd = PrimaryVolumeDescriptor::from_bytes(device.sector(index)?);
        if &svd.header.standard_identifier != CD001 {
            break;
        }
        let ucs2 = [b"%/@", b"%/C", b"%/E"].iter().any(|e| svd.unused_58.starts_with(*e));
        if svd.header.volume_descriptor_type == SUPPLEMENTARY && ucs2 {
            let units = svd.volume_identifier.chunks_exact(2);
            let units: Vec<u16> = units.map(|u| u16::from_be_bytes([u[0], u[1]])).collect();
            let label = String::from_utf16_lossy(&units);
            return Ok(Some(label.trim_end_matches([' ', '\0']).to_owned()));
        }
    }
    Ok(None)
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
