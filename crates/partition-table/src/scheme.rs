//! The kinds of partition table, and how many sectors each takes.

use core::fmt;

use image_layout::SectorSize;

/// Entries in a GPT. Fewer are allowed, but no tool makes fewer.
pub(crate) const GPT_ENTRIES: u64 = 128;

/// Bytes in an entry of a GPT.
pub(crate) const GPT_ENTRY_LEN: u64 = 128;

/// A kind of partition table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Four entries in sector 0.
    Mbr,
    /// 128 entries at either end of the disk, behind a protective MBR.
    Gpt,
    /// A GPT whose MBR lists up to three of its partitions too.
    Hybrid,
}

impl Scheme {
    /// Sectors before the first that a partition may have.
    pub const fn sectors_before(self, sector_size: SectorSize) -> u64 {
        match self {
            Self::Mbr => 1,
            Self::Gpt | Self::Hybrid => 1 + gpt_sectors(sector_size),
        }
    }

    /// Sectors behind the last that a partition may have: a planner leaves them free at the end.
    pub const fn sectors_behind(self, sector_size: SectorSize) -> u64 {
        match self {
            Self::Mbr => 0,
            Self::Gpt | Self::Hybrid => gpt_sectors(sector_size),
        }
    }
}

/// Sectors of a GPT's header with its entries.
const fn gpt_sectors(sector_size: SectorSize) -> u64 {
    1 + GPT_ENTRIES * GPT_ENTRY_LEN / sector_size.bytes()
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mbr => "an MBR",
            Self::Gpt => "a GPT",
            Self::Hybrid => "a hybrid table",
        })
    }
}
