//! What can go wrong while a fixture is made or a machine is driven.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a fixture could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FixtureError {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The ISO writer refused the tree.
    #[error("{}: the ISO cannot be written: {reason}", path.display())]
    Iso {
        /// The ISO that was to be.
        path: PathBuf,
        /// What the writer said.
        reason: String,
    },
    /// Something that is fetched once could not be.
    #[error("{what} cannot be fetched: {reason}")]
    Fetch {
        /// What it is.
        what: String,
        /// What went wrong.
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

/// Why a guest did not do what the test waited for. The messages carry the last lines that the
/// guest printed, for that is what one needs to see.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum GuestError {
    /// The deadline passed; the guest still runs.
    #[error("the guest did not say {token:?} within {waited:?}; its last lines:\n{tail}")]
    Silent {
        /// What was waited for.
        token: String,
        /// How long.
        waited: Duration,
        /// The last lines of the transcript.
        tail: String,
    },
    /// The deadline passed, and the screen does not show it.
    #[error("the guest's screen did not show {text:?} within {waited:?}")]
    Unseen {
        /// What was waited for.
        text: String,
        /// How long.
        waited: Duration,
    },
    /// QEMU ended first.
    #[error(
        "QEMU ended before the guest said {token:?}; QEMU said:\n{qemu}\nthe guest's last lines:\n{tail}"
    )]
    Ended {
        /// What was waited for.
        token: String,
        /// QEMU's own standard error.
        qemu: String,
        /// The last lines of the transcript.
        tail: String,
    },
    /// The deadline passed, and the guest has not switched itself off.
    #[error("the guest still runs after {waited:?}; its last lines:\n{tail}")]
    Running {
        /// How long it was waited for.
        waited: Duration,
        /// The last lines of the transcript.
        tail: String,
    },
    /// A line to the guest or to QEMU's monitor broke.
    #[error("QEMU's {channel}: {source}")]
    Channel {
        /// Which one.
        channel: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// QEMU's monitor objected to a command.
    #[error("QEMU's monitor refused {command:?}: {answer}")]
    Monitor {
        /// The command.
        command: String,
        /// Its answer.
        answer: String,
    },
}

/// As the message: `unwrap` prints this, and the guest's lines are to be read as lines.
impl fmt::Debug for GuestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
