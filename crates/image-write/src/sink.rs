//! The sinks, to which an image's bytes go. A sink sees every byte of the image once, in order.

use crate::chunk::Chunk;
use crate::donor::Donor;
use crate::file_system::FileSystem;
use crate::read_ahead::BUFFER;
use rustix::fs::FallocateFlags;
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, ScopedJoinHandle};

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

    /// Whether it has to be shown the bytes that [`Self::copy`] has taken.
    fn sees_copies(&self) -> bool {
        false
    }

    /// Takes note of what [`Self::copy`] has taken, in the same order.
    fn copied(&mut self, _at: u64, _chunk: &Chunk) {}

    /// The next bytes, which lie at `at`.
    fn bytes(&mut self, at: u64, chunk: &Chunk) -> io::Result<()>;

    /// The next `len` bytes are zeros, or nobody's, which may be anything.
    fn zeros(&mut self, len: u64) -> io::Result<()>;

    /// Takes up to `len` bytes, which lie at `at`, straight from `offset` in `file`; returns how
    /// many. `None` when this is not possible here: the walk reads them then.
    fn copy(&mut self, _at: u64, _file: &File, _offset: u64, _len: u64) -> Option<u64> {
        None
    }

    /// As [`Self::copy`], but never by reading and writing the bytes.
    fn share(&mut self, _at: u64, _file: &File, _offset: u64, _len: u64) -> Option<u64> {
        None
    }
}

/// A regular file that reads as zero already.
pub(crate) struct SparseFile<'a> {
    file: &'a File,
    place: FileSystem,
    donor: Option<&'a Donor>,
}

impl<'a> SparseFile<'a> {
    pub(crate) fn new(file: &'a File) -> Self {
        Self { file, place: FileSystem::of(file), donor: None }
    }

    /// Gets blocks from `donor` that it has at the same place.
    pub(crate) fn like(self, donor: Option<&'a Donor>) -> Self {
        Self { donor: donor.filter(|_| self.place == FileSystem::Sharing), ..self }
    }

    /// Writes bytes, except those that the donor has: it shares their blocks.
    fn bytes_like(&mut self, donor: &Donor, at: u64, bytes: &[u8]) -> io::Result<()> {
        let end = at + bytes.len() as u64;
        let mut written = at;
        let write = |file: &File, range: Range<u64>| {
            // OK to cast: within `bytes`.
            let part = &bytes[(range.start - at) as usize..(range.end - at) as usize];
            file.write_all_at(part, range.start)
        };
        for range in donor.alike(at, bytes)? {
            let mut shared = range.start;
            while shared < range.end {
                let copied = self.share(shared, donor.file(), shared, range.end - shared);
                let Some(copied) = copied else { break };
                shared += copied;
            }
            // What could not be shared is written with what follows.
            if shared > range.start {
                write(self.file, written..range.start)?;
                written = shared;
            }
        }
        write(self.file, written..end)
    }

    /// Allocates a range's blocks at once, which on ext takes a third of the time that one by one
    /// does. A failure is ignored: on a full disk, the write that follows fails.
    fn allocate(&self, at: u64, len: u64) {
        if self.place == FileSystem::Ext {
            let _ = rustix::fs::fallocate(self.file, FallocateFlags::empty(), at, len);
        }
    }

    /// Copies by reads and writes in two threads. Most of the time goes into the page cache, on
    /// which two threads can work at once, as they cannot by `copy_file_range(2)`. `None` if
    /// anything goes wrong.
    fn copy_in_two(&self, at: u64, file: &File, offset: u64, len: u64) -> Option<u64> {
        self.allocate(at, len);
        let next = AtomicU64::new(0);
        let worker = || {
            let mut buffer = vec![0; BUFFER];
            loop {
                let from = next.fetch_add(BUFFER as u64, Ordering::Relaxed);
                let left = len.saturating_sub(from);
                if left == 0 {
                    return Ok(());
                }
                // OK to cast: not more than the buffer has.
                let bytes = &mut buffer[..left.min(BUFFER as u64) as usize];
                let copied = file
                    .read_exact_at(bytes, offset + from)
                    .and_then(|()| self.file.write_all_at(bytes, at + from));
                if copied.is_err() {
                    // The other thread need not go on.
                    next.store(len, Ordering::Relaxed);
                    return copied;
                }
            }
        };
        let copied = thread::scope(|scope| {
            // If no second thread can be started, this one copies everything.
            let spawn = || thread::Builder::new().spawn_scoped(scope, worker).ok();
            let other = (len > BUFFER as u64).then(spawn).flatten();
            let copied: io::Result<()> = worker();
            let other = other.map_or(Ok(Ok(())), ScopedJoinHandle::join);
            copied.and(other.unwrap_or_else(|panic| resume_unwind(panic)))
        });
        copied.is_ok().then_some(len)
    }
}

impl Sink for SparseFile<'_> {
    fn copies(&self) -> bool {
        true
    }

    fn shares(&self) -> bool {
        self.place == FileSystem::Sharing
    }

    fn bytes(&mut self, at: u64, chunk: &Chunk) -> io::Result<()> {
        if let Some(donor) = self.donor {
            return self.bytes_like(donor, at, chunk);
        }
        if chunk.len() == BUFFER {
            self.allocate(at, BUFFER as u64);
        }
        self.file.write_all_at(chunk, at)
    }

    fn zeros(&mut self, _len: u64) -> io::Result<()> {
        Ok(())
    }

    fn copy(&mut self, at: u64, file: &File, offset: u64, len: u64) -> Option<u64> {
        let shared = match self.place {
            FileSystem::Ext | FileSystem::Memory => None,
            FileSystem::Sharing | FileSystem::Other => self.share(at, file, offset, len),
        };
        match self.donor {
            // It may have the bytes of a file that lies on another file system: they are read, and held
            // against it.
            Some(_) => shared,
            None => shared.or_else(|| self.copy_in_two(at, file, offset, len)),
        }
    }

    /// `copy_file_range(2)`: shares the blocks on XFS and Btrfs if the offsets are aligned alike,
    /// and has a file server copy what it has.
    fn share(&mut self, at: u64, file: &File, offset: u64, len: u64) -> Option<u64> {
        let (mut from, mut to) = (offset, at);
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        loop {
            let copied =
                rustix::fs::copy_file_range(file, Some(&mut from), self.file, Some(&mut to), len);
            return match copied {
                Ok(n) if n > 0 => Some(n as u64),
                Err(Errno::INTR) => continue,
                // End of file, another file system, a device, an old kernel, a full or a broken
                // disk: copying by hand works, or tells which side is at fault.
                Ok(_) | Err(_) => None,
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

/// A sink that keeps nothing: for digests alone.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> (File, File, Vec<u8>) {
        let bytes: Vec<u8> = (0..5 << 20u32).map(|n| (n ^ n >> 9) as u8).collect();
        let (from, to) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        from.write_all_at(&bytes, 0).unwrap();
        to.set_len(8 << 20).unwrap();
        (from, to, bytes)
    }

    #[test]
    fn two_threads_copy_what_was_asked_for_and_nothing_else() {
        let (from, to, bytes) = files();
        for (len, at, offset) in [(1, 7, 3), (1 << 20, 4096, 0), ((3 << 20) + 5, 65_537, 4099)] {
            to.set_len(0).unwrap();
            to.set_len(8 << 20).unwrap();
            let sink = SparseFile::new(&to);
            assert_eq!(sink.copy_in_two(at, &from, offset, len as u64), Some(len as u64));
            let mut expected = vec![0; 8 << 20];
            let (start, source) = (at as usize, offset as usize);
            expected[start..start + len].copy_from_slice(&bytes[source..source + len]);
            let mut found = vec![0; 8 << 20];
            to.read_exact_at(&mut found, 0).unwrap();
            assert!(found == expected, "{len} bytes");
        }
    }

    #[test]
    fn what_a_donor_has_is_taken_from_it_and_all_else_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let (_, to, bytes) = files();
        let donor = Donor::of_bytes(dir.path(), &bytes[..4 << 20]).unwrap();
        let mut image = bytes;
        (0..image.len()).step_by(50_000).for_each(|n| image[n] ^= 1);
        assert!(!donor.alike(0, &image).unwrap().is_empty());
        let (end, donors) = (image.len(), 4 << 20);
        for range in [0..end, 4096..3 << 20, 12_345..1 << 20, 5000..5010, donors - 30_000..end] {
            to.set_len(0).unwrap();
            to.set_len(8 << 20).unwrap();
            let mut sink = SparseFile::new(&to);
            sink.bytes_like(&donor, range.start as u64, &image[range.clone()]).unwrap();
            let mut expected = vec![0; 8 << 20];
            expected[range.clone()].copy_from_slice(&image[range.clone()]);
            let mut found = vec![0; 8 << 20];
            to.read_exact_at(&mut found, 0).unwrap();
            assert!(found == expected, "{range:?}");
        }
    }

    #[test]
    fn what_either_thread_cannot_do_is_not_called_done() {
        let (from, to, bytes) = files();
        let (sink, len) = (SparseFile::new(&to), bytes.len() as u64);
        assert!((2 * BUFFER as u64 + 1..3 * BUFFER as u64).contains(&len));
        // The file ends in the last piece, which either of them may get; at a piece's end; in the first.
        for _ in 0..20 {
            assert_eq!(sink.copy_in_two(0, &from, 0, len + 1), None);
        }
        assert_eq!(sink.copy_in_two(0, &from, len - BUFFER as u64, len), None);
        assert_eq!(sink.copy_in_two(0, &from, len - 1, len), None);
        assert_eq!(sink.copy_in_two(0, &from, len - 1, 2), None);
        let read_only = File::open("/proc/self/exe").unwrap();
        for len in [1, len] {
            assert_eq!(SparseFile::new(&read_only).copy_in_two(0, &from, 0, len), None);
        }
    }
}
