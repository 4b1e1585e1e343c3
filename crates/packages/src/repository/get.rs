//! The way to a mirror, as a value that callers hand in: this crate knows no network.

use input_file::DigestWriter;
use std::io::{self, Write};

/// A client that gets what is at a URL.
pub trait Get {
    /// Writes what is at `url` into `out`, and returns its length. More than `max_len` bytes are an
    /// error.
    ///
    /// # Errors
    /// [`GetError`].
    fn get(&self, url: &str, max_len: u64, out: &mut dyn Write) -> Result<u64, GetError>;
}

/// The place for a file that several servers are asked for in turn.
pub trait Place: Write {
    /// Makes the place empty: the file comes from its beginning.
    ///
    /// # Errors
    /// When that fails.
    fn empty(&mut self) -> io::Result<()>;
}

impl Place for Vec<u8> {
    fn empty(&mut self) -> io::Result<()> {
        self.clear();
        Ok(())
    }
}

/// Gets what is at `url` into a place. Returns its length and its SHA-256.
pub(super) fn get_into(
    client: &dyn Get,
    url: &str,
    max_len: u64,
    place: &mut dyn Place,
) -> Result<(u64, String), GetError> {
    place.empty().map_err(|e| GetError::NotKept(e.to_string()))?;
    let mut out = DigestWriter::new(place);
    let len = client.get(url, max_len, &mut out)?;
    Ok((len, out.finish()))
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
    /// What came could not be written.
    NotKept(String),
    /// Anything else: what happened, and what to do about it.
    Failed(String),
}

impl core::fmt::Display for GetError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NotFound => f.write_str("the server has nothing there"),
            Self::NotKept(why) => write!(f, "what came cannot be written: {why}"),
            Self::Busy { why, .. } | Self::Failed(why) => f.write_str(why),
        }
    }
}
