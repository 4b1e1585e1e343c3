//! Input files: opened only if they are regular, checked for changes by their [`FileStamp`], and
//! digested; and the lists of digests that others make of files.
//!
//! Every crate that reads files does it through this one, so that packages, payloads, the files of
//! a directory and the inputs of an image are all opened and checked by the same rules.
// Opening input files is what this crate is for.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod cached;
mod open;
mod opened;
mod shown;
mod stamp;
mod sums;

pub use cached::CacheError;
pub use hex_digest::{DigestWriter, sha256_hex, sha256_of};
pub use open::{NodeKind, OpenError, open_regular, open_regular_nofollow};
pub use opened::{OpenedFiles, device_and_inode};
pub use shown::shown;
pub use stamp::{FileChange, FileStamp};
pub use sums::{SumsAlgorithm, SumsLine};
