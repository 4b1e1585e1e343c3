//! Sector 0. <https://en.wikipedia.org/wiki/Master_boot_record>, and for GPT disks
//! <https://uefi.org/specs/UEFI/2.10/05_GUID_Partition_Table_Format.html#protective-mbr>.

use crate::check::in_mbr;
use crate::chs;
use crate::{Disk, Partition, Scheme};
use mbrman::{BOOT_ACTIVE, BOOT_INACTIVE, CHS, MBRHeader, MBRPartitionEntry};
use std::io::Cursor;
use std::iter;

/// Bytes of an MBR, whatever the sector size.
pub(crate) const MBR_LEN: usize = 512;

/// Entries for partitions.
const ENTRIES: usize = 4;

/// The type of the entry that tells tools that know no GPT to keep their hands off.
const GPT_PROTECTIVE: u8 = 0xee;

/// The MBR. The boot code area is zero.
///
/// OK to cast anywhere below: what is listed was checked to end within 2^32.
pub(crate) fn encode(disk: &Disk, partitions: &[Partition]) -> [u8; MBR_LEN] {
    let signature = if disk.scheme == Scheme::Gpt { 0 } else { disk.signature };
    let mut header = MBRHeader::new(signature.to_le_bytes());
    let listed: Vec<_> = partitions.iter().filter(|p| in_mbr(disk, p)).collect();
    let guard = match disk.scheme {
        Scheme::Mbr => None,
        Scheme::Gpt => Some(protective(disk.sectors())),
        // Up to the first partition that can be seen: entries must not overlap.
        Scheme::Hybrid => {
            listed.iter().map(|p| p.first_lba).min().map(|end| entry(GPT_PROTECTIVE, 1, end - 1))
        }
    };
    let entries = listed.into_iter().map(|p| MBRPartitionEntry {
        boot: if p.active { BOOT_ACTIVE } else { BOOT_INACTIVE },
        ..entry(p.kind.mbr, p.first_lba, p.sectors)
    });
    for ((_, slot), entry) in header.iter_mut().zip(entries.chain(guard)) {
        *slot = entry;
    }
    let mut sector = [0; MBR_LEN];
    // OK to unwrap: a header is 512 bytes, its boot flags are the two that exist.
    header.write_into(&mut Cursor::new(&mut sector[..])).expect("a header fits a sector");
    sector
}

/// The names of the four entries, in order.
pub(crate) fn entry_names(disk: &Disk, partitions: &[Partition]) -> impl Iterator<Item = String> {
    let listed = partitions.iter().filter(|p| in_mbr(disk, p)).map(|p| p.kind.to_string());
    let guard = (disk.scheme != Scheme::Mbr).then(|| "protects the GPT".to_owned());
    let unused = iter::repeat_with(|| "unused".to_owned());
    let entries: Vec<_> = listed.chain(guard).chain(unused).take(ENTRIES).collect();
    (1..).zip(entries).map(|(number, what): (u8, _)| format!("MBR entry {number} ({what})"))
}

fn entry(sys: u8, first: u64, sectors: u64) -> MBRPartitionEntry {
    let (first, sectors) = (first as u32, sectors as u32);
    MBRPartitionEntry {
        boot: BOOT_INACTIVE,
        first_chs: chs::address(first),
        sys,
        last_chs: chs::address(first + (sectors - 1)),
        starting_lba: first,
        sectors,
    }
}

/// The guard of a disk of so many sectors: all but the first, or as many as 32 bits can say. The
/// specification wants bytes `FF FF FF` for a last sector that has no CHS address.
fn protective(sectors: u64) -> MBRPartitionEntry {
    let sectors = u32::try_from(sectors - 1).unwrap_or(u32::MAX);
    let last_chs = chs::exact(sectors).unwrap_or(CHS::new(1023, 255, 63));
    MBRPartitionEntry { last_chs, ..entry(GPT_PROTECTIVE, 1, u64::from(sectors)) }
}
