//! A directory on disk becomes a tree.

mod holes;
mod sources;
mod xattrs;

pub use sources::DirectorySources;

use crate::Error;
use crate::error::shown;
use file_tree::{
    DeviceNumber, Directory, File, FileContent, Linked, Meta, MetadataPolicy, Name, Node, NodeType,
    Special, SpecialKind, Symlink, Timestamp, TreeError, Xattrs,
};
use image_layout::{Content, SourceId};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, fstat, openat, statat};
use sources::Identity;
use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

/// What every directory is opened with.
const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Directories that are kept open at a time; those above are opened again on the way back.
const OPEN: usize = 64;

/// Reads the tree below `root` (which may be a symbolic link to a directory; no other is
/// followed). Contents are named by [`SourceId`]s from `first` on, one a file.
///
/// Names of the same file become hard links, holes of files stay holes, and files of other file
/// systems mounted below `root` are part of the tree.
///
/// # Errors
/// [`Error::Io`] names what cannot be read, [`Error::Changed`] what is not what it was a moment
/// ago, [`Error::Tree`] what no tree holds.
pub fn from_directory(
    root: &Path,
    policy: &MetadataPolicy,
    first: SourceId,
) -> Result<(Directory, DirectorySources), Error> {
    let path = root.display().to_string();
    let flags = DIRECTORY.difference(OFlags::NOFOLLOW);
    let fd = openat(CWD, root, flags, Mode::empty())
        .map_err(|e| Error::io(&path, "cannot be opened as a directory")(e.into()))?;
    let stat = fstat(&fd).map_err(|e| Error::io(&path, "cannot be examined")(e.into()))?;
    let keep = fd.try_clone().map_err(Error::io(&path, "cannot be kept open"))?;
    let sources = DirectorySources::new(root.to_path_buf(), keep, first, Identity::of(&stat));
    let mut walk = Walk { policy, sources, linked: BTreeMap::new(), levels: Vec::new() };
    walk.enter(None, 0, fd, &stat)?;
    walk.run()
}

struct Walk<'a> {
    policy: &'a MetadataPolicy,
    sources: DirectorySources,
    /// Files with several names, by device and inode.
    linked: BTreeMap<(u64, u64), Linked>,
    /// The directories from the root to where we are.
    levels: Vec<Level>,
}

/// A directory that is being read.
struct Level {
    name: Option<Name>,
    /// In `sources`.
    index: u32,
    /// `None`: closed for now, since too many are open.
    fd: Option<Arc<OwnedFd>>,
    identity: Identity,
    /// What is left to be read of it, the next name last.
    names: Vec<Name>,
    directory: Directory,
}

fn meta(stat: &Stat) -> Meta {
    Meta {
        // OK to cast: 12 bits.
        mode: (stat.st_mode & 0o7777) as u16,
        uid: stat.st_uid,
        gid: stat.st_gid,
        mtime: Timestamp {
            seconds: stat.st_mtime,
            // OK to cast: below 1,000,000,000.
            nanoseconds: stat.st_mtime_nsec as u32,
        },
    }
}

impl Walk<'_> {
    /// Path of `name` in the directory that is being read.
    fn path(&self, name: Option<&Name>) -> String {
        let index = self.levels.last().map_or(0, |level| level.index);
        self.sources.path(index, name)
    }

    fn fail(
        &self,
        name: &Name,
        what: &'static str,
    ) -> impl FnOnce(rustix::io::Errno) -> Error + use<> {
        let path = self.path(Some(name));
        move |e| Error::Io { path, what, source: e.into() }
    }

    fn tree(&self, name: &Name) -> impl FnOnce(TreeError) -> Error + use<> {
        let path = self.path(Some(name));
        move |source| Error::Tree { path, source }
    }

    /// Starts to read a directory, open as `fd`.
    fn enter(
        &mut self,
        name: Option<Name>,
        index: u32,
        fd: OwnedFd,
        stat: &Stat,
    ) -> Result<(), Error> {
        let path = self.sources.path(index, None);
        let fail = |e: rustix::io::Errno| Error::io(&path, "cannot be listed")(e.into());
        let mut names = Vec::new();
        for entry in Dir::read_from(&fd).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let bytes = entry.file_name().to_bytes();
            if bytes != b"." && bytes != b".." {
                let path = || format!("{path}/{}", shown(bytes));
                names
                    .push(Name::new(bytes).map_err(|source| Error::Name { path: path(), source })?);
            }
        }
        names.sort_unstable_by(|a, b| b.cmp(a));
        let mut directory = Directory::new(self.policy.meta(meta(stat), NodeType::Directory));
        directory.xattrs = xattrs::of_open(&fd, self.policy, || path.clone())?;
        let identity = Identity::of(stat);
        self.levels.push(Level { name, index, fd: Some(Arc::new(fd)), identity, names, directory });
        if let Some(above) = self.levels.len().checked_sub(OPEN) {
            // The root is open in `sources` anyway.
            self.levels[above].fd = None;
        }
        Ok(())
    }

    /// Reads everything, without recursion.
    fn run(mut self) -> Result<(Directory, DirectorySources), Error> {
        while let Some(level) = self.levels.last_mut() {
            if let Some(name) = level.names.pop() {
                self.entry(name)?;
                continue;
            }
            let Some(done) = self.leave()? else { continue };
            return Ok((done, self.sources));
        }
        unreachable!("the root's level returns when it ends")
    }

    /// Ends a directory and puts it into the one above; returns it when it is the root.
    fn leave(&mut self) -> Result<Option<Directory>, Error> {
        let path = self.path(None);
        let Some(level) = self.levels.pop() else { return Ok(None) };
        let fail = |e: rustix::io::Errno| Error::io(&path, "cannot be examined")(e.into());
        if let Some(fd) = &level.fd {
            level.identity.check(&fstat(fd).map_err(fail)?, &path)?;
        }
        let (Some(name), Some(parent)) = (level.name, self.levels.last_mut()) else {
            return Ok(Some(level.directory));
        };
        if parent.fd.is_none()
            && let Some(fd) = level.fd
        {
            let up = DIRECTORY;
            let fd = openat(&fd, "..", up, Mode::empty()).map_err(fail)?;
            parent.identity.check(&fstat(&fd).map_err(fail)?, &path)?;
            parent.fd = Some(Arc::new(fd));
        }
        let put = parent.directory.insert_entry(name, Node::Directory(level.directory));
        put.map_err(|source| Error::Tree { path, source })?;
        Ok(None)
    }

    /// Reads one entry of the directory on top.
    fn entry(&mut self, name: Name) -> Result<(), Error> {
        let Some(Level { fd: Some(fd), index, .. }) = self.levels.last() else { return Ok(()) };
        let (dir, index) = (fd.clone(), *index);
        let stat = statat(&dir, name.as_bytes(), AtFlags::SYMLINK_NOFOLLOW)
            .map_err(self.fail(&name, "cannot be examined"))?;
        if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
            let (fd, stat) = self.open(dir.as_fd(), &name, &stat, DIRECTORY)?;
            let path = self.path(Some(&name));
            let index = self.sources.add_directory(index, &name, Identity::of(&stat), &path)?;
            return self.enter(Some(name), index, fd, &stat);
        }
        let identity = (stat.st_dev, stat.st_ino);
        let node = match self.linked.get(&identity).filter(|_| stat.st_nlink > 1) {
            Some(linked) => Node::Linked(linked.clone()),
            None if stat.st_nlink > 1 => {
                let node = self.leaf(dir.as_fd(), index, &name, &stat)?;
                let linked = Linked::new(node).map_err(self.tree(&name))?;
                self.linked.insert(identity, linked.clone());
                Node::Linked(linked)
            }
            None => self.leaf(dir.as_fd(), index, &name, &stat)?,
        };
        let tree = self.tree(&name);
        match self.levels.last_mut() {
            Some(level) => level.directory.insert_entry(name, node).map_err(tree),
            None => Ok(()),
        }
    }

    /// Opens what was examined, and sees that it is the same.
    fn open(
        &self,
        dir: BorrowedFd<'_>,
        name: &Name,
        was: &Stat,
        flags: OFlags,
    ) -> Result<(OwnedFd, Stat), Error> {
        let fd = openat(dir, name.as_bytes(), flags, Mode::empty())
            .map_err(self.fail(name, "cannot be opened"))?;
        let stat = fstat(&fd).map_err(self.fail(name, "cannot be examined"))?;
        if (stat.st_dev, stat.st_ino) != (was.st_dev, was.st_ino) {
            let (path, what) = (self.path(Some(name)), "it is another file now".into());
            return Err(Error::Changed { path, what });
        }
        Ok((fd, stat))
    }
}

impl Walk<'_> {
    /// Reads what is no directory.
    fn leaf(
        &mut self,
        dir: BorrowedFd<'_>,
        index: u32,
        name: &Name,
        stat: &Stat,
    ) -> Result<Node, Error> {
        let path = || self.path(Some(name));
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => return self.file(dir, index, name, stat),
            FileType::Symlink => {
                let target = rustix::fs::readlinkat(dir, name.as_bytes(), Vec::new())
                    .map_err(self.fail(name, "cannot be read as a symbolic link"))?;
                let meta = self.policy.meta(meta(stat), NodeType::Symlink);
                let mut link = Symlink::new(meta, target.to_bytes()).map_err(self.tree(name))?;
                link.xattrs = self.entry_xattrs(dir, name)?;
                return Ok(Node::Symlink(link));
            }
            FileType::Fifo => SpecialKind::Fifo,
            FileType::Socket => SpecialKind::Socket,
            FileType::BlockDevice => SpecialKind::Block(self.device(name, stat)?),
            FileType::CharacterDevice => SpecialKind::Character(self.device(name, stat)?),
            FileType::Directory | FileType::Unknown => {
                return Err(Error::Changed { path: path(), what: "its type is unknown".into() });
            }
        };
        let meta = self.policy.meta(meta(stat), NodeType::Special);
        let xattrs = self.entry_xattrs(dir, name)?;
        Ok(Node::Special(Special { meta, xattrs, kind }))
    }

    fn entry_xattrs(&self, dir: BorrowedFd<'_>, name: &Name) -> Result<Xattrs, Error> {
        xattrs::of_entry(dir, name.as_bytes(), self.policy, || self.path(Some(name)))
    }

    fn device(&self, name: &Name, stat: &Stat) -> Result<DeviceNumber, Error> {
        let number = stat.st_rdev;
        DeviceNumber::new(rustix::fs::major(number), rustix::fs::minor(number))
            .map_err(self.tree(name))
    }

    /// Reads a regular file's metadata and where its data are.
    fn file(
        &mut self,
        dir: BorrowedFd<'_>,
        index: u32,
        name: &Name,
        stat: &Stat,
    ) -> Result<Node, Error> {
        // Opened in any case: whether it may be read is better known now than when half of the
        // image is written.
        let (fd, stat) = self.open(dir, name, stat, sources::FILE)?;
        let path = self.path(Some(name));
        let xattrs = xattrs::of_open(&fd, self.policy, || path.clone())?;
        // OK to cast: not negative.
        let (len, held) = (stat.st_size as u64, (stat.st_blocks as u64).saturating_mul(512));
        let meta = self.policy.meta(meta(&stat), NodeType::File);
        let identity = Identity::of(&stat);
        if len == 0 {
            return Ok(Node::File(File { meta, xattrs, content: FileContent::empty() }));
        }
        let id = self.sources.add_file(index, name, identity, &path)?;
        let content = if held >= len {
            Content::Source { id, offset: 0, len }.into()
        } else {
            let found = holes::content(fd.as_fd(), id, len);
            let found = found.map_err(|e| match e {
                holes::Failure::Seek(e) => self.fail(name, "its holes cannot be found")(e),
                holes::Failure::Tree(e) => self.tree(name)(e),
            })?;
            let after = fstat(&fd).map_err(self.fail(name, "cannot be examined"))?;
            identity.check(&after, &path)?;
            found
        };
        Ok(Node::File(File { meta, xattrs, content }))
    }
}
