//! The bytes of a program, read as they are needed: a program may be larger than the memory that
//! looking at it should take.

use std::cell::RefCell;
use std::io;
use std::ops::Range;

/// A function that fills a buffer from a byte of the program on.
pub(crate) type ReadAt<'a> = dyn FnMut(u64, &mut [u8]) -> io::Result<()> + 'a;

/// Bytes that are read at a time where many are needed.
const CHUNK: usize = 1 << 16;

/// The function that reads bytes in memory.
pub(crate) fn of_slice(bytes: &[u8]) -> impl FnMut(u64, &mut [u8]) -> io::Result<()> {
    move |at, buf| {
        let part = usize::try_from(at).ok().and_then(|at| bytes.get(at..)?.get(..buf.len()));
        buf.copy_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// The bytes of a program. After a failure to read them nothing more is read.
pub(crate) struct Source<'a> {
    len: usize,
    read_at: RefCell<&'a mut ReadAt<'a>>,
    failure: RefCell<Option<io::Error>>,
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("len", &self.len).finish_non_exhaustive()
    }
}

impl<'a> Source<'a> {
    pub(crate) fn new(len: usize, read_at: &'a mut ReadAt<'a>) -> Self {
        Self { len, read_at: RefCell::new(read_at), failure: RefCell::new(None) }
    }

    /// The program's length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The first failure to read the program, if there was one.
    pub(crate) fn take_failure(&self) -> Option<io::Error> {
        self.failure.take()
    }

    /// Fills `buf` from byte `at` on; `None` if the program ends before, or cannot be read.
    fn fill(&self, at: usize, buf: &mut [u8]) -> Option<()> {
        at.checked_add(buf.len()).filter(|end| *end <= self.len)?;
        if self.failure.borrow().is_some() {
            return None;
        }
        let mut read_at = self.read_at.borrow_mut();
        (**read_at)(at as u64, buf).map_err(|e| self.failure.replace(Some(e))).ok()
    }

    /// The `N` bytes from byte `at` on.
    pub(crate) fn array<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(at, &mut bytes)?;
        Some(bytes)
    }

    /// The bytes of a range, which the caller has found to be short.
    pub(crate) fn get(&self, range: Range<usize>) -> Option<Vec<u8>> {
        let mut bytes = vec![0; range.len()];
        self.fill(range.start, &mut bytes)?;
        Some(bytes)
    }

    /// The bytes from byte `at` on, at most `most` of them.
    pub(crate) fn up_to(&self, at: usize, most: usize) -> Option<Vec<u8>> {
        let left = self.len.checked_sub(at)?;
        self.get(at..at + left.min(most))
    }

    /// Hands the bytes of a range to `take`, piece by piece.
    pub(crate) fn each(&self, range: Range<usize>, take: &mut dyn FnMut(&[u8])) -> Option<()> {
        let mut chunk = vec![0; range.len().min(CHUNK)];
        let mut at = range.start;
        while at < range.end {
            let n = (range.end - at).min(CHUNK);
            let piece = chunk.get_mut(..n)?;
            self.fill(at, piece)?;
            take(piece);
            at += n;
        }
        Some(())
    }
}
