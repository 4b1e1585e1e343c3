//! The sectors that a key is laid out for, which must be the device's: a table counts in them.

use bootkey::key_read::{Disk, Error, FileSystem, ReadAt};
use partition_table::Scheme;

/// The bytes of the sectors that the partition table of an image counts in; `None`: it has no table.
pub(super) fn sector_size(image: &dyn ReadAt) -> Result<Option<u64>, Error> {
    const SCALE: u64 = 8;
    let disk = Disk::read(image)?;
    let Some(table) = disk.table() else { return Ok(None) };
    let bytes = table.sector_size.bytes();
    if table.scheme != Scheme::Mbr {
        return Ok(Some(bytes));
    }
    // An MBR does not say it, and was read as one in sectors of 512 bytes: are the file systems where
    // its partitions would start in sectors of 4096?
    let has = |start: u64, len: u64| {
        FileSystem::open(disk.whole().part(start, len)).is_ok_and(|files| files.is_some())
    };
    let starts = |scale: u64| {
        let mut partitions = table.partitions.iter().filter(|p| !p.is_container());
        partitions.any(|p| has(p.start.saturating_mul(scale), p.len.saturating_mul(scale)))
    };
    Ok(Some(if !starts(1) && starts(SCALE) { bytes * SCALE } else { bytes }))
}
