//! Finding the area on a disk that is there already, by its partition table.

use super::EmbeddingArea;
use crate::Error;
use crate::SECTOR;
use crate::format::boot_sector::{
    BOOT_SIGNATURE, BootSector, KIND_EXTENDED, KIND_GPT_PROTECTIVE, PartitionEntry,
};
use crate::format::gpt::{BIOS_BOOT_PARTITION, GptEntry, GptHeader, SIGNATURE};

/// Boot records in a chain of logical partitions that are followed; a longer one is a circle.
const LONGEST_CHAIN: usize = 1024;
/// Entries of a GPT that are looked at, and the longest of them, in bytes; every real one has 128
/// of both.
const MOST_ENTRIES: u32 = 4096;
const LONGEST_ENTRY: u32 = 4096;

/// Gives the content of a sector, or `None` where there is none.
type Read<'a> = &'a mut dyn FnMut(u64) -> Option<[u8; SECTOR]>;

impl EmbeddingArea {
    /// Looks for the area on a disk, as `grub-bios-setup` does: the BIOS boot partition of a GPT;
    /// else the gap in front of what an MBR's primary and logical partitions leave, without the
    /// sectors of other programs. `read` gives the content of a sector (LBA) of 512 bytes.
    ///
    /// # Errors
    /// [`Error`] when there is no partition table, when it is damaged or leaves no area, and
    /// [`Error::UnreadableSector`] when `read` has nothing where there should be something.
    pub fn find(mut read: impl FnMut(u64) -> Option<[u8; SECTOR]>) -> Result<Self, Error> {
        let sector0 = BootSector::from_bytes(&get(&mut read, 0)?);
        if sector0.boot_signature.get() != BOOT_SIGNATURE {
            return Err(Error::NoBootRecord { lba: 0 });
        }
        if sector0.partition_table.iter().any(|p| p.kind == KIND_GPT_PROTECTIVE) {
            return gpt(&mut read);
        }
        let starts = mbr(&mut read, &sector0)?;
        Self::mbr_gap(starts)?.without_foreign_sectors(read)
    }
}

fn get(read: Read<'_>, lba: u64) -> Result<[u8; SECTOR], Error> {
    read(lba).ok_or(Error::UnreadableSector { lba })
}

/// Refuses what `grub-bios-setup` does not take for a table of partitions: the MBR, or a boot
/// record in a chain of logical partitions.
pub(crate) fn check_boot_record(record: &BootSector, lba: u64) -> Result<(), Error> {
    if record.boot_signature.get() != BOOT_SIGNATURE {
        return Err(Error::NoBootRecord { lba });
    }
    match (1..).zip(&record.partition_table).find(|(_, p)| p.flag & 0x7F != 0) {
        Some((entry, p)) => Err(Error::BadPartitionFlag { lba, entry, flag: p.flag }),
        None => Ok(()),
    }
}

/// First sectors of all partitions, primary and logical, and of the logical ones' boot records.
fn mbr(read: Read<'_>, sector0: &BootSector) -> Result<Vec<u64>, Error> {
    check_boot_record(sector0, 0)?;
    let used = |p: &&PartitionEntry| p.kind != 0;
    let mut starts = Vec::new();
    // A link counts from the first boot record of the chain, a partition from its own.
    let mut links: Vec<(u64, u64)> = Vec::new();
    for p in sector0.partition_table.iter().filter(used) {
        let start = u64::from(p.start.get());
        starts.push(start);
        if KIND_EXTENDED.contains(&p.kind) {
            links.push((start, start));
        }
    }
    let mut followed = 0;
    while let Some((base, at)) = links.pop() {
        followed += 1;
        if followed > LONGEST_CHAIN {
            return Err(Error::PartitionChain { records: LONGEST_CHAIN });
        }
        let record = BootSector::from_bytes(&get(read, at)?);
        check_boot_record(&record, at)?;
        for p in record.partition_table.iter().filter(used) {
            let start = u64::from(p.start.get());
            if KIND_EXTENDED.contains(&p.kind) {
                starts.push(base + start);
                links.push((base, base + start));
            } else {
                starts.push(at + start);
            }
        }
    }
    Ok(starts)
}

fn gpt(read: Read<'_>) -> Result<EmbeddingArea, Error> {
    let sector = get(read, 1)?;
    let header = GptHeader::from_bytes(part(&sector, 0));
    if header.signature != SIGNATURE {
        return Err(Error::NoGptHeader);
    }
    let (count, size) =
        (header.number_of_partition_entries.get(), header.size_of_partition_entry.get());
    if count > MOST_ENTRIES || !(128..=LONGEST_ENTRY).contains(&size) || size % 8 != 0 {
        return Err(Error::BadGptEntries { count, size });
    }
    for n in 0..u64::from(count) {
        let at = n * u64::from(size); // no overflow: both are small
        let lba = header.partition_entry_lba.get().saturating_add(at / SECTOR as u64);
        // Two sectors, since an entry of odd size may lie across their border.
        let mut sectors = [0; 2 * SECTOR];
        let offset = (at % SECTOR as u64) as usize;
        sectors[..SECTOR].copy_from_slice(&get(read, lba)?);
        if offset + 128 > SECTOR {
            sectors[SECTOR..].copy_from_slice(&get(read, lba.saturating_add(1))?);
        }
        let entry = GptEntry::from_bytes(part(&sectors, offset));
        if entry.partition_type_guid == BIOS_BOOT_PARTITION {
            let (first, last) = (entry.starting_lba.get(), entry.ending_lba.get());
            return EmbeddingArea::bios_boot_partition(first, last);
        }
    }
    Err(Error::NoBiosBootPartition)
}

/// The `N` bytes at `offset`.
fn part<const N: usize>(bytes: &[u8], offset: usize) -> &[u8; N] {
    // OK to unwrap: a header or an entry lies within the sectors read for it.
    bytes.get(offset..).and_then(<[u8]>::first_chunk).expect("bytes of a sector")
}
