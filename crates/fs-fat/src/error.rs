//! The reasons why a file system cannot be laid out.

use crate::FatType;
use image_layout::ClaimError;
use thiserror::Error as ThisError;

/// The reason why a file system cannot be laid out. Paths start at the tree's root.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say what the numbers are
pub enum Error {
    /// The tree is larger than the file system, or a fixed root directory is full.
    #[error(
        "the tree does not fit a FAT file system of {size} bytes; {}",
        match smallest {
            Some(n) => format!("it fits from {n} bytes on"),
            None => "no size holds it with these options".into(),
        }
    )]
    DoesNotFit {
        size: u64,
        /// The length by [`smallest`](crate::smallest).
        smallest: Option<u64>,
    },
    /// The size is none for the kind.
    #[error("{kind} cannot be made of {size} bytes in sectors of {sector_size}: {why}")]
    Size { size: u64, kind: FatType, sector_size: u64, why: &'static str },
    /// FAT has no links, devices and the like.
    #[error("`{path}` is a {what}, and FAT has none; put a file in its place or leave it out")]
    Unsupported { path: String, what: &'static str },
    /// The length has 32 bits.
    #[error("`{path}` has {len} bytes; a file in FAT holds at most 4294967295")]
    FileTooLarge { path: String, len: u64 },
    /// A name that FAT cannot hold.
    #[error("`{path}` cannot be a name in FAT: it {why}")]
    Name { path: String, why: String },
    /// Two names that are one in FAT.
    #[error("`{path}` and `{other}` are the same name in FAT, which knows no case; rename one")]
    SameName { path: String, other: String },
    /// A name that is taken by what another was shortened to.
    #[error(
        "`{path}` has the name to which FAT shortens that of another entry of its directory; \
         rename one"
    )]
    ShortName { path: String },
    /// A label that the boot sector cannot hold.
    #[error(
        "the label `{shown}` is none for FAT: 1 to 11 ASCII characters are possible, no space in \
         front, no control character and none of \"*+,./:;<=>?[\\]|"
    )]
    Label { shown: String },
    /// A label that means that there is none.
    #[error(
        "the label `{shown}` stands for no label in FAT, so nobody would find the volume by it; \
         choose another"
    )]
    NoLabel { shown: String },
    /// The driver refuses something that was checked: a mistake in this crate or in hadris-fat.
    #[error("fs-fat has made a mistake: `{path}`: {reason}")]
    Driver { path: String, reason: String },
    /// Two parts of the file system want the same bytes: a mistake in this crate.
    #[error("fs-fat has made a mistake: {0}")]
    Claim(#[from] ClaimError),
}
