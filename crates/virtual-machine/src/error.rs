//! Errors of starting a guest, and of one that did not do what was waited for.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// The error of a virtual machine. Messages about a guest have the last lines that it printed.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// QEMU, or the firmware for it, is not installed.
    #[error("{what} is not installed; {install}")]
    NotInstalled {
        /// The program or the file.
        what: String,
        /// The command that installs it, or the package's names.
        install: String,
    },
    /// QEMU could not be started.
    #[error("{} cannot be started: {source}", program.display())]
    Start {
        /// QEMU's program.
        program: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// A file for the machine could not be made.
    #[error("`{}`: {source}", shown_text::shown(&path.to_string_lossy()))]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The machine cannot be made so.
    #[error("{what}")]
    Unsuitable {
        /// What cannot be, and what can.
        what: String,
    },
    /// The guest did not print the token in time; it still runs.
    #[error("the guest did not say {token:?} within {waited:?}; its last lines:\n{tail}")]
    Silent {
        /// The text that was waited for.
        token: String,
        /// The time that was waited.
        waited: Duration,
        /// The last lines of the transcript.
        tail: String,
    },
    /// The screen did not show the text in time.
    #[error("the guest's screen did not show {text:?} within {waited:?}")]
    Unseen {
        /// The text that was waited for.
        text: String,
        /// The time that was waited.
        waited: Duration,
    },
    /// QEMU ended before the guest printed the token.
    #[error(
        "QEMU ended before the guest said {token:?}; QEMU said:\n{qemu}\nthe guest's last lines:\n{tail}"
    )]
    Ended {
        /// The text that was waited for.
        token: String,
        /// QEMU's own standard error.
        qemu: String,
        /// The last lines of the transcript.
        tail: String,
    },
    /// The guest did not switch itself off in time.
    #[error("the guest still runs after {waited:?}; its last lines:\n{tail}")]
    Running {
        /// The time that was waited.
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
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error {
    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::File { path: path.to_owned(), source }
    }

    pub(crate) fn channel(channel: &'static str) -> impl Fn(std::io::Error) -> Self {
        move |source| Self::Channel { channel, source }
    }
}
