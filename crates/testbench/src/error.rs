//! Errors of making fixtures and of driving guests.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

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

/// The error of a guest that did not do what the test waited for. The messages have the last lines
/// that the guest printed.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum GuestError {
    /// The guest did not print the token in time; it still runs.
    #[error("the guest did not say {token:?} within {waited:?}; its last lines:\n{tail}")]
    Silent {
        /// The text that the test waited for.
        token: String,
        /// The time that it waited.
        waited: Duration,
        /// The last lines of the transcript.
        tail: String,
    },
    /// The screen did not show the text in time.
    #[error("the guest's screen did not show {text:?} within {waited:?}")]
    Unseen {
        /// The text that the test waited for.
        text: String,
        /// The time that it waited.
        waited: Duration,
    },
    /// QEMU ended before the guest printed the token.
    #[error(
        "QEMU ended before the guest said {token:?}; QEMU said:\n{qemu}\nthe guest's last lines:\n{tail}"
    )]
    Ended {
        /// The text that the test waited for.
        token: String,
        /// QEMU's own standard error.
        qemu: String,
        /// The last lines of the transcript.
        tail: String,
    },
    /// The guest did not switch itself off in time.
    #[error("the guest still runs after {waited:?}; its last lines:\n{tail}")]
    Running {
        /// The time that the test waited.
        waited: Duration,
        /// The last lines of the transcript.
        tail: String,
    },
    /// A connection to the guest or to QEMU's monitor broke.
    #[error("QEMU's {channel}: {source}")]
    Channel {
        /// The connection.
        channel: &'static str,
        /// The error of the system.
        source: std::io::Error,
    },
    /// QEMU's monitor objected to a command.
    #[error("QEMU's monitor refused {command:?}: {answer}")]
    Monitor {
        /// The command.
        command: String,
        /// The answer.
        answer: String,
    },
}

/// The same text as `Display`, because `unwrap` prints this one and the guest's lines should be
/// readable as lines.
impl fmt::Debug for GuestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
