//! Where an image's bytes go. A sink sees every byte of the image once, in order.

use crate::chunk::Chunk;
use crate::space;
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt as _;

/// Takes an image from its first byte to its last.
pub(crate) trait Sink {
    /// Whether [`Self::copy`] is worth a call.
    fn copies(&self) -> bool {
        false
    }

    /// Whether [`Self::copy`] may share blocks, which is worth a call even if the bytes must be
    /// read as well.
    fn shares(&self) -> bool {
        false
    }

    /// Whether it wants to see what [`Self::copy`] has taken.
    fn sees_copies(&self) -> bool {
        false
    }

    /// What [`Self::copy`] has taken, in the same order.
    fn copied(&mut self, _at: u64, _chunk: &Chunk) {}

    /// The next bytes, which lie at `at`.
    fn bytes(&mut self, at: u64, chunk: &Chunk) -> io::Result<()>;

    /// The next `len` bytes are zero, or nobody cares.
    fn zeros(&mut self, len: u64) -> io::Result<()>;

    /// Takes up to `len` bytes, which lie at `at`, straight from `offset` in `file`; returns how
    /// many. `None` when this is not possible here: the walk reads them then.
    fn copy(&mut self, _at: u64, _file: &File, _offset: u64, _len: u64) -> io::Result<Option<u64>> {
        Ok(None)
    }
}

/// A regular file that reads as zero already.
pub(crate) struct SparseFile<'a>(pub &'a File);

impl Sink for SparseFile<'_> {
    fn copies(&self) -> bool {
        true
    }

    fn shares(&self) -> bool {
        space::shares_blocks(self.0)
    }

    fn bytes(&mut self, at: u64, chunk: &Chunk) -> io::Result<()> {
        self.0.write_all_at(chunk, at)
    }

    fn zeros(&mut self, _len: u64) -> io::Result<()> {
        Ok(())
    }

    /// `copy_file_range(2)`: shares the blocks on XFS and Btrfs if the offsets are aligned alike.
    fn copy(&mut self, at: u64, file: &File, offset: u64, len: u64) -> io::Result<Option<u64>> {
        let (mut from, mut to) = (offset, at);
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        loop {
            let copied =
                rustix::fs::copy_file_range(file, Some(&mut from), self.0, Some(&mut to), len);
            return match copied {
                Ok(n) if n > 0 => Ok(Some(n as u64)),
                Err(Errno::INTR) => continue,
                // End of file, another file system, a device, an old kernel, a full or a broken
                // disk: copying by hand works, or tells which side is at fault.
                Ok(_) | Err(_) => Ok(None),
            };
        }
    }
}

/// Anything that takes bytes.
pub(crate) struct Stream<W>(pub W);

impl<W: Write> Sink for Stream<W> {
    fn bytes(&mut self, _at: u64, chunk: &Chunk) -> io::Result<()> {
        self.0.write_all(chunk)
    }

    fn zeros(&mut self, len: u64) -> io::Result<()> {
        in_zeros(len, |zeros| self.0.write_all(zeros))
    }
}

/// Nothing: for digests alone.
pub(crate) struct Nowhere;

impl Sink for Nowhere {
    fn bytes(&mut self, _at: u64, _chunk: &Chunk) -> io::Result<()> {
        Ok(())
    }

    fn zeros(&mut self, _len: u64) -> io::Result<()> {
        Ok(())
    }
}

/// Hands out `len` zero bytes in pieces.
pub(crate) fn in_zeros<E>(
    mut len: u64,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    static ZEROS: [u8; 1 << 16] = [0; 1 << 16];
    while len > 0 {
        let n = len.min(ZEROS.len() as u64);
        // OK to cast: not more than the array has.
        take(&ZEROS[..n as usize])?;
        len -= n;
    }
    Ok(())
}
