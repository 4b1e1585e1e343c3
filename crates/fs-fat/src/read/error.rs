//! Why a file system, or something in it, cannot be read.

use std::io;
use thiserror::Error as ThisError;

/// The reason why a file system, or something in it, cannot be read.
#[derive(Debug, ThisError)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say what the fields are
pub enum Error {
    #[error("no FAT file system")]
    NotFat,
    #[error("damaged: {what}")]
    Damaged { what: String },
    #[error("cut off: {what} lies behind the end")]
    CutOff { what: String },
    #[error(transparent)]
    Io(io::Error),
}

impl Error {
    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }

    /// The failure to read `what`.
    pub(crate) fn reading(what: impl FnOnce() -> String) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::UnexpectedEof => Self::CutOff { what: what() },
            _ => Self::Io(source),
        }
    }
}
