//! Reading a directory on disk as a tree.

mod examine;
mod failure;
mod helper;
mod holes;
mod sources;
mod xattrs;

pub use sources::DirectorySources;

use crate::Error;
use crate::error::shown;
use examine::{Found, Leaf, LeafKind, Listed};
use failure::{Failure, cannot};
use file_tree::{
    Directory, File, FileContent, Linked, Meta, MetadataPolicy, Name, Node, NodeType, Special,
    Symlink, Timestamp, TreeError,
};
use helper::{Examined, Helper};
use image_layout::{Content, SourceId};
use input_file::FileStamp;
use rustix::fs::{CWD, Dir, Mode, OFlags, Stat, fstat, openat};
use sources::{DIRECTORY, check};
use std::collections::BTreeMap;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;

/// Most directories that are open at a time; those further up are opened again on the way back.
const OPEN: usize = 64;

/// Number of entries that are examined in one go.
const BATCH: usize = 512;

/// Reads the tree below `root`, which may be a symbolic link to a directory; no other link is
/// followed. Each file's contents get a [`SourceId`], from `first` on.
///
/// Names of the same file become hard links, holes of files stay holes, and files of other file
/// systems mounted below `root` are part of the tree.
///
/// # Errors
/// [`Error::Io`] names what cannot be read, [`Error::Changed`] what changed meanwhile, and
/// [`Error::Tree`] what a tree cannot hold.
pub fn from_directory(
    root: &Path,
    policy: &MetadataPolicy,
    first: SourceId,
) -> Result<(Directory, DirectorySources), Error> {
    let path = shown(root.as_os_str().as_encoded_bytes());
    let flags = DIRECTORY.difference(OFlags::NOFOLLOW);
    let fd = openat(CWD, root, flags, Mode::empty())
        .map_err(|e| Error::io(&path, "cannot be opened as a directory")(e.into()))?;
    let stat = fstat(&fd).map_err(|e| Error::io(&path, "cannot be examined")(e.into()))?;
    let keep = fd.try_clone().map_err(Error::io(&path, "cannot be kept open"))?;
    let sources = DirectorySources::new(root.to_path_buf(), keep, first, FileStamp::from(&stat));
    std::thread::scope(|scope| {
        let helper = Helper::start(scope, policy);
        let (linked, levels) = (BTreeMap::new(), Vec::new());
        let mut walk = Walk { policy, helper, sources, linked, levels };
        walk.enter(None, 0, fd, &stat)?;
        walk.run()
    })
}

struct Walk<'a> {
    policy: &'a MetadataPolicy,
    helper: Helper<'a>,
    sources: DirectorySources,
    /// Files with several names, by device and inode.
    linked: BTreeMap<(u64, u64), Linked>,
    /// The directories from the root to the one that is being read.
    levels: Vec<Level>,
}

/// A directory that is being read.
struct Level {
    name: Option<Name>,
    /// The directory's index in `sources`.
    index: u32,
    /// The open directory; `None` while it is closed because too many are open.
    fd: Option<Arc<OwnedFd>>,
    stamp: FileStamp,
    /// The entries that are still to be examined, the next one last.
    names: Vec<Listed>,
    /// The entries that were examined and are still to be put into the tree.
    examined: std::vec::IntoIter<Examined>,
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
    /// The path of `name` in the directory that is being read.
    fn path(&self, name: Option<&Name>) -> String {
        let index = self.levels.last().map_or(0, |level| level.index);
        self.sources.path(index, name.map(Name::as_bytes))
    }

    /// Starts to read a directory, open as `fd`.
    fn enter(
        &mut self,
        name: Option<Name>,
        index: u32,
        fd: OwnedFd,
        stat: &Stat,
    ) -> Result<(), Error> {
        let path = || self.sources.path(index, None);
        let fail = |e: rustix::io::Errno| Error::io(path(), "cannot be listed")(e.into());
        let mut names = Vec::new();
        for entry in Dir::read_from(&fd).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let bytes = entry.file_name().to_bytes();
            if bytes != b"." && bytes != b".." {
                let path = || format!("{}/{}", path(), shown(bytes));
                let name = Name::new(bytes);
                let name = name.map_err(|source| Error::Name { path: path(), source })?;
                names.push((name, entry.file_type()));
            }
        }
        names.sort_unstable_by(|a, b| b.0.cmp(&a.0));
        let mut directory = Directory::new(self.policy.meta(meta(stat), NodeType::Directory));
        directory.xattrs = xattrs::of_open(&fd, self.policy).map_err(|e| e.at(path()))?;
        let (stamp, fd) = (FileStamp::from(stat), Some(Arc::new(fd)));
        let examined = Vec::new().into_iter();
        self.levels.push(Level { name, index, fd, stamp, names, examined, directory });
        if let Some(above) = self.levels.len().checked_sub(OPEN) {
            // The root is open in `sources` anyway.
            self.levels[above].fd = None;
        }
        Ok(())
    }

    /// Reads everything, without recursion.
    fn run(mut self) -> Result<(Directory, DirectorySources), Error> {
        while let Some(level) = self.levels.last_mut() {
            if let Some((name, found)) = level.examined.next() {
                self.entry(name, found)?;
                continue;
            }
            if let Some(fd) = level.fd.as_ref().filter(|_| !level.names.is_empty()) {
                let mut batch = level.names.split_off(level.names.len().saturating_sub(BATCH));
                batch.reverse();
                level.examined = self.helper.examine(fd, batch).into_iter();
                continue;
            }
            let Some(done) = self.leave()? else { continue };
            return Ok((done, self.sources));
        }
        unreachable!("the root's level returns when it ends")
    }

    /// Ends a directory and puts it into the one above; returns it when it is the root.
    fn leave(&mut self) -> Result<Option<Directory>, Error> {
        let Some(mut level) = self.levels.pop() else { return Ok(None) };
        let path = || self.sources.path(level.index, None);
        let fail = |e: rustix::io::Errno| Error::io(path(), "cannot be examined")(e.into());
        if let Some(fd) = &level.fd {
            check(&level.stamp, &fstat(fd).map_err(fail)?, path)?;
        }
        level.directory.shrink_to_fit();
        let (Some(name), Some(parent)) = (level.name, self.levels.last_mut()) else {
            return Ok(Some(level.directory));
        };
        if parent.fd.is_none()
            && let Some(fd) = level.fd
        {
            let up = DIRECTORY;
            let fd = openat(&fd, "..", up, Mode::empty()).map_err(fail)?;
            check(&parent.stamp, &fstat(&fd).map_err(fail)?, path)?;
            parent.fd = Some(Arc::new(fd));
        }
        let put = parent.directory.insert_entry(name, Node::Directory(level.directory));
        put.map_err(|source| Error::Tree { path: path(), source })?;
        Ok(None)
    }

    /// Puts one entry of the directory on top into the tree, or starts to read it.
    fn entry(&mut self, name: Name, found: Result<Found, Failure>) -> Result<(), Error> {
        let Some(Level { fd: Some(fd), index, .. }) = self.levels.last() else { return Ok(()) };
        let index = *index;
        let leaf = match found.map_err(|e| e.at(self.path(Some(&name))))? {
            Found::Leaf(leaf) => leaf,
            Found::Directory => {
                let (fd, stat) = open(fd, &name).map_err(|e| e.at(self.path(Some(&name))))?;
                let index = self.sources.add_directory(index, &name, FileStamp::from(&stat))?;
                return self.enter(Some(name), index, fd, &stat);
            }
        };
        let node = self.names(index, &name, leaf)?;
        let put = match self.levels.last_mut() {
            Some(level) => level.directory.insert_entry(name, node),
            None => Ok(()),
        };
        put.map_err(|source| Error::Tree { path: self.path(None), source })
    }

    /// The node for one of the names of `leaf`.
    fn names(&mut self, index: u32, name: &Name, leaf: Leaf) -> Result<Node, Error> {
        if leaf.stat.st_nlink < 2 {
            return self.leaf(index, name, leaf);
        }
        let identity = (leaf.stat.st_dev, leaf.stat.st_ino);
        if let Some(linked) = self.linked.get(&identity) {
            return Ok(Node::Linked(linked.clone()));
        }
        let linked = Linked::new(self.leaf(index, name, leaf)?);
        let linked = linked.map_err(|source| self.tree(name, source))?;
        self.linked.insert(identity, linked.clone());
        Ok(Node::Linked(linked))
    }

    fn tree(&self, name: &Name, source: TreeError) -> Error {
        Error::Tree { path: self.path(Some(name)), source }
    }

    fn leaf(&mut self, index: u32, name: &Name, leaf: Leaf) -> Result<Node, Error> {
        let Leaf { stat, xattrs, kind } = leaf;
        let meta = |kind| self.policy.meta(meta(&stat), kind);
        Ok(match kind {
            LeafKind::File(data) => {
                let meta = meta(NodeType::File);
                let content = self.content(index, name, &stat, data)?;
                Node::File(File { meta, xattrs, content })
            }
            LeafKind::Symlink(target) => {
                let link = Symlink::new(meta(NodeType::Symlink), &target);
                let mut link = link.map_err(|source| self.tree(name, source))?;
                link.xattrs = xattrs;
                Node::Symlink(link)
            }
            LeafKind::Special(kind) => {
                Node::Special(Special { meta: meta(NodeType::Special), xattrs, kind })
            }
        })
    }

    /// The contents of a file, which becomes a source unless it has none.
    fn content(
        &mut self,
        index: u32,
        name: &Name,
        stat: &Stat,
        data: Option<Vec<Range<u64>>>,
    ) -> Result<FileContent, Error> {
        // OK to cast: not negative.
        let len = stat.st_size as u64;
        if len == 0 {
            self.sources.add_empty(index, name, FileStamp::from(stat))?;
            return Ok(FileContent::empty());
        }
        let id = self.sources.add_file(index, name, FileStamp::from(stat))?;
        let Some(data) = data else { return Ok(Content::Source { id, offset: 0, len }.into()) };
        let mut pieces = Vec::new();
        let mut at = 0;
        for Range { start, end } in data {
            pieces.push(Content::Zero { len: start - at });
            pieces.push(Content::Source { id, offset: start, len: end - start });
            at = end;
        }
        pieces.push(Content::Zero { len: len - at });
        FileContent::from_pieces(pieces).map_err(|source| self.tree(name, source))
    }
}

/// Opens a directory in another.
fn open(dir: &OwnedFd, name: &Name) -> Result<(OwnedFd, Stat), Failure> {
    let fd = openat(dir, name.as_bytes(), DIRECTORY, Mode::empty())
        .map_err(cannot("cannot be opened"))?;
    let stat = fstat(&fd).map_err(cannot("cannot be examined"))?;
    Ok((fd, stat))
}
