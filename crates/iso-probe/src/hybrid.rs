//! The partition tables that make an image bootable as a disk, and the MD5 sum for checking it.

use crate::device::Device;
use crate::facts::{EmbeddedMd5, Hybrid, HybridPartition};
use crate::format::volume_descriptor::PrimaryVolumeDescriptor;
use std::io;

/// The partition tables in the image's first sectors; `None` if there are none.
pub(crate) fn hybrid(device: &mut Device<'_>) -> io::Result<Option<Hybrid>> {
    let first = device.sector(0)?;
    let mut found = Hybrid { gpt: &first[512..520] == b"EFI PART", ..Hybrid::default() };
    if first[510..512] == [0x55, 0xaa] {
        for entry in first[446..510].chunks_exact(16) {
            let number =
                |at: usize| entry[at..at + 4].iter().rev().fold(0, |n, b| n << 8 | u32::from(*b));
            if entry[4] != 0 {
                found.mbr.push(HybridPartition {
                    kind: entry[4],
                    first: number(8),
                    sectors: number(12),
                });
            }
        }
    }
    found.apm = &first[512..514] == b"PM" || &device.sector(1)?[..2] == b"PM";
    Ok((found != Hybrid::default()).then_some(found))
}

/// The MD5 sum that `implantisomd5` leaves in the volume descriptor's field for applications, as
/// the text `ISO MD5SUM = …;SKIPSECTORS = 15;…`.
pub(crate) fn embedded_md5(pvd: &PrimaryVolumeDescriptor) -> Option<EmbeddedMd5> {
    let text = std::str::from_utf8(&pvd.application_use).ok().or_else(|| {
        let good = pvd.application_use.iter().position(|b| !b.is_ascii())?;
        std::str::from_utf8(&pvd.application_use[..good]).ok()
    })?;
    let value = |key: &str| Some(text.split_once(key)?.1.split(';').next()?.trim());
    let md5 = value("ISO MD5SUM = ")?;
    let hex = md5.len() == 32 && md5.bytes().all(|b| b.is_ascii_hexdigit());
    let skip_sectors = value("SKIPSECTORS = ").and_then(|n| n.parse().ok()).unwrap_or(0);
    hex.then(|| EmbeddedMd5 { md5: md5.to_ascii_lowercase(), skip_sectors })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn partition_tables_of_a_hybrid_image() {
        let read = |image: &[u8]| {
            hybrid(&mut Device::new(Cursor::new(image), image.len() as u64, 1000)).unwrap()
        };
        let mut image = vec![0; 8192];
        assert_eq!(read(&image), None);
        image[510..512].copy_from_slice(&[0x55, 0xaa]);
        assert_eq!(read(&image), None, "boot code without partitions");
        image[446 + 4] = 0x17;
        image[446 + 12..446 + 16].copy_from_slice(&[0, 8, 1, 0]);
        image[462 + 4] = 0xef;
        image[462 + 8] = 20;
        image[462 + 12] = 9;
        image[512..520].copy_from_slice(b"EFI PART");
        image[2048..2050].copy_from_slice(b"PM");
        let part = |kind, first, sectors| HybridPartition { kind, first, sectors };
        let all =
            Hybrid { mbr: vec![part(0x17, 0, 0x10800), part(0xef, 20, 9)], gpt: true, apm: true };
        assert_eq!(read(&image), Some(all));
    }

    #[test]
    fn sums_as_implantisomd5_leaves_them() {
        let with = |text: &str| {
            let mut pvd = PrimaryVolumeDescriptor::zeroed();
            pvd.application_use[..text.len()].copy_from_slice(text.as_bytes());
            embedded_md5(&pvd)
        };
        let sum = "0123456789abcdef0123456789ABCDEF";
        let text = format!("ISO MD5SUM = {sum};SKIPSECTORS = 15;RHLISOSTATUS=1;FRAGMENT SUMS = 1");
        let found = with(&text).unwrap();
        assert_eq!((found.md5, found.skip_sectors), (sum.to_lowercase(), 15));
        assert_eq!(with(&text.replace("MD5SUM", "SHA1SUM")), None);
        assert_eq!(with(&text.replace("0123456789abcdef", "xyz")), None);
    }
}
