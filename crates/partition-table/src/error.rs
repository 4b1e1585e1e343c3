//! Why there is no such table.

use crate::PartitionType;
use image_layout::ClaimError;
use thiserror::Error;

/// Partitions that no MBR can hold, or that do not fit the image. Partitions are numbered as
/// the table's entries are: from 1.
#[derive(Debug, Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say it
pub enum Error {
    #[error("an MBR holds 4 primary partitions, not {count}")]
    TooMany { count: usize },
    #[error("partition {number} is empty; give it at least one sector")]
    Empty { number: usize },
    #[error("partition {number} starts at sector 0, where the MBR itself is")]
    AtZero { number: usize },
    #[error(
        "partition {number} ends at sector {end_lba}, past the 2 TiB that an MBR addresses (sector 4294967296); make it smaller, larger disks need a GPT"
    )]
    Past2TiB { number: usize, end_lba: u64 },
    #[error(
        "partition {number} starts at sector {first_lba}, before partition {previous} ends ({previous_end}); list partitions in order, without overlaps"
    )]
    Overlap { number: usize, first_lba: u64, previous: usize, previous_end: u64 },
    #[error("partition {number} is of {kind}, which is no primary partition")]
    NotPrimary { number: usize, kind: PartitionType },
    #[error("partitions {first} and {second} are both active; at most one can be")]
    TwoActive { first: usize, second: usize },
    #[error("partition {number} ends at byte {end}, but the image has {image_len}")]
    PastImage { number: usize, end: u64, image_len: u64 },
    #[error("an MBR does not fit: {0}")]
    Claim(#[from] ClaimError),
}
