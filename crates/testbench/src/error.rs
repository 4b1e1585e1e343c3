//! Errors of making fixtures.

use std::path::{Path, PathBuf};

/// The error of making a fixture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FixtureError {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The ISO writer refused the tree.
    #[error("{}: the ISO cannot be written: {reason}", path.display())]
    Iso {
        /// The path of the ISO.
        path: PathBuf,
        /// The writer's error.
        reason: String,
    },
    /// A fixture that has to be fetched could not be.
    #[error("{what} cannot be fetched: {reason}")]
    Fetch {
        /// The name of the fixture.
        what: String,
        /// The reason.
        reason: String,
    },
}

impl FixtureError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    pub(crate) fn iso(path: &Path, reason: impl ToString) -> Self {
        Self::Iso { path: path.to_owned(), reason: reason.to_string() }
    }
}
