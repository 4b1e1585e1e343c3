//! A table as it was found, of whichever kind.

use super::gpt::{self, Gpt};
use super::mbr::{self, Mbr};
use crate::{Guid, Scheme};
use image_layout::{ReadAt, SectorSize};
use std::io;

/// A partition table as it was found on a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundTable {
    /// Its kind.
    pub scheme: Scheme,
    /// The sectors in which it counts.
    pub sector_size: SectorSize,
    /// The disk signature of the MBR.
    pub signature: u32,
    /// The identity of a GPT's disk.
    pub guid: Option<Guid>,
    /// The copy of a GPT that its partitions are from.
    pub copy: Option<Which>,
    /// The partitions, in the order of their numbers.
    pub partitions: Vec<FoundPartition>,
    /// What is wrong with it, in words.
    pub faults: Vec<String>,
}

/// A copy of a GPT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// In sector 1.
    Primary,
    /// At the end of the disk.
    Backup,
}

/// A partition as a table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPartition {
    /// Its number, as Linux and GRUB count: logical partitions of an MBR from 5 on.
    pub number: u32,
    /// Offset of its first byte.
    pub start: u64,
    /// Its length in bytes. It may end behind the disk.
    pub len: u64,
    /// The type in an MBR. Of a GPT's partition only in a hybrid.
    pub mbr_type: Option<u8>,
    /// The type in a GPT.
    pub gpt_type: Option<Guid>,
    /// The name in a GPT.
    pub name: Option<String>,
    /// The identity in a GPT.
    pub guid: Option<Guid>,
    /// Whether it is what a BIOS starts from: the MBR's flag, or a GPT's attribute.
    pub active: bool,
}

impl FoundPartition {
    /// One past its last byte.
    pub fn end(&self) -> u64 {
        self.start.saturating_add(self.len)
    }

    /// Whether it holds other partitions: an extended one.
    pub fn is_container(&self) -> bool {
        self.mbr_type.is_some_and(|kind| crate::format::mbr::EXTENDED.contains(&kind))
    }
}

/// Reads the table of a disk; `None`: there is none. A GPT says by where it lies in which sectors
/// the disk counts; for an MBR, 512 bytes are taken.
///
/// # Errors
/// The medium's. What is missing or damaged is none.
pub fn read(disk: &dyn ReadAt) -> io::Result<Option<FoundTable>> {
    let mbr = mbr::read(disk)?.unwrap_or_default();
    let protective = mbr.is_protective();
    if !protective && !mbr.partitions.is_empty() {
        return of_mbr(disk, mbr).map(Some);
    }
    // A GPT whose MBR was overwritten is there still.
    let Mbr { signature, partitions: listed, .. } = mbr;
    let mut faults = Vec::new();
    let Some(Gpt { which, sector_size, guid, mut partitions }) = gpt::read(disk, &mut faults)?
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
    let mut table = FoundTable { scheme, sector_size, signature, guid, copy, partitions, faults };
    table.check(disk.len());
    Ok(Some(table))
}

/// The table of a disk whose MBR lists partitions, and protects no GPT.
fn of_mbr(disk: &dyn ReadAt, mbr: Mbr) -> io::Result<FoundTable> {
    let Mbr { signature, partitions, mut faults } = mbr;
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
