//! The error of a damaged stream.

use std::io;

/// An error that says what is wrong with the stream.
pub(crate) fn invalid(e: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, e)
}
