//! The tree as the file system sees it: a list of inodes, each with its number and its needs.

use crate::checksum::Checksums;
use crate::directory::{self, Member};
use crate::feature::Feature;
use crate::format::dir_entry::{FT_DIR, FT_REG_FILE, FT_SYMLINK};
use crate::format::inode::number;
use crate::hash_tree::{HashTree, Hashing};
use crate::map::Map;
use crate::sparse::{self, Run};
use crate::xattr::{Blocks, Divided, Unfit};
use crate::{BlockSize, Error, Flavour, InodeSize, Options, special};
use file_tree::{
    Directory, FileContent, FileIdentity, Meta, Name, Node, SpecialKind, Timestamp, View,
};
use std::collections::BTreeMap;

/// Links that Linux lets a file of ext2 or ext3 have, and one of ext4.
const LINKS_MAX: [u64; 2] = [32_000, 65_000];
/// Longest directory in bytes: its size has 31 bits.
const DIRECTORY_MAX: u64 = i32::MAX as u64;
/// A symbolic link's target below this many bytes lies in the inode instead of the block map.
const FAST_SYMLINK: usize = 60;
/// Room that `mke2fs` gives to lost+found, so that e2fsck finds it even in a full file system.
const LOST_AND_FOUND_BYTES: u64 = 16 << 10;

const LOST_AND_FOUND: &[u8] = b"lost+found";

/// An entry of the tree. There are as many as files: they are small, and refer to the tree for the
/// rest.
#[derive(Debug)]
struct Item<'a> {
    /// `None`: a lost+found that the tree does not have.
    node: Option<View<'a>>,
    /// `None` for the root, and for a lost+found that the tree does not have.
    name: Option<&'a Name>,
    /// Index of the directory that holds it; its own for the root.
    parent: u32,
    /// The inode; names of one file have the same.
    inode: u32,
    role: Role,
}

/// The role of an entry among the others.
#[derive(Debug, Clone, Copy)]
enum Role {
    Directory {
        /// Index of the first of its entries; the others follow.
        first: u32,
        /// Directories among them.
        subdirectories: u32,
    },
    /// An entry that is no directory, with the number of names that its file has.
    Leaf { names: u32 },
    /// A hard link: a further name of the item at this index, which comes before.
    Link { file: u32 },
}

/// The kind of an entry, with what its inode will hold.
#[derive(Debug)]
pub(crate) enum NodeKind<'a> {
    /// A directory, with the number of directories in it.
    Directory {
        subdirectories: u64,
    },
    File(&'a FileContent),
    Symlink(&'a [u8]),
    Special(SpecialKind),
    /// A hard link: a further name of another item.
    Link,
}

/// The room that a tree takes of a file system with blocks of some size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Demand {
    /// Blocks of contents and directories, by index.
    pub data: Vec<u64>,
    /// The sum of them with their maps: exactly for block maps, at the least for extents.
    pub blocks: u64,
    /// Inodes beside the reserved ones.
    pub inodes: u64,
}

/// All inodes: the root, lost+found, then the others, every directory's entries together.
#[derive(Debug)]
pub(crate) struct InodeList<'a> {
    items: Vec<Item<'a>>,
    inode_size: InodeSize,
    /// The first name of every file that may have several.
    linked: BTreeMap<FileIdentity, u32>,
    /// Inodes, reserved ones left out.
    inodes: u32,
    map: Map,
    hashing: Option<Hashing>,
    checksums: Checksums,
    resize_inode: bool,
    links_max: u64,
    dir_nlink: bool,
    /// The metadata of a lost+found that the tree does not have.
    made: Meta,
}

/// The entries of a directory as they lie in its blocks.
pub(crate) enum Entries<'a> {
    /// Entries one behind the other, in so many blocks.
    Linear(u64),
    Hashed(HashTree<'a>),
}

/// Index of the root directory.
pub(crate) const ROOT: usize = 0;
/// Index of lost+found.
const LPF: usize = 1;

impl<'a> InodeList<'a> {
    /// Walks the tree once.
    pub fn new(tree: &'a Directory, options: &Options) -> Result<Self, Error> {
        let own = tree.entries().find(|(name, _)| name.as_bytes() == LOST_AND_FOUND);
        let (node, name) = match own {
            None => (None, None),
            Some((name, Node::Directory(own))) => (Some(View::Directory(own)), Some(name)),
            Some(_) => return Err(Error::LostAndFound),
        };
        let role = Role::Directory { first: 0, subdirectories: 0 };
        let lost_and_found = Item { node, name, parent: 0, inode: number::FIRST, role };
        let node = Some(View::Directory(tree));
        let root = Item { node, name: None, parent: 0, inode: number::ROOT, role };
        let levels = if options.has(Feature::LargeDir) { 2 } else { 1 };
        let hashed = options.hashed_directories && options.has(Feature::DirIndex);
        let mut list = Self {
            items: vec![root, lost_and_found],
            inode_size: options.inode_size,
            linked: BTreeMap::new(),
            inodes: 1,
            map: Map::new(options),
            hashing: hashed.then_some(Hashing { seed: options.hash_seed, levels }),
            checksums: Checksums::new(options),
            resize_inode: options.has(Feature::ResizeInode),
            links_max: LINKS_MAX[usize::from(options.flavour == Flavour::Ext4)],
            dir_nlink: options.has(Feature::DirNlink),
            made: Meta::root(0o700, options.time),
        };
        let mut index = 0;
        while let Some(item) = list.items.get(index) {
            if let Some(View::Directory(directory)) = item.node {
                list.enter(index, directory)?;
            }
            list.check(index, options)?;
            index += 1;
        }
        Ok(list)
    }

    /// `index` as items keep it.
    fn short(index: usize) -> Result<u32, Error> {
        u32::try_from(index).map_err(|_| Error::TooManyEntries { max: u32::MAX })
    }

    /// Lists the entries of the directory at `index`.
    fn enter(&mut self, index: usize, directory: &'a Directory) -> Result<(), Error> {
        let first = Self::short(self.items.len())?;
        let mut subdirectories = u32::from(index == ROOT);
        for (name, node) in directory.entries() {
            if index != ROOT || name.as_bytes() != LOST_AND_FOUND {
                subdirectories += u32::from(matches!(node, Node::Directory(_)));
                self.push(node, Self::short(index)?, name)?;
            }
        }
        self.items[index].role = Role::Directory { first, subdirectories };
        Ok(())
    }

    /// Lists one entry of the directory at `parent`.
    fn push(&mut self, node: &'a Node, parent: u32, name: &'a Name) -> Result<(), Error> {
        let own = Self::short(self.items.len())?;
        // OK to wrap: a geometry that has no inode for every item is refused.
        let mut inode = number::FIRST.wrapping_add(self.inodes);
        let mut role = match node {
            Node::Directory(_) => Role::Directory { first: 0, subdirectories: 0 },
            _ => Role::Leaf { names: 1 },
        };
        if let Node::Linked(linked) = node {
            let file = *self.linked.entry(linked.identity()).or_insert(own);
            if let Some(Item { inode: its, role: Role::Leaf { names }, .. }) =
                self.items.get_mut(file as usize)
            {
                *names += 1;
                (inode, role) = (*its, Role::Link { file });
            }
        }
        self.inodes += u32::from(!matches!(role, Role::Link { .. }));
        self.items.push(Item { node: Some(node.view()), name: Some(name), parent, inode, role });
        Ok(())
    }

    /// Refuses what no block size makes possible.
    fn check(&self, index: usize, options: &Options) -> Result<(), Error> {
        let (first, last) = options.inode_size.seconds();
        let Timestamp { seconds, nanoseconds } = self.meta(index).mtime;
        if !(first..=last).contains(&seconds) || nanoseconds > 999_999_999 {
            let what = format!("`{}`", self.path(index));
            return Err(Error::Time { what, seconds, nanoseconds, first, last });
        }
        match self.items[index].role {
            Role::Directory { subdirectories, .. } => {
                let count = u64::from(subdirectories);
                if count + 2 <= self.links_max || self.dir_nlink {
                    return Ok(());
                }
                let (path, max) = (self.path(index), self.links_max - 2);
                Err(Error::TooManySubdirectories { path, count, max })
            }
            Role::Link { file } if self.names(file as usize) > self.links_max => {
                let (path, max) = (self.path(file as usize), self.links_max);
                Err(Error::TooManyLinks { path, max })
            }
            Role::Leaf { .. } | Role::Link { .. } => Ok(()),
        }
    }

    /// The kind of map by which inodes find their blocks.
    pub fn map(&self) -> Map {
        self.map
    }

    pub fn has_resize_inode(&self) -> bool {
        self.resize_inode
    }

    /// Links of a directory with so many subdirectories: 1, when they cannot be counted.
    pub fn links(&self, subdirectories: u64) -> u16 {
        // OK to cast: at most 65,000.
        if subdirectories + 2 > self.links_max { 1 } else { subdirectories as u16 + 2 }
    }

    /// Inodes of the tree, reserved ones left out.
    pub fn inodes(&self) -> u64 {
        self.inodes.into()
    }

    /// The number of entries, by index: every inode, and every further name of one.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// The kind of the item at `index`.
    pub fn kind(&self, index: usize) -> NodeKind<'a> {
        let item = &self.items[index];
        match (item.role, item.node) {
            (Role::Directory { subdirectories, .. }, _) => {
                NodeKind::Directory { subdirectories: subdirectories.into() }
            }
            (Role::Link { .. }, _) => NodeKind::Link,
            (_, Some(View::File(f))) => NodeKind::File(&f.content),
            (_, Some(View::Symlink(s))) => NodeKind::Symlink(s.target()),
            (_, Some(View::Special(s))) => NodeKind::Special(s.kind),
            (Role::Leaf { .. }, Some(View::Directory(_)) | None) => {
                unreachable!("what is a directory has the role of one")
            }
        }
    }

    /// Mode, owner and time of the item at `index`.
    pub fn meta(&self, index: usize) -> &Meta {
        self.items[index].node.map_or(&self.made, View::meta)
    }

    /// The number of names of the file at `index`, 1 for most; 0 for a directory, and for a further
    /// name of a file.
    pub fn names(&self, index: usize) -> u64 {
        match self.items[index].role {
            Role::Leaf { names } => names.into(),
            Role::Directory { .. } | Role::Link { .. } => 0,
        }
    }

    /// The inode number of the item at `index`.
    pub fn inode(&self, index: usize) -> u32 {
        self.items[index].inode
    }

    /// Path of the item at `index`, from the tree's root.
    pub fn path(&self, mut index: usize) -> String {
        let mut parts = Vec::new();
        while index != ROOT {
            let item = &self.items[index];
            parts.push(item.name.map_or_else(|| "lost+found".into(), ToString::to_string));
            index = item.parent as usize;
        }
        parts.push(String::new());
        parts.reverse();
        if parts.len() == 1 { "/".into() } else { parts.join("/") }
    }

    /// The entries of the directory at `index`, `.` and `..` first; none for what is no directory.
    pub fn members(&self, index: usize) -> impl Iterator<Item = Member<'a>> {
        let this = &self.items[index];
        let (first, count) = match (this.node, this.role) {
            (Some(View::Directory(d)), Role::Directory { first, .. }) => {
                let own = d.entries().len();
                let listed = usize::from(index == ROOT && self.items[LPF].name.is_some());
                (first as usize, own - listed)
            }
            _ => (0, 0),
        };
        let directory = |name, index| Member { name, inode: self.inode(index), file_type: FT_DIR };
        let lost_and_found = (index == ROOT).then(|| directory(LOST_AND_FOUND, LPF));
        let head = [directory(b".", index), directory(b"..", this.parent as usize)];
        let entries = self.items[first..first + count].iter().map(|item| Member {
            name: item.name.map_or(LOST_AND_FOUND, Name::as_bytes),
            inode: item.inode,
            file_type: file_type(item.node),
        });
        head.into_iter().chain(lost_and_found).chain(entries)
    }

    /// The entries of the directory at `index` as they lie in blocks of this size: hashed, if they
    /// may be, need more than one block, and the index has levels enough.
    pub fn entries(&self, index: usize, block_size: BlockSize) -> Entries<'a> {
        let tail = self.checksums.inode_seed(self.inode(index)).dir_tail();
        let linear = directory::blocks(self.members(index), block_size, tail);
        let hashed = match self.hashing {
            Some(hashing) if linear > 1 && index != LPF => {
                // OK to cast: at most 4096.
                let block = block_size.bytes() as usize;
                HashTree::new(self.members(index), hashing, block, tail)
            }
            _ => None,
        };
        hashed.map_or(Entries::Linear(linear), Entries::Hashed)
    }

    /// The extended attributes of the item at `index`, divided between inode and block.
    ///
    /// # Errors
    /// What does not go with blocks of this size.
    pub fn xattrs(&self, index: usize, block_size: BlockSize) -> Result<Divided<'a>, Error> {
        let item = &self.items[index];
        let own = item.node.filter(|_| !matches!(item.role, Role::Link { .. })).map(View::xattrs);
        let Some(xattrs) = own.filter(|all| !all.is_empty()) else {
            return Ok(Divided::default());
        };
        Divided::new(xattrs, self.inode_size, block_size).map_err(|unfit| {
            let path = self.path(index);
            match unfit {
                Unfit::Namespace { name } => Error::XattrNamespace { path, name },
                Unfit::TooLarge { needed, available } => {
                    Error::XattrsTooLarge { path, needed, available }
                }
            }
        })
    }

    /// The blocks of extended attributes of the whole tree.
    ///
    /// # Errors
    /// What does not go with blocks of this size.
    pub fn xattr_blocks(&self, block_size: BlockSize) -> Result<Blocks<'a>, Error> {
        let mut blocks = Blocks::default();
        for index in 0..self.items.len() {
            blocks.count(self.xattrs(index, block_size)?);
        }
        Ok(blocks)
    }

    /// The runs in which the item at `index` has its `blocks` blocks of data.
    pub fn runs(&self, index: usize, blocks: u64, block_size: BlockSize) -> Vec<Run> {
        match self.kind(index) {
            NodeKind::File(content) if content.is_sparse() => sparse::runs(content, block_size),
            _ => sparse::dense(blocks),
        }
    }

    /// Blocks of data of the item at `index`, without the indirect ones.
    ///
    /// # Errors
    /// What does not go with blocks of this size.
    fn data_blocks(&self, index: usize, block_size: BlockSize) -> Result<u64, Error> {
        let bytes = u64::from(block_size.bytes());
        match self.kind(index) {
            NodeKind::Directory { .. } => {
                let blocks = match self.entries(index, block_size) {
                    Entries::Linear(blocks) => blocks,
                    Entries::Hashed(tree) => tree.blocks(),
                };
                let len = blocks * bytes;
                if len > DIRECTORY_MAX {
                    let path = self.path(index);
                    return Err(Error::DirectoryTooLarge { path, len, max: DIRECTORY_MAX });
                }
                let least =
                    if index == LPF { LOST_AND_FOUND_BYTES.div_ceil(bytes).min(12) } else { 0 };
                Ok(blocks.max(least))
            }
            NodeKind::File(content) => {
                let (len, max) = (content.len(), self.map.longest_file(block_size));
                if len > max {
                    let path = self.path(index);
                    return Err(Error::FileTooLarge {
                        path,
                        len,
                        block_size: block_size.bytes(),
                        max,
                        extents: self.map == Map::Extents,
                    });
                }
                Ok(sparse::blocks(&sparse::runs(content, block_size)))
            }
            NodeKind::Symlink(target) => {
                // OK to cast: a block has at most 4096 bytes.
                let (len, max) = (target.len(), bytes as usize - 1);
                if len > max {
                    let path = self.path(index);
                    return Err(Error::SymlinkTarget { path, len, max });
                }
                Ok((len >= FAST_SYMLINK).into())
            }
            NodeKind::Special(_) | NodeKind::Link => Ok(0),
        }
    }

    /// The room that the whole tree takes.
    ///
    /// # Errors
    /// What does not go with blocks of this size.
    pub fn demand(&self, block_size: BlockSize) -> Result<Demand, Error> {
        let data = (0..self.items.len())
            .map(|index| self.data_blocks(index, block_size))
            .collect::<Result<Vec<_>, _>>()?;
        let with_map = |(index, n): (usize, &u64)| {
            n + self.map.least_blocks(&self.runs(index, *n, block_size), block_size)
        };
        let blocks: u64 = data.iter().enumerate().map(with_map).sum();
        let blocks = blocks + self.xattr_blocks(block_size)?.len();
        Ok(Demand { data, blocks, inodes: self.inodes() })
    }
}

/// `FT_*` of what is behind a name.
fn file_type(node: Option<View<'_>>) -> u8 {
    match node {
        Some(View::Directory(_)) | None => FT_DIR,
        Some(View::File(_)) => FT_REG_FILE,
        Some(View::Symlink(_)) => FT_SYMLINK,
        Some(View::Special(s)) => special::file_type(s.kind),
    }
}
