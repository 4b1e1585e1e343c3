//! Input files: opened if they are regular, known again by their [`FileStamp`], digested.
//!
//! What every crate that touches files needs to do with one it reads, and nothing else: packages,
//! payloads, the files of a directory and the inputs that an image is copied from are all opened
//! and watched by the same rules.
// Opening input files is what this crate is for.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod digest;
mod open;
mod shown;
mod stamp;

pub use digest::{sha256_hex, sha256_of};
pub use open::{NodeKind, OpenError, open_regular};
pub use shown::shown;
pub use stamp::{FileChange, FileStamp};
