//! The reasons why there is no such table.

use crate::{Guid, PartitionType, Scheme};
use core::fmt;
use image_layout::{ClaimError, SectorSize};
use thiserror::Error;

/// A partition in a message: its number, from 1 as in the table, and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The number, from 1.
    pub number: usize,
    /// The name, which may be empty.
    pub name: String,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "partition {}", self.number)?;
        if !self.name.is_empty() {
            write!(f, " (`{}`)", shown_text::shown(&self.name))?;
        }
        Ok(())
    }
}

/// The owner of some sectors.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Owner {
    Partition(Who),
    /// The table itself, at the start of the disk.
    Table(Scheme),
    /// The copy at the end.
    BackupGpt,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partition(who) => who.fmt(f),
            Self::Table(Scheme::Mbr) => f.write_str("the MBR"),
            Self::Table(Scheme::Gpt | Scheme::Hybrid) => f.write_str("the GPT"),
            Self::BackupGpt => f.write_str("the backup GPT"),
        }
    }
}

/// Partitions that no such table can hold, or that do not fit the disk. Sectors are counted from
/// 0; ranges of them are given as first sector and one past the last.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say it
pub enum Error {
    #[error(
        "a disk of {len} bytes does not end with a whole sector of {sector_size}; round its length"
    )]
    PartOfASector { len: u64, sector_size: SectorSize },
    #[error("{scheme} needs a disk of at least {needed} bytes, not {len}")]
    DiskTooSmall { scheme: Scheme, len: u64, needed: u64 },
    #[error("{scheme} holds {max} partitions, not {count}")]
    TooMany { scheme: Scheme, count: usize, max: usize },
    #[error("{who} is empty; give it at least one sector")]
    Empty { who: Who },
    #[error(
        "{who} wants sectors {first_lba}..{end_lba}, but {owner} has {owner_first}..{owner_end}"
    )]
    Overlap {
        who: Who,
        first_lba: u64,
        end_lba: u64,
        owner: Owner,
        owner_first: u64,
        owner_end: u64,
    },
    #[error("{who} ends at sector {end_lba}, but the disk has {sectors}")]
    PastDisk { who: Who, end_lba: u64, sectors: u64 },
    #[error(
        "{who} ends at sector {end_lba}, past the 4294967296 that an MBR addresses; \
         make it smaller or use a GPT"
    )]
    PastMbr { who: Who, end_lba: u64 },
    #[error("{who} is of kind {kind}, for which an MBR has no type of primary partition")]
    NotInMbr { who: Who, kind: PartitionType },
    #[error("{who} is of kind {kind}, for which a GPT has no type")]
    NotInGpt { who: Who, kind: PartitionType },
    #[error("{first} and {second} are both active; an MBR can have one such")]
    TwoActive { first: Who, second: Who },
    #[error(
        "a hybrid table lists 1 to 3 of its partitions in the MBR too, not {count}; \
         without any it is a GPT"
    )]
    Mirrored { count: usize },
    #[error("the name of {who} has {units} UTF-16 units; a GPT holds at most 36")]
    NameTooLong { who: Who, units: usize },
    #[error("the name of {who} holds a NUL, which ends a name in a GPT")]
    NameWithNul { who: Who },
    #[error("{what} has no GUID (all zeros)")]
    NoGuid { what: String },
    #[error("{first} and {second} have the same GUID, {guid}")]
    SameGuid { first: String, second: String, guid: Guid },
    /// Two parts of the table want the same bytes: a mistake in this crate.
    #[error("partition-table has made a mistake: {0}")]
    Claim(#[from] ClaimError),
}
