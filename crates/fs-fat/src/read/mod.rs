//! The way back: a FAT12, FAT16 or FAT32 file system, whoever made it, read from its bytes.
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
pub use directory::{DirectoryEntry, Node};
pub use error::Error;
