//! An earlier image, whose blocks are shared with a later one of the same bytes at the same place.

use crate::file_system::FileSystem;
use crate::pending::Pending;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

/// The length of what is compared and shared, in bytes: the block of most file systems.
const BLOCK: u64 = 4096;
/// Fewest blocks in a row that are shared: fewer are written faster than shared.
const FEW: u64 = 4;
/// Bytes of the donor that are compared at once.
const SIZE: u64 = 256 << 10;

/// A copy of an image that was written, for others that are much like it: GRUB's files lie at the same
/// place in most keys that have one spec. On file systems that can share blocks, later images get these
/// from it.
///
/// The copy has no name, so nobody can change it; its blocks are the image's own.
#[derive(Debug)]
pub struct Donor {
    copy: Pending,
}

impl Donor {
    /// A copy of an image that has not got its name yet; `None` where blocks cannot be shared.
    pub(crate) fn of(image: &Pending) -> Option<Self> {
        let file = image.file();
        if FileSystem::of(file) != FileSystem::Sharing {
            return None;
        }
        let copy = Pending::create(image.target(), |_, _| false).ok()?;
        rustix::fs::ioctl_ficlone(copy.file(), file).ok()?;
        Some(Self { copy })
    }

    /// A donor of these bytes, which lies where blocks need not be shared.
    #[cfg(test)]
    pub(crate) fn of_bytes(directory: &std::path::Path, bytes: &[u8]) -> Option<Self> {
        let target = crate::target::Target::resolve(&directory.join("donor")).ok()?;
        let copy = Pending::create(&target, |_, _| false).ok()?;
        copy.file().write_all_at(bytes, 0).ok()?;
        Some(Self { copy })
    }

    pub(crate) fn file(&self) -> &File {
        self.copy.file()
    }

    /// The ranges of `bytes`, which are to lie at `at`, that the donor has there, in whole blocks.
    pub(crate) fn alike(&self, at: u64, bytes: &[u8]) -> io::Result<Vec<Range<u64>>> {
        let end = at + bytes.len() as u64;
        let (first, last) = (at.next_multiple_of(BLOCK), end / BLOCK * BLOCK);
        let mut ranges: Vec<Range<u64>> = Vec::new();
        // OK to cast: not more than a buffer's length.
        let mut own = vec![0; last.saturating_sub(first).min(SIZE) as usize];
        let mut from = first;
        while from < last {
            let len = (last - from).min(SIZE) as usize;
            let Some(own) = own.get_mut(..len) else { break };
            match self.file().read_exact_at(own, from) {
                Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => break,
                read => read?,
            }
            let theirs = &bytes[(from - at) as usize..];
            let blocks = own.chunks(BLOCK as usize).zip(theirs.chunks(BLOCK as usize));
            for ((own, theirs), number) in blocks.zip(0..) {
                let at = from + number * BLOCK;
                match ranges.last_mut() {
                    _ if own != theirs => {}
                    Some(last) if last.end == at => last.end += BLOCK,
                    _ => ranges.push(at..at + BLOCK),
                }
            }
            from += len as u64;
        }
        ranges.retain(|range| range.end - range.start >= FEW * BLOCK);
        Ok(ranges)
    }
}
