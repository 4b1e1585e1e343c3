//! The GPT and its backup.

use super::found::{FoundPartition, Place, Which};
use crate::Guid;
use crate::format::gpt::{Entry, Header, LEGACY_BIOS_BOOTABLE, SIGNATURE};
use image_layout::{ReadAt, SectorSize};
use std::io;

/// Most bytes of entries that are read; 128 entries have 16 KiB.
const MOST_ENTRIES: u64 = 1 << 20;

/// The contents of a GPT.
#[derive(Debug)]
pub(super) struct Gpt {
    pub which: Which,
    pub sector_size: SectorSize,
    pub guid: Guid,
    pub partitions: Vec<FoundPartition>,
    pub places: Vec<Place>,
}

/// Reads the GPT, or its backup if that is all there is; `None`: there is neither. What is wrong
/// with either goes into `faults`.
pub(super) fn read(disk: &dyn ReadAt, faults: &mut Vec<String>) -> io::Result<Option<Gpt>> {
    for sector_size in [SectorSize::Bytes512, SectorSize::Bytes4096] {
        let size = sector_size.bytes();
        let (last, mut backup_at) = ((disk.len() / size).saturating_sub(1), None);
        let primary = match header(disk, 1, size)? {
            Found::Good(header) => {
                backup_at = Some(header.AlternateLBA.get());
                Some(header)
            }
            Found::Damaged(what) => {
                faults.push(format!("the GPT is damaged: {what}"));
                None
            }
            Found::Nothing => None,
        };
        let primary = match primary {
            Some(header) => partitions(disk, &header, sector_size, Which::Primary, faults)?,
            None => None,
        };
        let at = backup_at.unwrap_or(last);
        let backup = match header(disk, at, size)? {
            Found::Good(header) => partitions(disk, &header, sector_size, Which::Backup, faults)?,
            Found::Damaged(what) => {
                faults.push(format!("the GPT's backup is damaged: {what}"));
                None
            }
            Found::Nothing => None,
        };
        match (primary, backup) {
            (Some(mut primary), Some(backup)) => {
                if primary.partitions != backup.partitions {
                    faults.push("the GPT and its backup differ".into());
                }
                if at != last {
                    faults.push(
                        "the GPT's backup is not at the end of the disk: the disk is larger than \
                         it was made for"
                            .into(),
                    );
                }
                primary.places.extend(backup.places);
                return Ok(Some(primary));
            }
            (Some(primary), None) => {
                faults.push("the GPT has no backup where it says".into());
                return Ok(Some(primary));
            }
            (None, Some(backup)) => {
                faults.push("only the backup of the GPT is left".into());
                return Ok(Some(backup));
            }
            (None, None) => {}
        }
    }
    Ok(None)
}

/// A header, if one lies there.
enum Found {
    Good(Header),
    Damaged(String),
    Nothing,
}

fn header(disk: &dyn ReadAt, lba: u64, size: u64) -> io::Result<Found> {
    // OK to cast: 512 or 4096.
    let bytes = match disk.read_vec(lba.saturating_mul(size), size as usize) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(Found::Nothing),
        Err(e) => return Err(e),
    };
    let Some((head, _)) = bytes.split_first_chunk() else { return Ok(Found::Nothing) };
    let header = Header::from_bytes(head);
    if header.Signature != SIGNATURE {
        return Ok(Found::Nothing);
    }
    let len = header.HeaderSize.get() as usize; // OK to cast: 32 bits
    let Some(covered) = bytes.get(..len).filter(|_| len >= head.len()) else {
        return Ok(Found::Damaged(format!("a header of {len} bytes")));
    };
    let mut covered = covered.to_vec();
    covered[0x10..0x14].fill(0);
    if crc32(&covered) != header.HeaderCRC32.get() {
        return Ok(Found::Damaged("the checksum of its header is wrong".into()));
    }
    Ok(match header.MyLBA.get() == lba {
        true => Found::Good(header),
        false => Found::Damaged("its header says that it lies elsewhere".into()),
    })
}

fn partitions(
    disk: &dyn ReadAt,
    header: &Header,
    sector_size: SectorSize,
    which: Which,
    faults: &mut Vec<String>,
) -> io::Result<Option<Gpt>> {
    let (name, header_name, entries_name) = match which {
        Which::Primary => ("GPT", "GPT header", "GPT entries"),
        Which::Backup => ("backup GPT", "backup GPT header", "backup GPT entries"),
    };
    let each = u64::from(header.SizeOfPartitionEntry.get());
    let len = each * u64::from(header.NumberOfPartitionEntries.get());
    if each < 128 || !each.is_power_of_two() || len > MOST_ENTRIES {
        faults.push(format!("the {name} is damaged: entries of {each} bytes, {len} in all"));
        return Ok(None);
    }
    let size = sector_size.bytes();
    let at = header.PartitionEntryLBA.get().saturating_mul(size);
    // OK to cast: at most 1 MiB.
    let bytes = match disk.read_vec(at, len as usize) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
            faults.push(format!("the entries of the {name} lie behind the end of the disk"));
            return Ok(None);
        }
        Err(e) => return Err(e),
    };
    if crc32(&bytes) != header.PartitionEntryArrayCRC32.get() {
        faults.push(format!("the {name} is damaged: the checksum of its entries is wrong"));
        return Ok(None);
    }
    let mut partitions = Vec::new();
    // OK to cast: at most 1 MiB.
    for (number, bytes) in (1..).zip(bytes.chunks_exact(each as usize)) {
        let Some((head, _)) = bytes.split_first_chunk() else { break };
        let entry = Entry::from_bytes(head);
        let gpt_type = Guid::from_disk(entry.PartitionTypeGUID);
        if gpt_type == Guid::NIL {
            continue;
        }
        let (first, last) = (entry.StartingLBA.get(), entry.EndingLBA.get());
        let Some(sectors) = last.checked_sub(first).and_then(|n| n.checked_add(1)) else {
            faults.push(format!("partition {number} of the {name} ends before it starts"));
            continue;
        };
        let units = entry.PartitionName.iter().map(|u| u.get()).take_while(|u| *u != 0);
        let name = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
        partitions.push(FoundPartition {
            number,
            start: first.saturating_mul(size),
            len: sectors.saturating_mul(size),
            mbr_type: None,
            gpt_type: Some(gpt_type),
            name: Some(name.collect()),
            guid: Some(Guid::from_disk(entry.UniquePartitionGUID)),
            active: entry.Attributes.get() & LEGACY_BIOS_BOOTABLE != 0,
        });
    }
    let guid = Guid::from_disk(header.DiskGUID);
    let places = vec![
        Place { what: header_name, at: header.MyLBA.get().saturating_mul(size), len: size },
        Place { what: entries_name, at, len },
    ];
    Ok(Some(Gpt { which, sector_size, guid, partitions, places }))
}

/// CRC-32 as everybody has it: reflected, of the polynomial 0x04C11DB7.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |mut crc, byte| {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
        }
        crc
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn crc32_is_the_known_one() {
        assert_eq!(super::crc32(b"123456789"), 0xCBF4_3926);
    }
}
