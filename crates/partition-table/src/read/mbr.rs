//! The MBR and the chain of logical partitions.

use super::found::{FoundPartition, Place};
use crate::format::mbr::{ACTIVE, BootRecord, BootRecordEntry, EXTENDED, MAGIC, PROTECTIVE};
use image_layout::{ReadAt, SectorSize, read_array};
use std::io;

/// Most logical partitions that are looked for; Linux has minor numbers for fewer.
const MOST_LOGICAL: u32 = 256;
/// The number of the first logical partition.
const FIRST_LOGICAL: u32 = 5;
const SECTOR: u64 = SectorSize::Bytes512.bytes();

/// The contents of an MBR.
#[derive(Debug, Default)]
pub(super) struct Mbr {
    pub signature: u32,
    pub partitions: Vec<FoundPartition>,
    /// The records that lead to logical partitions.
    pub places: Vec<Place>,
    pub faults: Vec<String>,
}

impl Mbr {
    /// Whether it protects a GPT.
    pub fn is_protective(&self) -> bool {
        self.partitions.iter().any(|p| p.mbr_type == Some(PROTECTIVE))
    }
}

/// Reads the MBR; `None` if sector 0 holds none.
pub(super) fn read(disk: &dyn ReadAt) -> io::Result<Option<Mbr>> {
    let Some(record) = record(disk, 0)? else { return Ok(None) };
    // Sector 0 of a file system may end with 55 AA as well, with boot code where an MBR has its
    // entries. Linux, too, tells them apart by the entries' flags.
    if record.entries.iter().any(|e| !matches!(e.flag, 0 | ACTIVE)) {
        return Ok(None);
    }
    let mut mbr = Mbr { signature: record.signature.get(), ..Mbr::default() };
    for (number, entry) in (1..).zip(&record.entries) {
        mbr.partitions.extend(partition(entry, number, 0));
    }
    let extended = |p: &&FoundPartition| p.is_container();
    let containers: Vec<u64> =
        mbr.partitions.iter().filter(extended).map(|p| p.start / SECTOR).collect();
    if let [first, rest @ ..] = &containers[..] {
        if !rest.is_empty() {
            mbr.faults.push("there are several extended partitions; the first counts".into());
        }
        logical(disk, *first, &mut mbr)?;
    }
    Ok(Some(mbr))
}

/// Follows the chain of extended boot records.
fn logical(disk: &dyn ReadAt, container: u64, mbr: &mut Mbr) -> io::Result<()> {
    let (mut at, mut seen) = (container, Vec::new());
    for number in FIRST_LOGICAL..FIRST_LOGICAL + MOST_LOGICAL {
        let cut = |what| format!("the chain of logical partitions {what} at sector {at}");
        if seen.contains(&at) {
            mbr.faults.push(cut("is a circle"));
            return Ok(());
        }
        seen.push(at);
        let Some(record) = record(disk, at.saturating_mul(SECTOR))? else {
            mbr.faults.push(cut("breaks off"));
            return Ok(());
        };
        let what = "extended boot record";
        mbr.places.push(Place { what, at: at.saturating_mul(SECTOR), len: SECTOR });
        let [logical, next, ..] = &record.entries;
        mbr.partitions.extend(partition(logical, number, at));
        if !EXTENDED.contains(&next.kind) || next.start.get() == 0 {
            return Ok(());
        }
        at = container.saturating_add(next.start.get().into());
    }
    mbr.faults.push(format!("there are more than {MOST_LOGICAL} logical partitions"));
    Ok(())
}

/// The record at `offset`; `None`: there is none.
fn record(disk: &dyn ReadAt, offset: u64) -> io::Result<Option<BootRecord>> {
    let bytes = match read_array(disk, offset) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(e) => return Err(e),
    };
    Ok(Some(BootRecord::from_bytes(&bytes)).filter(|record| record.magic.get() == MAGIC))
}

/// The partition of an entry, which counts from sector `base`.
fn partition(entry: &BootRecordEntry, number: u32, base: u64) -> Option<FoundPartition> {
    if entry.kind == 0 || entry.sectors.get() == 0 {
        return None;
    }
    Some(FoundPartition {
        number,
        start: base.saturating_add(entry.start.get().into()).saturating_mul(SECTOR),
        len: u64::from(entry.sectors.get()) * SECTOR,
        mbr_type: Some(entry.kind),
        gpt_type: None,
        name: None,
        guid: None,
        active: entry.flag == ACTIVE,
    })
}
