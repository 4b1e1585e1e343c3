//! What a directory holds.

use crate::{Directory, FileContent, Meta, TreeError, Xattrs};
use std::sync::Arc;

/// An entry of a directory. [`Node::view`] sees what is behind a name, however many others it has.
#[derive(Debug, Clone)]
pub enum Node {
    /// A directory.
    Directory(Directory),
    /// A regular file.
    File(File),
    /// A symbolic link.
    Symlink(Symlink),
    /// A device, fifo or socket.
    Special(Special),
    /// One of several names of the same file.
    Linked(Linked),
}

/// A node behind a name; see [`Node::view`].
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub enum View<'a> {
    Directory(&'a Directory),
    File(&'a File),
    Symlink(&'a Symlink),
    Special(&'a Special),
}

impl Node {
    /// What is behind the name: hard links are seen through.
    pub fn view(&self) -> View<'_> {
        match self {
            Self::Directory(d) => View::Directory(d),
            Self::File(f) => View::File(f),
            Self::Symlink(s) => View::Symlink(s),
            Self::Special(s) => View::Special(s),
            // Never another link, see `Linked`.
            Self::Linked(l) => l.0.view(),
        }
    }

    /// The node's metadata.
    pub fn meta(&self) -> &Meta {
        self.view().meta()
    }

    /// The node's extended attributes.
    pub fn xattrs(&self) -> &Xattrs {
        self.view().xattrs()
    }
}

impl<'a> View<'a> {
    /// The node's metadata.
    pub fn meta(self) -> &'a Meta {
        match self {
            Self::Directory(d) => &d.meta,
            Self::File(f) => &f.meta,
            Self::Symlink(s) => &s.meta,
            Self::Special(s) => &s.meta,
        }
    }

    /// The node's extended attributes.
    pub fn xattrs(self) -> &'a Xattrs {
        match self {
            Self::Directory(d) => &d.xattrs,
            Self::File(f) => &f.xattrs,
            Self::Symlink(s) => &s.xattrs,
            Self::Special(s) => &s.xattrs,
        }
    }
}

/// A regular file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Mode, owner, time.
    pub meta: Meta,
    /// Extended attributes.
    pub xattrs: Xattrs,
    /// What it holds.
    pub content: FileContent,
}

impl File {
    /// A file without extended attributes.
    pub fn new(meta: Meta, content: impl Into<FileContent>) -> Self {
        Self { meta, xattrs: Xattrs::new(), content: content.into() }
    }
}

/// A symbolic link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symlink {
    /// Mode, owner, time; the mode is 0o777 by convention.
    pub meta: Meta,
    /// Extended attributes (Linux lets a symbolic link have no `user.` ones).
    pub xattrs: Xattrs,
    target: Box<[u8]>,
}

impl Symlink {
    /// Longest target, in bytes: longer ones nothing follows.
    pub const TARGET_MAX: usize = 4095;

    /// A link to `target`, without extended attributes.
    ///
    /// # Errors
    /// [`TreeError::SymlinkTarget`]: no byte, more than 4095, or a NUL among them.
    pub fn new(meta: Meta, target: &[u8]) -> Result<Self, TreeError> {
        let (len, nul) = (target.len(), target.contains(&0));
        if len == 0 || len > Self::TARGET_MAX || nul {
            return Err(TreeError::SymlinkTarget { len, nul });
        }
        Ok(Self { meta, xattrs: Xattrs::new(), target: target.into() })
    }

    /// Where it points: any bytes but NUL, at least one.
    pub fn target(&self) -> &[u8] {
        &self.target
    }
}

/// A device, fifo or socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Special {
    /// Mode, owner, time.
    pub meta: Meta,
    /// Extended attributes.
    pub xattrs: Xattrs,
    /// Which of them.
    pub kind: SpecialKind,
}

impl Special {
    /// One without extended attributes.
    pub fn new(meta: Meta, kind: SpecialKind) -> Self {
        Self { meta, xattrs: Xattrs::new(), kind }
    }
}

/// Nodes that are nothing but a type and perhaps a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpecialKind {
    /// A block device.
    Block(DeviceNumber),
    /// A character device.
    Character(DeviceNumber),
    /// A named pipe.
    Fifo,
    /// A socket in the file system.
    Socket,
}

/// Major and minor number of a device: 12 and 20 bits, as in Linux.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceNumber {
    major: u32,
    minor: u32,
}

impl DeviceNumber {
    /// Checks the numbers.
    ///
    /// # Errors
    /// [`TreeError::DeviceNumber`].
    pub fn new(major: u32, minor: u32) -> Result<Self, TreeError> {
        if major >= 1 << 12 || minor >= 1 << 20 {
            return Err(TreeError::DeviceNumber { major, minor });
        }
        Ok(Self { major, minor })
    }

    /// The driver: below 2^12.
    pub fn major(self) -> u32 {
        self.major
    }

    /// The driver's device: below 2^20.
    pub fn minor(self) -> u32 {
        self.minor
    }
}

/// One name of a file that may have others: each clone of it put into a tree is one more.
///
/// Never a directory, and never a link to a link; both by construction. How many names there are
/// is a matter of counting them: [`Directory::links`]. [`Directory::link`] makes one from paths.
#[derive(Debug, Clone)]
pub struct Linked(Arc<Node>);

impl Linked {
    /// Makes a file that can have several names. What is linked already stays the same file.
    ///
    /// # Errors
    /// [`TreeError::LinkedDirectory`].
    pub fn new(node: Node) -> Result<Self, TreeError> {
        match node {
            Node::Directory(_) => Err(TreeError::LinkedDirectory { path: ".".into() }),
            Node::Linked(linked) => Ok(linked),
            node => Ok(Self(Arc::new(node))),
        }
    }

    /// Tells this file from all others for as long as any of its names exists. Of no meaning
    /// beyond that: it differs from run to run, and must not be sorted by.
    pub fn identity(&self) -> FileIdentity {
        FileIdentity(Arc::as_ptr(&self.0).addr())
    }
}

/// See [`Linked::identity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileIdentity(usize);
