//! Why a file gives no facts.

use crate::looks_like::LooksLike;
use std::io;
use thiserror::Error;

/// Why a file gives no facts. The messages complete "FILE: …".
#[derive(Debug, Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the message says what each field is
pub enum ProbeError {
    /// Something else than an ISO 9660 image.
    #[error("not an ISO image: {why}")]
    NotIso { why: LooksLike },
    /// The volume, or a file in it, ends behind the end of the file.
    #[error(
        "the image is cut short: it needs {volume_bytes} bytes and the file has {file_bytes}; download it again"
    )]
    Truncated { volume_bytes: u64, file_bytes: u64 },
    /// The image contradicts itself.
    #[error(
        "the image is damaged near byte {offset}: {what}; compare its checksum, or download it again"
    )]
    Corrupt { what: &'static str, offset: u64 },
    /// The file could not be read.
    #[error("cannot read the image: {0}")]
    Io(#[from] io::Error),
}
