//! A table as it was found, of whichever kind.

use crate::{Guid, Scheme};
use image_layout::SectorSize;

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
    /// The places of a GPT's own sectors, and of the records of logical partitions.
    pub places: Vec<Place>,
    /// The faults of the entry, in words.
    pub faults: Vec<String>,
}

/// The place of a part of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The part's name: `GPT header`.
    pub what: &'static str,
    /// Offset of its first byte.
    pub at: u64,
    /// Its length in bytes.
    pub len: u64,
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
    /// The end of the partition: one past its last byte.
    pub fn end(&self) -> u64 {
        self.start.saturating_add(self.len)
    }

    /// Whether it holds other partitions: an extended one.
    pub fn is_container(&self) -> bool {
        self.mbr_type.is_some_and(|kind| crate::format::mbr::EXTENDED.contains(&kind))
    }
}
