//! The contents of a file, and where they lie.

use image_layout::{FileExtent, Part, ReadAt};
use std::io;

/// A file that is read: its bytes, from wherever they lie.
#[derive(Debug, Clone)]
pub struct File<'a> {
    part: Part<'a>,
    contents: Contents,
    len: u64,
}

#[derive(Debug, Clone)]
enum Contents {
    /// The bytes lie in pieces of the part of the disk that the file system takes.
    Extents(Vec<FileExtent>),
    /// The bytes lie in the inode itself.
    Inline(Vec<u8>),
}

impl<'a> File<'a> {
    pub(crate) fn of_extents(part: Part<'a>, extents: Vec<FileExtent>, len: u64) -> Self {
        Self { part, contents: Contents::Extents(extents), len }
    }

    pub(crate) fn inline(part: Part<'a>, bytes: Vec<u8>) -> Self {
        let len = bytes.len() as u64;
        Self { part, contents: Contents::Inline(bytes), len }
    }

    /// The places of its bytes in the partition, in the order of the file, holes included: each
    /// follows on the one before, the last ends with the file. `None`: the bytes lie in the inode.
    pub fn extents(&self) -> Option<&[FileExtent]> {
        match &self.contents {
            Contents::Extents(extents) => Some(extents),
            Contents::Inline(_) => None,
        }
    }

    /// As [`extents`](Self::extents), but counted from the start of the disk.
    pub fn image_extents(&self) -> Option<Vec<FileExtent>> {
        let from_start = |e: &FileExtent| FileExtent {
            place: e.place.map(|at| at.saturating_add(self.part.start())),
            ..*e
        };
        Some(self.extents()?.iter().map(from_start).collect())
    }

    /// The bytes of the whole file.
    ///
    /// # Errors
    /// [`io::ErrorKind::FileTooLarge`] beyond `most` bytes; those of the medium.
    pub fn read_all(&self, most: u64) -> io::Result<Vec<u8>> {
        let len = usize::try_from(self.len).ok().filter(|_| self.len <= most);
        self.read_vec(0, len.ok_or(io::ErrorKind::FileTooLarge)?)
    }
}

impl ReadAt for File<'_> {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let extents = match &self.contents {
            Contents::Inline(bytes) => return bytes.read_exact_at(offset, buf),
            Contents::Extents(extents) => extents,
        };
        if offset.checked_add(buf.len() as u64).is_none_or(|end| end > self.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let first = extents.partition_point(|e| e.end() <= offset);
        let (mut at, mut rest) = (offset, buf);
        for extent in extents.get(first..).unwrap_or_default() {
            if rest.is_empty() {
                break;
            }
            let skip = at - extent.offset;
            let here = usize::try_from(extent.len - skip).unwrap_or(usize::MAX).min(rest.len());
            let (piece, behind) = rest.split_at_mut(here);
            match extent.place {
                Some(place) => self.part.read_exact_at(place.saturating_add(skip), piece)?,
                None => piece.fill(0),
            }
            (at, rest) = (at + here as u64, behind);
        }
        Ok(())
    }
}
