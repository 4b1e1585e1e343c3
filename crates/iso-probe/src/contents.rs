//! The contents of files in the image, read within a budget.

use crate::device::Device;
use crate::error::ProbeError;
use crate::extents::FileExtents;
use crate::links::Links;
use std::collections::BTreeMap;
use std::io::{self, Read, Seek};

/// The files of an image, which can be opened by path.
#[derive(Debug)]
pub(crate) struct Contents<R> {
    device: Device<R>,
    files: BTreeMap<String, FileExtents>,
    /// The paths as the image spells them, by the same paths in lower case.
    folded: BTreeMap<String, String>,
    /// Symbolic links to directories.
    links: Links,
    /// Files inside EFI images, by their names in the facts: `/efi.img:/vmlinuz`. They can be
    /// opened, but are not listed.
    inner: BTreeMap<String, FileExtents>,
    /// The number of bytes that may still be read.
    budget: u64,
    /// The first failure to read the image, if there was one.
    io_error: Option<io::Error>,
}

impl<R: Read + Seek> Contents<R> {
    pub(crate) fn new(
        device: Device<R>,
        files: BTreeMap<String, FileExtents>,
        links: Links,
        budget: u64,
    ) -> Self {
        let folded = folded(&files);
        let inner = BTreeMap::new();
        Self { device, files, folded, links, inner, budget, io_error: None }
    }

    /// Adds files inside EFI images, by their names in the facts.
    pub(crate) fn add_inner(&mut self, files: impl IntoIterator<Item = (String, FileExtents)>) {
        self.inner.extend(files);
    }

    /// The answer of `look` where the image has these files, and no others.
    pub(crate) fn with_files<T>(
        &mut self,
        files: BTreeMap<String, FileExtents>,
        look: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let folded = folded(&files);
        let own = (
            core::mem::replace(&mut self.files, files),
            core::mem::replace(&mut self.folded, folded),
            core::mem::take(&mut self.links),
        );
        let answer = look(self);
        (self.files, self.folded, self.links) = own;
        answer
    }

    /// The path of the file that `path` means, as the image spells it, without symbolic links to
    /// directories. The case of ASCII letters may differ, but an exact match wins.
    pub(crate) fn find(&self, path: &str) -> Option<&str> {
        let spelled = |path: &str| {
            let exact = self.files.get_key_value(path).map(|(exact, _)| exact);
            exact.or_else(|| self.folded.get(&path.to_ascii_lowercase())).map(String::as_str)
        };
        let inner = || self.inner.get_key_value(path).map(|(name, _)| name.as_str());
        spelled(path).or_else(|| spelled(&self.links.resolve(path)?)).or_else(inner)
    }

    /// Whether there is a directory `path` with a file somewhere in it.
    pub(crate) fn has_directory(&self, path: &str) -> bool {
        let there = |path: &str| {
            let prefix = format!("{}/", path.trim_end_matches('/').to_ascii_lowercase());
            let next = self.folded.range(prefix.clone()..).next();
            next.is_some_and(|(path, _)| path.starts_with(&prefix))
        };
        there(path) || self.links.resolve(path).is_some_and(|path| there(&path))
    }

    /// The names of the files in a directory, and of the directories in it that have files.
    pub(crate) fn names(&self, directory: &str) -> impl Iterator<Item = String> + '_ {
        let prefix = format!("{}/", directory.trim_end_matches('/').to_ascii_lowercase());
        let mut from = prefix.clone();
        std::iter::from_fn(move || {
            let (folded, path) = self.folded.range(from.clone()..).next()?;
            let rest = folded.strip_prefix(&prefix)?;
            let len = rest.find('/').unwrap_or(rest.len());
            // Skips all that lies below a directory: `0` is the character behind `/`.
            from = match rest.len() == len {
                true => format!("{folded}\0"),
                false => format!("{prefix}{}0", &rest[..len]),
            };
            path.get(prefix.len()..prefix.len() + len).map(str::to_owned)
        })
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The paths of files that lie in more than one piece.
    pub(crate) fn multi_extent(&self) -> impl Iterator<Item = String> + '_ {
        self.files.iter().filter(|f| f.1.in_pieces()).map(|f| f.0.clone())
    }

    pub(crate) fn len(&self, path: &str) -> Option<u64> {
        Some(self.extents(path)?.len)
    }

    /// The first `most` bytes of a file; `None` if there is no such file, or it cannot be read.
    pub(crate) fn head(&mut self, path: &str, most: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(path)?.take(most as u64).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// The file `path`, opened at its first byte.
    pub(crate) fn open(&mut self, path: &str) -> Option<Contained<'_, R>> {
        let path = self.find(path)?.to_owned();
        let FileExtents { len, extents } = self.extents(&path)?.clone();
        Some(Contained { of: self, extents, len, at: 0 })
    }

    /// The file that starts at byte `start` of the image.
    pub(crate) fn file_at(&self, start: u64) -> Option<(String, FileExtents)> {
        let mut files = self.files.iter();
        let found = files.find(|(_, file)| file.extents.first().is_some_and(|e| e.0 == start))?;
        Some((found.0.clone(), found.1.clone()))
    }

    /// The length of the image file, in bytes.
    pub(crate) fn image_len(&self) -> u64 {
        self.device.len()
    }

    /// The place of a file in the image.
    pub(crate) fn extents(&self, path: &str) -> Option<&FileExtents> {
        self.files.get(path).or_else(|| self.inner.get(path))
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

    /// The lengths of all files, by path.
    pub(crate) fn lengths(&self) -> BTreeMap<String, u64> {
        self.files.iter().map(|(path, extents)| (path.clone(), extents.len)).collect()
    }
}

/// The paths of `files` by the same paths in lower case.
fn folded(files: &BTreeMap<String, FileExtents>) -> BTreeMap<String, String> {
    files.keys().rev().map(|p| (p.to_ascii_lowercase(), p.clone())).collect()
}

/// An open file of the image.
pub(crate) struct Contained<'a, R> {
    of: &'a mut Contents<R>,
    extents: Vec<(u64, u64)>,
    len: u64,
    at: u64,
}

impl<R: Read + Seek> Contained<'_, R> {
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

impl<R: Read + Seek> Read for Contained<'_, R> {
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
                // Decoders turn errors into their own, so the original is kept here.
                let copy = io::Error::new(e.kind(), e.to_string());
                self.of.io_error.get_or_insert(e);
                Err(copy)
            }
        }
    }
}
