//! The error of a file that no facts can be read from.

use crate::looks_like::LooksLike;
use std::io;
use thiserror::Error;

/// The reason why no facts can be read from a file. The messages complete "FILE: …".
#[derive(Debug, Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the message says what each field is
pub enum ProbeError {
    /// A file that is no ISO 9660 image.
    #[error("not an ISO image: {why}")]
    NotIso { why: LooksLike },
    /// An image whose volume, or a file in it, goes on beyond the end of the image file.
    #[error(
        "the image is cut short: it needs {needed_bytes} bytes and the file has {file_bytes}; download it again"
    )]
    Truncated { needed_bytes: u64, file_bytes: u64 },
    /// An image that contradicts itself.
    #[error(
        "the image is damaged near byte {offset}: {what}; compare its checksum, or download it again"
    )]
    Corrupt { what: &'static str, offset: u64 },
    /// A failure to read the file.
    #[error("cannot read the image: {0}")]
    Io(#[from] io::Error),
}
