//! The system use entries behind a record's name, in the order in which GRUB reads them.

use crate::device::Device;
use crate::format::directory_record::SUSP_HEAD;
use crate::format::volume_descriptor::SECTOR;
use std::io;

/// The number of areas read for one record, and the greatest length of a continuation area.
const MAX_AREAS: usize = 16;
const MAX_AREA: u32 = 64 << 10;

/// A system use entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SystemUse {
    pub(crate) signature: [u8; 2],
    /// The bytes behind the entry's head.
    pub(crate) data: Vec<u8>,
}

/// The entries of an area and its continuations. Like GRUB, this goes on in the continuation as
/// soon as it meets the `CE` entry, whatever else follows, and stops at `ST`.
pub(crate) fn entries(device: &mut Device<'_>, mut area: Vec<u8>) -> io::Result<Vec<SystemUse>> {
    let mut found = Vec::new();
    for _ in 0..MAX_AREAS {
        let Some(continued) = entries_of_one(&area, &mut found) else { break };
        let [block, offset, len] = continued;
        if len > MAX_AREA {
            break;
        }
        let at = u64::from(block) * SECTOR + u64::from(offset);
        area = device.bytes(at, len as usize)?;
    }
    Ok(found)
}

/// Adds the entries of one area to `found`. The result is block, offset and length of the area's
/// continuation, if it has one.
fn entries_of_one(area: &[u8], found: &mut Vec<SystemUse>) -> Option<[u32; 3]> {
    let mut rest = area;
    while let [a, b, len, _version, ..] = *rest {
        let (Some(data), true) = (rest.get(SUSP_HEAD..usize::from(len).min(rest.len())), len > 0)
        else {
            break;
        };
        match (&[a, b], data) {
            (b"ST", _) => break,
            (b"CE", _) => {
                let number = |at| Some(u32::from_le_bytes(data.get(at..at + 4)?.try_into().ok()?));
                return Some([number(0)?, number(8)?, number(16)?]);
            }
            (signature, data) => {
                found.push(SystemUse { signature: *signature, data: data.to_vec() });
            }
        }
        rest = rest.get(usize::from(len)..).unwrap_or_default();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn names(image: &[u8], area: &[u8]) -> String {
        let mut device = Device::new(Cursor::new(image), image.len() as u64, 1000);
        let found = entries(&mut device, area.to_vec()).unwrap();
        found.iter().map(|e| String::from_utf8_lossy(&e.signature).into_owned() + " ").collect()
    }

    #[test]
    fn areas_continue_and_end_where_grub_says() {
        let ce = |block: u32, offset: u32, len: u32| {
            let mut ce = b"CE\x1c\x01".to_vec();
            [block, offset, len].iter().for_each(|n| {
                ce.extend(n.to_le_bytes());
                ce.extend(n.to_be_bytes());
            });
            ce
        };
        let mut image = vec![0; 4096];
        image[2058..2067].copy_from_slice(b"NM\x05\x01\0ST\x04\x01");
        assert_eq!(names(&image, b"PX\x04\x01NM\x05\x01\0"), "PX NM ");
        assert_eq!(
            names(&image, &[&b"PX\x04\x01"[..], &ce(1, 10, 9), b"TF\x04\x01"].concat()),
            "PX NM "
        );
        // Damage: no length, an entry that is longer than its area, a circle.
        assert_eq!(names(&image, b"PX\x04\x01XX\0\0YY\x04\x01"), "PX ");
        assert_eq!(names(&image, b"PX\x04\x01NM\xff\x01\0"), "PX NM ");
        let circle = ce(0, 0, 28);
        image[..28].copy_from_slice(&circle);
        assert_eq!(names(&image, &circle), "");
        assert_eq!(names(&image, &ce(0, 0, u32::MAX)), "");
    }
}
