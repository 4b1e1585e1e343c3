//! What went wrong, and what state the stick is in.

use rustix::process::geteuid;
use std::fmt;
use std::io;
use thiserror::Error as ThisError;

/// The state of a stick when the writing has ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing on it was changed.
    Untouched,
    /// It has no partition table, and nothing can be started from it.
    NoTable,
    /// It may have no partition table, that of the image, or what was there before.
    Unknown,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Untouched => "nothing on it was changed",
            Self::NoTable => {
                "it has no partition table now, and starts nothing; what was on it shows no more, though \
                 parts of it may be there still; it can be written again"
            }
            Self::Unknown => {
                "nobody knows whether it has a partition table; write it again before you trust it"
            }
        })
    }
}

/// A range in which the medium does not have what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Offset of the first wrong byte.
    pub offset: u64,
    /// Bytes from the first to the last wrong one.
    pub len: u64,
}

/// The reasons why an image is not on a device.
#[derive(Debug, ThisError)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say what the fields are
pub enum Error {
    #[error("it cannot be opened: {source}{}", next_step(source))]
    Open { source: io::Error },
    #[error(
        "somebody else uses it: it is mounted, a part of another device, or being written; \
         nothing on it was changed"
    )]
    Busy,
    #[error("it is no block device; `bootkey devices` lists those that there are")]
    NotADevice,
    #[error("the image has {image} bytes, the device {device}; nothing on it was changed")]
    TooSmall { image: u64, device: u64 },
    #[error("the image cannot be read at byte {at}: {source}; of the stick: {state}")]
    Image { at: u64, source: io::Error, state: State },
    #[error("{} at byte {at}: {source}{}; {state}", doing, gone(source))]
    Medium { doing: &'static str, at: u64, source: io::Error, state: State },
    #[error("it did not keep what was written: {source}{}; {state}", gone(source))]
    Flush { source: io::Error, state: State },
    #[error(
        "it says that it has {says} bytes, and does not keep what is written at byte {lost}: such sticks \
         are sold for larger than they are, and lose files; {state}"
    )]
    Capacity { says: u64, lost: u64, state: State },
    #[error(
        "it does not have what was written, in {}; {state}, but take another one if this comes again",
        places(mismatches.len())
    )]
    Differs { mismatches: Vec<Mismatch>, state: State },
    #[error("stopped; {state}")]
    Stopped { state: State },
}

fn places(count: usize) -> String {
    match count {
        1 => "one place".to_owned(),
        count => format!("{count} places"),
    }
}

fn next_step(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied if !geteuid().is_root() => "; root may do so",
        io::ErrorKind::NotFound => "; `bootkey devices` lists those that there are",
        io::ErrorKind::ReadOnlyFilesystem => "; it is read-only",
        _ => "",
    }
}

/// What an error of a device that is not there any more means.
fn gone(error: &io::Error) -> &'static str {
    use rustix::io::Errno;
    const GONE: [Errno; 3] = [Errno::NODEV, Errno::NXIO, Errno::NOMEDIUM];
    let is = |gone: &Errno| error.raw_os_error() == Some(gone.raw_os_error());
    if GONE.iter().any(is) { " (was it pulled out?)" } else { "" }
}

impl Error {
    /// The same error, of a stick in another state.
    pub(crate) fn in_state(mut self, now: State) -> Self {
        match &mut self {
            Self::Image { state, .. }
            | Self::Medium { state, .. }
            | Self::Flush { state, .. }
            | Self::Capacity { state, .. }
            | Self::Differs { state, .. }
            | Self::Stopped { state } => *state = now,
            Self::Open { .. } | Self::Busy | Self::NotADevice | Self::TooSmall { .. } => {}
        }
        self
    }
}
