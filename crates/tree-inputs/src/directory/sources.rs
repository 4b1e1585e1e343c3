//! The files of a directory, as sources that are read when the image is written.

use crate::Error;
use crate::error::shown;
use file_tree::Name;
use image_layout::{SourceId, Sources};
use input_file::FileStamp;
use rustix::fs::{AtFlags, Mode, OFlags, Stat, fstat, openat, statat};
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The flags with which every directory is opened.
pub(super) const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// The flags with which every file is opened. Should a fifo have taken its place, opening does not
/// wait for that.
pub(super) const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// Checks that a file has not changed since `stamp` was made.
pub(super) fn check(
    stamp: &FileStamp,
    now: &Stat,
    path: impl FnOnce() -> String,
) -> Result<(), Error> {
    stamp.compare(now).map_err(|what| Error::Changed { path: path(), what: what.to_string() })
}

/// A file's or directory's place, name and stamp. It is small because there is one for each.
#[derive(Debug)]
struct Entry {
    /// The index of the directory that holds it; for the root, its own.
    parent: u32,
    /// The offset of its name among the names.
    name: u32,
    stamp: FileStamp,
}

/// All names in one buffer, each preceded by its length: there may be millions of them.
#[derive(Debug, Default)]
struct Names(Vec<u8>);

impl Names {
    /// Adds a name and returns its offset; `None` if that does not fit into a `u32`.
    fn push(&mut self, name: &[u8]) -> Option<u32> {
        let (start, len) = (u32::try_from(self.0.len()).ok()?, u8::try_from(name.len()).ok()?);
        self.0.push(len);
        self.0.extend_from_slice(name);
        Some(start)
    }

    fn get(&self, start: u32) -> &[u8] {
        match self.0.get(start as usize..) {
            Some([len, names @ ..]) => names.get(..usize::from(*len)).unwrap_or_default(),
            _ => &[],
        }
    }
}

/// The regular files of a directory that was read, with their stamps.
///
/// There may be any number, because only the few that were read last and not to their ends are kept
/// open. Each is compared with its stamp when it is opened, when its last byte has been read, and
/// by [`check_unchanged`](Self::check_unchanged).
#[derive(Debug)]
pub struct DirectorySources {
    root: PathBuf,
    root_fd: OwnedFd,
    first: SourceId,
    directories: Vec<Entry>,
    files: Vec<Entry>,
    /// Files without contents, which are no sources.
    empty: Vec<Entry>,
    names: Names,
    open: Mutex<Open>,
}

/// The directories and files that were used last and are kept open; all threads that read share
/// them.
#[derive(Debug, Default)]
struct Open {
    directories: Recent<OwnedFd>,
    /// Files of which only a part was read.
    files: Recent<File>,
}

/// The last few of something, by index.
#[derive(Debug)]
struct Recent<T>(VecDeque<(u32, Arc<T>)>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Recent<T> {
    const MAX: usize = 4;

    fn get(&self, index: u32) -> Option<Arc<T>> {
        self.0.iter().find(|(i, _)| *i == index).map(|(_, t)| t.clone())
    }

    fn put(&mut self, index: u32, t: &Arc<T>) {
        self.0.truncate(Self::MAX - 1);
        self.0.push_front((index, t.clone()));
    }

    fn remove(&mut self, index: u32) {
        self.0.retain(|(i, _)| *i != index);
    }
}

impl DirectorySources {
    pub(super) fn new(root: PathBuf, root_fd: OwnedFd, first: SourceId, stamp: FileStamp) -> Self {
        let directories = vec![Entry { parent: 0, name: 0, stamp }];
        let (files, empty) = (Vec::new(), Vec::new());
        let (names, open) = (Names::default(), Mutex::default());
        Self { root, root_fd, first, directories, files, empty, names, open }
    }

    pub(super) fn add_directory(
        &mut self,
        parent: u32,
        name: &Name,
        stamp: FileStamp,
    ) -> Result<u32, Error> {
        let index = u32::try_from(self.directories.len());
        let index = index.map_err(|_| self.too_many(parent, name))?;
        let name = self.name(parent, name)?;
        self.directories.push(Entry { parent, name, stamp });
        Ok(index)
    }

    pub(super) fn add_file(
        &mut self,
        parent: u32,
        name: &Name,
        stamp: FileStamp,
    ) -> Result<SourceId, Error> {
        let id = u32::try_from(self.files.len()).ok().and_then(|n| self.first.0.checked_add(n));
        let id = id.ok_or_else(|| self.too_many(parent, name))?;
        let name = self.name(parent, name)?;
        self.files.push(Entry { parent, name, stamp });
        Ok(SourceId(id))
    }

    /// Adds a file without contents.
    pub(super) fn add_empty(
        &mut self,
        parent: u32,
        name: &Name,
        stamp: FileStamp,
    ) -> Result<(), Error> {
        let name = self.name(parent, name)?;
        self.empty.push(Entry { parent, name, stamp });
        Ok(())
    }

    /// The path of the file that has this device and inode, if one of these files has.
    pub fn find(&self, device_and_inode: (u64, u64)) -> Option<PathBuf> {
        let mut all = self.files.iter().chain(&self.empty);
        let entry = all.find(|entry| entry.stamp.device_and_inode() == device_and_inode)?;
        Some(self.path_to(entry).into())
    }

    /// Keeps a name.
    fn name(&mut self, parent: u32, name: &Name) -> Result<u32, Error> {
        let start = self.names.push(name.as_bytes());
        start.ok_or_else(|| self.too_many_names(parent, name))
    }

    fn too_many(&self, parent: u32, name: &Name) -> Error {
        Error::TooMany { path: self.path(parent, Some(name.as_bytes())), max: u32::MAX.into() }
    }

    fn too_many_names(&self, parent: u32, name: &Name) -> Error {
        let path = self.path(parent, Some(name.as_bytes()));
        Error::TooManyNames { path, max: u32::MAX.into() }
    }

    /// The number of files. Their ids follow each other from the first on.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The names from the root down to directory `index`.
    fn chain(&self, mut index: u32) -> Vec<&[u8]> {
        let mut names = Vec::new();
        while let Some(directory) = self.directories.get(index as usize).filter(|_| index > 0) {
            names.push(self.names.get(directory.name));
            index = directory.parent;
        }
        names.reverse();
        names
    }

    /// The path of directory `index`, or of `name` in it, for messages.
    pub(super) fn path(&self, index: u32, name: Option<&[u8]>) -> String {
        let mut path = shown(self.root.as_os_str().as_encoded_bytes());
        for name in self.chain(index).into_iter().chain(name) {
            path.push('/');
            path.push_str(&shown(name));
        }
        path
    }

    /// The path of a file.
    fn path_to(&self, file: &Entry) -> String {
        self.path(file.parent, Some(self.names.get(file.name)))
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
        self.file(id).map(|(_, entry)| entry.stamp.device_and_inode())
    }

    /// The stamp of a file when the directory was read.
    pub fn stamp(&self, id: SourceId) -> Option<FileStamp> {
        self.file(id).map(|(_, entry)| entry.stamp)
    }

    /// The stamps of all that was read, directories and empty files as well.
    pub fn stamps(&self) -> impl Iterator<Item = FileStamp> {
        self.directories.iter().chain(&self.files).chain(&self.empty).map(|entry| entry.stamp)
    }

    /// The path of a file, for messages.
    pub fn path_of(&self, id: SourceId) -> Option<String> {
        self.file(id).map(|(_, entry)| self.path_to(entry))
    }

    /// The open directories and files, locked. Callers release the lock at once.
    fn recent(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a directory step by step, so that its path may be of any length and no symbolic
    /// link is followed.
    fn open_directory(&self, index: u32) -> Result<Arc<OwnedFd>, Error> {
        if let Some(fd) = self.recent().directories.get(index) {
            return Ok(fd);
        }
        let path = || self.path(index, None);
        let fail = |e: rustix::io::Errno| Error::io(path(), "cannot be opened again")(e.into());
        let cannot = |e| Error::io(path(), "cannot be opened")(e);
        let mut fd = self.root_fd.try_clone().map_err(cannot)?;
        for name in self.chain(index) {
            fd = openat(&fd, name, DIRECTORY, Mode::empty()).map_err(fail)?;
        }
        let fd = Arc::new(fd);
        self.recent().directories.put(index, &fd);
        Ok(fd)
    }

    fn open_entry(&self, entry: &Entry) -> Result<File, Error> {
        let path = || self.path_to(entry);
        let fail = |e: rustix::io::Errno| Error::io(path(), "cannot be opened again")(e.into());
        let dir = self.open_directory(entry.parent)?;
        let fd = openat(&*dir, self.names.get(entry.name), FILE, Mode::empty()).map_err(fail)?;
        check(&entry.stamp, &fstat(&fd).map_err(fail)?, path)?;
        Ok(fd.into())
    }

    /// Opens a file to copy ranges of it.
    ///
    /// # Errors
    /// [`Error::Changed`] when it has changed since the directory was read, [`Error::Io`] when it
    /// is gone.
    pub fn open(&self, id: SourceId) -> Result<Option<Arc<File>>, Error> {
        let Some((index, entry)) = self.file(id) else { return Ok(None) };
        if let Some(file) = self.recent().files.get(index) {
            return Ok(Some(file));
        }
        Ok(Some(Arc::new(self.open_entry(entry)?)))
    }

    /// Reads a part of the file at `index`. After the last part the file is checked for changes and
    /// closed.
    fn read(
        &self,
        (index, entry): (u32, &Entry),
        file: &Arc<File>,
        offset: u64,
        buf: &mut [u8],
    ) -> io::Result<()> {
        let path = || self.path_to(entry);
        file.read_exact_at(buf, offset).map_err(|e| {
            let path = path();
            let text = match e.kind() {
                io::ErrorKind::UnexpectedEof => {
                    format!("{path}: changed while it was being read: it is shorter now")
                }
                _ => format!("{path}: cannot be read at byte {offset}: {e}"),
            };
            io::Error::new(e.kind(), text)
        })?;
        if offset + buf.len() as u64 == entry.stamp.len() {
            check(&entry.stamp, &fstat(file)?, path).map_err(io::Error::other)?;
            self.recent().files.remove(index);
        } else if self.recent().files.get(index).is_none() {
            self.recent().files.put(index, file);
        }
        Ok(())
    }

    /// Checks that all files are still in their places and unchanged. Call it when everything has
    /// been read.
    ///
    /// # Errors
    /// [`Error::Changed`] or [`Error::Io`] for the first that is not.
    pub fn check_unchanged(&self) -> Result<(), Error> {
        for entry in self.files.iter().chain(&self.empty) {
            let path = || self.path_to(entry);
            let dir = self.open_directory(entry.parent)?;
            let stat = statat(&*dir, self.names.get(entry.name), AtFlags::SYMLINK_NOFOLLOW)
                .map_err(|e| Error::io(path(), "is not there any more")(e.into()))?;
            check(&entry.stamp, &stat, path)?;
        }
        Ok(())
    }
}

impl Sources for DirectorySources {
    fn read_exact_at(&self, id: SourceId, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let unknown = || {
            let text = format!("no file of this tree is source {}", id.0);
            io::Error::new(io::ErrorKind::InvalidInput, text)
        };
        let entry = self.file(id).ok_or_else(unknown)?;
        let file = self.open(id).map_err(io::Error::other)?.ok_or_else(unknown)?;
        self.read(entry, &file, offset, buf)
    }
}
