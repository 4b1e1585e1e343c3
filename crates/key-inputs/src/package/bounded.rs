//! Readers that end where they should: at the end of a member, or of what may be unpacked.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;

/// A part of a file, read by offset.
pub(crate) struct Section<'a> {
    file: &'a File,
    at: u64,
    end: u64,
}

impl<'a> Section<'a> {
    pub(crate) fn new(file: &'a File, at: u64, len: u64) -> Self {
        Self { file, at, end: at.saturating_add(len) }
    }
}

impl Read for Section<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX).min(buf.len());
        let n = self.file.read_at(&mut buf[..left], self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}

/// Stops a decompressor that gives more than it should.
pub(crate) struct Budget<R> {
    inner: R,
    left: u64,
    spent: bool,
}

impl<R> Budget<R> {
    pub(crate) fn new(inner: R, limit: u64) -> Self {
        Self { inner, left: limit, spent: false }
    }

    /// Whether it was stopped.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent
    }
}

impl<R: Read> Read for Budget<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        match self.left.checked_sub(n as u64) {
            Some(left) => {
                self.left = left;
                Ok(n)
            }
            None => {
                self.spent = true;
                Err(io::Error::new(io::ErrorKind::InvalidData, "unpacks to too much"))
            }
        }
    }
}
