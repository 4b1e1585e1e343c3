//! The way to a mirror, as a value that callers hand in: this crate knows no network.

use std::io::Write;

/// A client that gets what is at a URL.
pub trait Get {
    /// Writes what is at `url` into `out`, and returns its length. More than `max_len` bytes are an
    /// error.
    ///
    /// # Errors
    /// [`GetError`].
    fn get(&self, url: &str, max_len: u64, out: &mut dyn Write) -> Result<u64, GetError>;
}

/// The reason why nothing came from a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GetError {
    /// The server answers, and says that there is nothing.
    NotFound,
    /// The server says that it is asked too often, or that it has too much to do.
    Busy {
        /// What it says.
        why: String,
        /// The seconds after which it wants to be asked again, if it names them.
        retry_after: Option<u64>,
    },
    /// Anything else: what happened, and what to do about it.
    Failed(String),
}

impl core::fmt::Display for GetError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NotFound => f.write_str("the server has nothing there"),
            Self::Busy { why, .. } | Self::Failed(why) => f.write_str(why),
        }
    }
}
