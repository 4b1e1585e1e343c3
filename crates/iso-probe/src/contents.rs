//! The contents of files in the image, read within a budget.

use crate::device::Device;
use crate::error::ProbeError;
use crate::extents::FileExtents;
use crate::files::Files;
use crate::links::Links;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Arc;

/// The files of an image, which can be opened by path.
#[derive(Debug)]
pub(crate) struct Contents<'r> {
    device: Device<'r>,
    files: Files,
    /// The number of bytes that may still be read.
    budget: u64,
    /// The first failure to read the image, if there was one.
    io_error: Option<io::Error>,
}

impl<'r> Contents<'r> {
    pub(crate) fn new(
        device: Device<'r>,
        files: BTreeMap<String, FileExtents>,
        links: Links,
        budget: u64,
    ) -> Self {
        Self { device, files: Files::new(files, links), budget, io_error: None }
    }

    /// The files, by path.
    pub(crate) fn files(&self) -> &Files {
        &self.files
    }

    /// The files, from an image that is no longer needed.
    pub(crate) fn into_files(self) -> Files {
        self.files
    }

    /// Adds files inside EFI images, by their names in the facts.
    pub(crate) fn add_inner(&mut self, files: impl IntoIterator<Item = (String, FileExtents)>) {
        self.files.add_inner(files);
    }

    /// The answer of `look`, which sees `files` in the place of the image's own files. If `behind`
    /// is true, it may ask to see the image's own files as well, where `files` has none of that
    /// name: see [`look_behind`](Self::look_behind).
    pub(crate) fn with_files<T>(
        &mut self,
        files: BTreeMap<String, FileExtents>,
        behind: bool,
        look: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let own = core::mem::take(&mut self.files);
        self.files = Files::in_front_of(own, files, behind);
        let answer = look(self);
        if let Some(own) = self.files.take_behind() {
            self.files = own;
        }
        answer
    }

    /// From now on, also finds the image's own files where the files in front of them have none of
    /// that name, if [`with_files`](Self::with_files) allows it.
    pub(crate) fn look_behind(&mut self) {
        self.files.look_behind();
    }

    /// The first `most` bytes of a file; `None` if there is no such file, or it cannot be read.
    pub(crate) fn head(&mut self, path: &str, most: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(path)?.take(most as u64).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// The file `path`, opened at its first byte.
    pub(crate) fn open(&mut self, path: &str) -> Option<Contained<'_, 'r>> {
        let FileExtents { len, extents } = self.files.extents(self.files.find(path)?)?.clone();
        Some(Contained { of: self, extents, len, at: 0 })
    }

    /// The length of the image file, in bytes.
    pub(crate) fn image_len(&self) -> u64 {
        self.device.len()
    }

    /// Fills `buf` from byte `at` of the image on.
    pub(crate) fn read_exact_at(&mut self, at: u64, buf: &mut [u8]) -> io::Result<()> {
        let mut done = 0;
        while let Some(rest) = buf.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match self.device.read_at(at.saturating_add(done as u64), rest) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(n) => done += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    let copy = io::Error::new(e.kind(), e.to_string());
                    self.io_error.get_or_insert(e);
                    return Err(copy);
                }
            }
        }
        Ok(())
    }

    /// Checks that the image could be read so far.
    ///
    /// # Errors
    /// The first failure to read it, which is returned once.
    pub(crate) fn check_io(&mut self) -> Result<(), ProbeError> {
        self.io_error.take().map_or(Ok(()), |e| Err(ProbeError::Io(e)))
    }
}

/// An open file of the image.
pub(crate) struct Contained<'a, 'r> {
    of: &'a mut Contents<'r>,
    extents: Arc<[(u64, u64)]>,
    len: u64,
    at: u64,
}

impl Contained<'_, '_> {
    /// The number of bytes that were not read yet.
    pub(crate) fn left(&self) -> u64 {
        self.len.saturating_sub(self.at)
    }

    /// Skips the next `bytes` bytes.
    ///
    /// # Errors
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if fewer are left.
    pub(crate) fn skip(&mut self, bytes: u64) -> io::Result<()> {
        if bytes > self.left() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at += bytes;
        Ok(())
    }

    /// Goes `bytes` back.
    pub(crate) fn back(&mut self, bytes: u64) {
        self.at = self.at.saturating_sub(bytes);
    }
}

impl Read for Contained<'_, '_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = self.len.saturating_sub(self.at);
        let mut skip = self.at;
        let extent = self.extents.iter().find_map(|(start, len)| {
            if skip < *len {
                return Some((start.saturating_add(skip), len - skip));
            }
            skip -= len;
            None
        });
        let Some((start, in_extent)) = extent.filter(|_| left > 0 && !buf.is_empty()) else {
            return Ok(0);
        };
        if self.of.budget == 0 {
            return Err(io::Error::other("the limit for reading files of one image is reached"));
        }
        let most = left.min(in_extent).min(self.of.budget).min(buf.len() as u64) as usize;
        let read = match self.of.device.read_at(start, &mut buf[..most]) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            other => other,
        };
        match read {
            Ok(read) => {
                self.of.budget -= read as u64;
                self.at += read as u64;
                Ok(read)
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Err(e),
            Err(e) => {
                // The original error is kept here, because a decoder that reads this replaces it by
                // one of its own.
                let copy = io::Error::new(e.kind(), e.to_string());
                self.of.io_error.get_or_insert(e);
                Err(copy)
            }
        }
    }
}
