//! What is written to: a device, or what a test takes for one.

use std::io;
use std::time::Duration;

/// A medium of a fixed length. Offsets and lengths are multiples of 4096 bytes, but at its end.
#[allow(clippy::len_without_is_empty)] // no stick is empty
pub trait Medium: Sync {
    /// Length in bytes.
    fn len(&self) -> u64;

    /// Writes bytes.
    ///
    /// # Errors
    /// The medium's.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Reads what is on the medium, and in no cache of the machine.
    ///
    /// # Errors
    /// The medium's.
    fn read_at(&self, offset: u64, len: usize) -> io::Result<Vec<u8>>;

    /// Waits until everything that was written is on the medium.
    ///
    /// # Errors
    /// The medium's.
    fn flush(&self) -> io::Result<()>;

    /// Makes a range zeros without writing them, if it can: the time that this took. Bridges have many errors
    /// for "no", so none is told: if the medium is gone, what is written next says so.
    fn discard(&self, offset: u64, len: u64) -> Option<Duration>;
}
