//! The reader of FAT12, FAT16 and FAT32 file systems, whoever made them.
//!
//! ```text
//! Part ─► Fat::open ─► root ─► entries ─► chain of clusters ─► bytes of the image
//! ```
//!
//! Nothing in a file system is believed: a chain is followed for as many clusters as there are and
//! no further, and what is damaged is an [`Error`] that says what.

mod boot_sector;
mod chain;
mod directory;
mod error;

pub use boot_sector::Fat;
pub(crate) use chain::Table;
pub use directory::{DirectoryEntry, Node};
pub(crate) use directory::{ENTRY, LONGEST, LongName, checksum, short_name};
pub use error::Error;
