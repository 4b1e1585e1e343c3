//! Bytes that exist already: an image, or a part of one, read where they are wanted.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

/// Bytes that can be read from any offset: a disk image, a partition, a file.
#[allow(clippy::len_without_is_empty)] // no reader of a disk asks whether it is empty
pub trait ReadAt {
    /// Length in bytes.
    fn len(&self) -> u64;

    /// Fills `buf` with the bytes from `offset` on.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] where the bytes end before `buf` is full; any other error
    /// is the medium's.
    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()>;

    /// The `len` bytes from `offset` on. Whether so many are wanted is the caller's to know;
    /// memory is taken only for as many as there are.
    ///
    /// # Errors
    /// As [`read_exact_at`](Self::read_exact_at).
    fn read_vec(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        if offset.checked_add(len as u64).is_none_or(|end| end > self.len()) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = vec![0; len];
        self.read_exact_at(offset, &mut bytes)?;
        Ok(bytes)
    }
}

impl ReadAt for [u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let there = usize::try_from(offset).ok().and_then(|at| self.get(at..)?.get(..buf.len()));
        buf.copy_from_slice(there.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.as_slice().read_exact_at(offset, buf)
    }
}

/// A range of something that can be read, as a thing of its own: a partition of a disk.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    whole: &'a dyn ReadAt,
    start: u64,
    len: u64,
}

impl<'a> Part<'a> {
    /// The `len` bytes from `start` on. What lies behind the end of `whole` is missing when it is
    /// read: a disk may have been cut off.
    pub fn new(whole: &'a dyn ReadAt, start: u64, len: u64) -> Self {
        Self { whole, start, len: len.min(u64::MAX - start) }
    }

    /// All of it.
    pub fn all(whole: &'a dyn ReadAt) -> Self {
        Self { whole, start: 0, len: whole.len() }
    }

    /// The `len` bytes from `start` on, of the same whole; they may end behind this part.
    pub fn part(&self, start: u64, len: u64) -> Self {
        Self::new(self.whole, self.start.saturating_add(start), len)
    }

    /// Offset of its first byte in the whole.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Bytes of it that the whole lacks.
    pub fn missing(&self) -> u64 {
        self.len - self.whole.len().saturating_sub(self.start).min(self.len)
    }
}

impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, len, .. } = self;
        f.debug_struct("Part").field("start", start).field("len", len).finish_non_exhaustive()
    }
}

impl ReadAt for Part<'_> {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        if offset.checked_add(buf.len() as u64).is_none_or(|end| end > self.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // No overflow: `start + len` does not.
        self.whole.read_exact_at(self.start + offset, buf)
    }
}

/// Something that can be read from any offset, as a stream with a position.
#[derive(Debug)]
pub struct Positioned<R> {
    source: R,
    at: u64,
}

impl<R: ReadAt> Positioned<R> {
    /// A stream at the first byte.
    pub fn new(source: R) -> Self {
        Self { source, at: 0 }
    }
}

impl<R: ReadAt> Read for Positioned<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = self.source.len().saturating_sub(self.at);
        let n = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
        self.source.read_exact_at(self.at, &mut buf[..n])?;
        self.at += n as u64;
        Ok(n)
    }
}

impl<R: ReadAt> Seek for Positioned<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::End(d) => self.source.len().checked_add_signed(d),
            SeekFrom::Current(d) => self.at.checked_add_signed(d),
        };
        self.at = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// The `N` bytes from `offset` on.
///
/// # Errors
/// As [`ReadAt::read_exact_at`].
pub fn read_array<const N: usize>(source: &dyn ReadAt, offset: u64) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    source.read_exact_at(offset, &mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_an_end_and_may_lack_some_of_its_bytes() {
        let disk: Vec<u8> = (0..100).collect();
        let part = Part::new(&disk, 90, 20);
        assert_eq!(read_array(&part, 3).unwrap(), [93, 94]);
        assert_eq!((ReadAt::len(&part), part.missing()), (20, 10));
        for (at, len) in [(9, 2), (19, 2), (u64::MAX, 1)] {
            let error = part.read_vec(at, len).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
        assert_eq!(Part::new(&disk, u64::MAX - 1, 5).missing(), 1);
    }
}
