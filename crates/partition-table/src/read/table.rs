//! The table of a disk, of whichever kind.

use super::found::{FoundPartition, FoundTable, Which};
use super::gpt::{self, Gpt};
use super::mbr::{self, Mbr};
use crate::Scheme;
use image_layout::{ReadAt, SectorSize};
use std::io;

/// Reads the table of a disk; `None` if there is none. The place of a GPT shows the size of the
/// disk's sectors; for an MBR, which does not, 512 bytes are assumed.
///
/// # Errors
/// Those of the medium. A missing or damaged table is no error: its faults are listed.
pub fn read(disk: &dyn ReadAt) -> io::Result<Option<FoundTable>> {
    let mbr = mbr::read(disk)?.unwrap_or_default();
    let protective = mbr.is_protective();
    if !protective && !mbr.partitions.is_empty() {
        return of_mbr(disk, mbr).map(Some);
    }
    // A GPT is looked for even if the MBR does not announce it: the MBR may have been overwritten.
    let Mbr { signature, partitions: listed, .. } = mbr;
    let mut faults = Vec::new();
    let Some(Gpt { which, sector_size, guid, mut partitions, places }) =
        gpt::read(disk, &mut faults)?
    else {
        if !protective {
            return Ok(None);
        }
        faults.push("the MBR protects a GPT, and there is none".into());
        return Ok(Some(FoundTable {
            scheme: Scheme::Gpt,
            sector_size: SectorSize::Bytes512,
            signature,
            guid: None,
            copy: None,
            partitions: Vec::new(),
            places: Vec::new(),
            faults,
        }));
    };
    if !protective {
        faults.push("no MBR protects the GPT: Linux and GRUB do not look for it".into());
    }
    let scale = sector_size.bytes() / SectorSize::Bytes512.bytes();
    let mut hybrid = false;
    for entry in listed {
        let same = |p: &&mut FoundPartition| {
            p.start == entry.start.saturating_mul(scale) && p.len == entry.len.saturating_mul(scale)
        };
        if let Some(partition) = partitions.iter_mut().find(same) {
            partition.mbr_type = entry.mbr_type;
            partition.active |= entry.active;
            hybrid = true;
        } else if entry.mbr_type != Some(crate::format::mbr::PROTECTIVE) {
            faults.push(format!("the MBR lists a partition {} that the GPT lacks", entry.number));
            hybrid = true;
        }
    }
    let scheme = if hybrid { Scheme::Hybrid } else { Scheme::Gpt };
    let (guid, copy) = (Some(guid), Some(which));
    let mut table =
        FoundTable { scheme, sector_size, signature, guid, copy, partitions, places, faults };
    table.check(disk.len());
    Ok(Some(table))
}

/// The table of a disk whose MBR lists partitions, and protects no GPT.
fn of_mbr(disk: &dyn ReadAt, mbr: Mbr) -> io::Result<FoundTable> {
    let Mbr { signature, partitions, places, mut faults } = mbr;
    if gpt::read(disk, &mut Vec::new())?.is_some_and(|gpt| gpt.which == Which::Primary) {
        faults.push("a GPT is there too, but the MBR does not say so: it is not used".into());
    }
    let mut table = FoundTable {
        scheme: Scheme::Mbr,
        sector_size: SectorSize::Bytes512,
        signature,
        guid: None,
        copy: None,
        partitions,
        places,
        faults,
    };
    table.check(disk.len());
    Ok(table)
}

impl FoundTable {
    /// Looks for partitions that overlap, or do not lie on the disk.
    fn check(&mut self, len: u64) {
        let mut by_start: Vec<&FoundPartition> =
            self.partitions.iter().filter(|p| !p.is_container()).collect();
        by_start.sort_by_key(|p| p.start);
        for pair in by_start.windows(2) {
            if let [a, b] = pair
                && a.end() > b.start
            {
                self.faults.push(format!("partitions {} and {} overlap", a.number, b.number));
            }
        }
        for partition in &self.partitions {
            if partition.end() > len {
                self.faults.push(format!(
                    "partition {} ends at byte {}, the disk at {len}: it was cut off, or this is \
                     a part of it",
                    partition.number,
                    partition.end()
                ));
            }
        }
    }
}
