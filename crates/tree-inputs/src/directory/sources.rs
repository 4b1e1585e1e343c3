//! The files of a directory, to be read when the image is written.

use super::DIRECTORY;
use crate::Error;
use file_tree::Name;
use image_layout::{SourceId, Sources};
use rustix::fs::{AtFlags, Mode, OFlags, Stat, fstat, openat, statat};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What every file is opened with: never waits for a fifo, should one have taken its place.
pub(super) const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// What tells a file, at a moment, from all others and from itself later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    dev: u64,
    ino: u64,
    len: u64,
    /// Last change of the contents, then of anything: seconds and nanoseconds.
    times: [(i64, u32); 2],
}

impl Identity {
    pub fn of(s: &Stat) -> Self {
        // OK to cast: a length is not negative, nanoseconds are below 1,000,000,000.
        let times = [(s.st_mtime, s.st_mtime_nsec as u32), (s.st_ctime, s.st_ctime_nsec as u32)];
        Self { dev: s.st_dev, ino: s.st_ino, len: s.st_size as u64, times }
    }

    /// Whether it still is what it was.
    pub fn check(&self, now: &Stat, path: impl FnOnce() -> String) -> Result<(), Error> {
        self.compare(now).map_err(|what| Error::Changed { path: path(), what })
    }

    /// As [`Self::check`]; the error is the difference.
    pub fn compare(&self, now: &Stat) -> Result<(), String> {
        let now = Self::of(now);
        let what = if (self.dev, self.ino) != (now.dev, now.ino) {
            "it is another file now".into()
        } else if self.len != now.len {
            format!("{} bytes at first, {} now", self.len, now.len)
        } else if self.times != now.times {
            "it was written to, or its owner, mode or names were changed".into()
        } else {
            return Ok(());
        };
        Err(what)
    }
}

#[derive(Debug)]
struct Entry {
    /// Index of the directory that holds it; its own for the root.
    parent: u32,
    /// `None` for the root.
    name: Option<Name>,
    identity: Identity,
}

/// The regular files of a directory that was read, as they were then.
///
/// No file is kept open but the one that was read last, so that there may be any number. Each is
/// compared with what it was when it is opened, and again when the next one is.
#[derive(Debug)]
pub struct DirectorySources {
    root: PathBuf,
    root_fd: OwnedFd,
    first: SourceId,
    directories: Vec<Entry>,
    files: Vec<Entry>,
    open: Mutex<Open>,
}

/// What was read last.
#[derive(Debug, Default)]
struct Open {
    directory: Option<(u32, Arc<OwnedFd>)>,
    file: Option<(u32, Arc<File>)>,
}

impl DirectorySources {
    pub(super) fn new(root: PathBuf, root_fd: OwnedFd, first: SourceId, id: Identity) -> Self {
        let entry = Entry { parent: 0, name: None, identity: id };
        let (directories, files) = (vec![entry], Vec::new());
        Self { root, root_fd, first, directories, files, open: Mutex::default() }
    }

    pub(super) fn add_directory(
        &mut self,
        parent: u32,
        name: &Name,
        identity: Identity,
    ) -> Result<u32, Error> {
        let index = u32::try_from(self.directories.len());
        let index = index.map_err(|_| self.too_many(parent, name))?;
        self.directories.push(Entry { parent, name: Some(name.clone()), identity });
        Ok(index)
    }

    pub(super) fn add_file(
        &mut self,
        parent: u32,
        name: &Name,
        identity: Identity,
    ) -> Result<SourceId, Error> {
        let id = u32::try_from(self.files.len()).ok().and_then(|n| self.first.0.checked_add(n));
        let id = id.ok_or_else(|| self.too_many(parent, name))?;
        self.files.push(Entry { parent, name: Some(name.clone()), identity });
        Ok(SourceId(id))
    }

    fn too_many(&self, parent: u32, name: &Name) -> Error {
        Error::TooMany { path: self.path(parent, Some(name)), max: u32::MAX.into() }
    }

    /// How many files: their ids follow each other from the first on.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The names from the root down to directory `index`.
    fn chain(&self, mut index: u32) -> Vec<&Name> {
        let mut names = Vec::new();
        while let Some(Entry { parent, name: Some(name), .. }) =
            self.directories.get(index as usize)
        {
            names.push(name);
            index = *parent;
        }
        names.reverse();
        names
    }

    /// The path of directory `index`, or of `name` in it, for messages.
    pub(super) fn path(&self, index: u32, name: Option<&Name>) -> String {
        let mut path = self.root.display().to_string();
        for name in self.chain(index).into_iter().chain(name) {
            path.push('/');
            path.push_str(&name.to_string());
        }
        path
    }

    fn file(&self, id: SourceId) -> Option<(u32, &Entry)> {
        let index = id.0.checked_sub(self.first.0)?;
        Some((index, self.files.get(index as usize)?))
    }

    /// The directory that was read.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Device and inode of a file.
    pub fn device_and_inode(&self, id: SourceId) -> Option<(u64, u64)> {
        self.file(id).map(|(_, entry)| (entry.identity.dev, entry.identity.ino))
    }

    /// The path of a file, for messages.
    pub fn path_of(&self, id: SourceId) -> Option<String> {
        self.file(id).map(|(_, entry)| self.path(entry.parent, entry.name.as_ref()))
    }

    /// Opens a directory step by step, so that its path may be of any length and no symbolic
    /// link is followed.
    fn open_directory(&self, index: u32, open: &mut Open) -> Result<Arc<OwnedFd>, Error> {
        if let Some((_, fd)) = open.directory.as_ref().filter(|(i, _)| *i == index) {
            return Ok(fd.clone());
        }
        let path = || self.path(index, None);
        let fail = |e: rustix::io::Errno| Error::io(path(), "cannot be opened again")(e.into());
        let cannot = |e| Error::io(path(), "cannot be opened")(e);
        let mut fd = self.root_fd.try_clone().map_err(cannot)?;
        for name in self.chain(index) {
            fd = openat(&fd, name.as_bytes(), DIRECTORY, Mode::empty()).map_err(fail)?;
        }
        let fd = Arc::new(fd);
        open.directory = Some((index, fd.clone()));
        Ok(fd)
    }

    fn open_entry(&self, entry: &Entry, open: &mut Open) -> Result<File, Error> {
        let path = || self.path(entry.parent, entry.name.as_ref());
        let fail = |e: rustix::io::Errno| Error::io(path(), "cannot be opened again")(e.into());
        let dir = self.open_directory(entry.parent, open)?;
        let name = entry.name.as_ref().map_or(&b"."[..], Name::as_bytes);
        let fd = openat(&*dir, name, FILE, Mode::empty()).map_err(fail)?;
        entry.identity.check(&fstat(&fd).map_err(fail)?, path)?;
        Ok(fd.into())
    }

    /// Opens a file, for copying ranges of it.
    ///
    /// # Errors
    /// [`Error::Changed`] when it is not what was surveyed, [`Error::Io`] when it is gone.
    pub fn open(&self, id: SourceId) -> Result<Option<Arc<File>>, Error> {
        let Some((index, entry)) = self.file(id) else { return Ok(None) };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, file)) = open.file.as_ref().filter(|(i, _)| *i == index) {
            return Ok(Some(file.clone()));
        }
        if let Some((before, file)) = open.file.take() {
            self.check_open(before, &file)?;
        }
        let file = Arc::new(self.open_entry(entry, &mut open)?);
        open.file = Some((index, file.clone()));
        Ok(Some(file))
    }

    fn check_open(&self, index: u32, file: &File) -> Result<(), Error> {
        let Some(entry) = self.files.get(index as usize) else { return Ok(()) };
        let path = || self.path(entry.parent, entry.name.as_ref());
        let stat = fstat(file).map_err(|e| Error::io(path(), "cannot be examined")(e.into()))?;
        entry.identity.check(&stat, path)
    }

    /// Looks whether all files still are where and what they were. Call it when everything has
    /// been read.
    ///
    /// # Errors
    /// [`Error::Changed`] or [`Error::Io`] for the first that is not.
    pub fn check_unchanged(&self) -> Result<(), Error> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in &self.files {
            let path = || self.path(entry.parent, entry.name.as_ref());
            let name = entry.name.as_ref().map_or(&b"."[..], Name::as_bytes);
            let dir = self.open_directory(entry.parent, &mut open)?;
            let stat = statat(&*dir, name, AtFlags::SYMLINK_NOFOLLOW)
                .map_err(|e| Error::io(path(), "is not there any more")(e.into()))?;
            entry.identity.check(&stat, path)?;
        }
        Ok(())
    }
}

impl Sources for DirectorySources {
    fn read_exact_at(&self, id: SourceId, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let file = self.open(id).map_err(io::Error::other)?.ok_or_else(|| {
            let text = format!("no file of this tree is source {}", id.0);
            io::Error::new(io::ErrorKind::InvalidInput, text)
        })?;
        file.read_exact_at(buf, offset).map_err(|e| {
            let path = self.path_of(id).unwrap_or_default();
            let text = match e.kind() {
                io::ErrorKind::UnexpectedEof => {
                    format!("{path}: changed while it was being read: it is shorter now")
                }
                _ => format!("{path}: cannot be read at byte {offset}: {e}"),
            };
            io::Error::new(e.kind(), text)
        })
    }
}
