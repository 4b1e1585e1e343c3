//! The reader of the partition tables of disks, whoever made them.
//!
//! ```text
//! sector 0 ─► MBR ─┬─ no 0xEE: primary partitions, and the chain of logical ones
//!                  └─ 0xEE: GPT in sector 1, else its backup at the end; other entries: a hybrid
//! ```
//!
//! A table is read as far as it goes: what is wrong with it is in [`FoundTable::faults`], and nothing
//! that it says is believed to lie on the disk.

mod found;
mod gpt;
mod mbr;
mod table;

pub use found::{FoundPartition, FoundTable, Place, Which};
pub use table::read;
