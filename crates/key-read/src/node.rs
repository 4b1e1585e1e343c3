//! Files and directories, of whichever file system.

use fs_ext::read::{FileType, Inode};

/// A file, a directory or whatever else a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub(crate) origin: Origin,
}

/// The name or number by which a file system knows a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Ext(Inode),
    Fat { node: fs_fat::read::Node, modified: Option<i64> },
}

/// A name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The name: any bytes but `/` and NUL.
    pub name: Vec<u8>,
    /// Its other name in FAT, of eight and three characters.
    pub short_name: Option<String>,
    pub(crate) target: Target,
}

/// The node that a name leads to: an inode, which is read when it is wanted, or what FAT has beside the
/// name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Inode(u32),
    Node(Box<Node>),
}

impl Node {
    /// The kind.
    pub fn kind(&self) -> FileType {
        match &self.origin {
            Origin::Ext(inode) => inode.kind,
            Origin::Fat { node: fs_fat::read::Node::File { .. }, .. } => FileType::File,
            Origin::Fat { .. } => FileType::Directory,
        }
    }

    /// Length of a file in bytes; of a symbolic link, of its target. Of anything else it means
    /// nothing.
    pub fn len(&self) -> u64 {
        match &self.origin {
            Origin::Ext(inode) => inode.len,
            Origin::Fat { node: fs_fat::read::Node::File { len, .. }, .. } => (*len).into(),
            Origin::Fat { .. } => 0,
        }
    }

    /// Whether it is a file without contents.
    pub fn is_empty(&self) -> bool {
        self.kind() == FileType::File && self.len() == 0
    }

    /// Permissions, and the bits beside them; FAT has none.
    pub fn permissions(&self) -> Option<u16> {
        self.inode().map(Inode::permissions)
    }

    /// User and group; FAT has none.
    pub fn owner(&self) -> Option<(u32, u32)> {
        self.inode().map(|inode| (inode.uid(), inode.gid()))
    }

    /// Hard links; FAT has none.
    pub fn links(&self) -> Option<u16> {
        self.inode().map(|inode| inode.raw.i_links_count.get())
    }

    /// Last modification: seconds since 1970, and nanoseconds. FAT has the time of whatever zone
    /// the writer was in: it is taken for UTC.
    pub fn modified(&self) -> Option<(i64, u32)> {
        match &self.origin {
            Origin::Ext(inode) => Some(inode.modified()),
            Origin::Fat { modified, .. } => modified.map(|seconds| (seconds, 0)),
        }
    }

    /// A number that no other file or directory of the file system has, but for empty files of FAT.
    pub fn identity(&self) -> u64 {
        match &self.origin {
            Origin::Ext(inode) => inode.number.into(),
            Origin::Fat { node, .. } => match node {
                fs_fat::read::Node::Root => 0,
                fs_fat::read::Node::Directory { cluster } => (*cluster).into(),
                fs_fat::read::Node::File { cluster, .. } => (*cluster).into(),
            },
        }
    }

    /// The inode, if it is one of an ext file system.
    pub fn inode(&self) -> Option<&Inode> {
        match &self.origin {
            Origin::Ext(inode) => Some(inode),
            Origin::Fat { .. } => None,
        }
    }
}
