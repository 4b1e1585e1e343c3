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
    Directory, FileContent, FileIdentity, Meta, Name, Node, SpecialKind, Timestamp, View, Xattrs,
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

/// An inode to be.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    pub meta: Meta,
    /// `None`: a lost+found that the tree does not have.
    xattrs: Option<&'a Xattrs>,
    pub kind: Kind<'a>,
    /// Its inode; names of one file have the same.
    inode: u32,
    /// Names of the file in all; 1 for most, 0 for the second name and so on.
    pub names: u32,
    /// Index of the directory that holds it; its own for the root.
    parent: usize,
    /// `None` for the root, and for a lost+found that the tree does not have.
    name: Option<&'a Name>,
}

#[derive(Debug)]
pub(crate) enum Kind<'a> {
    Directory {
        /// `None`: a lost+found that the tree does not have.
        directory: Option<&'a Directory>,
        /// Index of the first of its entries; the others follow.
        first: usize,
        /// Directories among them.
        subdirectories: u64,
    },
    File(&'a FileContent),
    Symlink(&'a [u8]),
    Special(SpecialKind),
    /// One more name of the item at this index, which comes before.
    Link(usize),
}

/// What a tree takes of a file system with blocks of some size.
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
pub(crate) struct Survey<'a> {
    items: Vec<Item<'a>>,
    inode_size: InodeSize,
    /// The first name of every file that may have several.
    linked: BTreeMap<FileIdentity, usize>,
    /// Inodes, reserved ones left out.
    inodes: u32,
    map: Map,
    hashing: Option<Hashing>,
    checksums: Checksums,
    resize_inode: bool,
    links_max: u64,
    dir_nlink: bool,
}

/// How a directory's entries lie in its blocks.
pub(crate) enum Entries<'a> {
    /// One behind the other, in so many blocks.
    Linear(u64),
    Hashed(HashTree<'a>),
}

/// Index of the root directory.
pub(crate) const ROOT: usize = 0;
/// Index of lost+found.
const LPF: usize = 1;

impl<'a> Survey<'a> {
    /// Walks the tree once.
    pub fn new(tree: &'a Directory, options: &Options) -> Result<Self, Error> {
        let own = tree.entries().find(|(name, _)| name.as_bytes() == LOST_AND_FOUND);
        let lost_and_found = match own {
            None => Item {
                meta: Meta::root(0o700, options.time),
                xattrs: None,
                kind: Kind::Directory { directory: None, first: 0, subdirectories: 0 },
                inode: number::FIRST,
                names: 1,
                parent: ROOT,
                name: None,
            },
            Some((name, node @ Node::Directory(_))) => {
                Item::new(node, number::FIRST, ROOT, Some(name))
            }
            Some(_) => return Err(Error::LostAndFound),
        };
        let root = Kind::Directory { directory: Some(tree), first: 0, subdirectories: 0 };
        let root = Item {
            meta: tree.meta,
            xattrs: Some(&tree.xattrs),
            kind: root,
            inode: number::ROOT,
            names: 1,
            parent: ROOT,
            name: None,
        };
        let levels = if options.has(Feature::LargeDir) { 2 } else { 1 };
        let hashed = options.hashed_directories && options.has(Feature::DirIndex);
        let mut survey = Self {
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
        };
        let mut index = 0;
        while let Some(item) = survey.items.get(index) {
            if let Kind::Directory { directory: Some(directory), .. } = item.kind {
                survey.enter(index, directory);
            }
            survey.check(index, options)?;
            index += 1;
        }
        Ok(survey)
    }

    /// Lists the entries of the directory at `index`.
    fn enter(&mut self, index: usize, directory: &'a Directory) {
        let start = self.items.len();
        for (name, node) in directory.entries() {
            if index != ROOT || name.as_bytes() != LOST_AND_FOUND {
                self.push(node, index, name);
            }
        }
        let among = |kind: &Kind<'_>| matches!(kind, Kind::Directory { .. });
        let count = self.items[start..].iter().filter(|i| among(&i.kind)).count() as u64
            + u64::from(index == ROOT);
        if let Kind::Directory { first, subdirectories, .. } = &mut self.items[index].kind {
            *first = start;
            *subdirectories = count;
        }
    }

    /// Lists one entry of the directory at `parent`.
    fn push(&mut self, node: &'a Node, parent: usize, name: &'a Name) {
        // OK to wrap: a geometry that has no inode for every item is refused.
        let inode = number::FIRST.wrapping_add(self.inodes);
        let mut item = Item::new(node, inode, parent, Some(name));
        if let Node::Linked(linked) = node {
            let first = *self.linked.entry(linked.identity()).or_insert(self.items.len());
            if let Some(file) = self.items.get_mut(first) {
                file.names += 1;
                (item.inode, item.names, item.kind) = (file.inode, 0, Kind::Link(first));
                self.items.push(item);
                return;
            }
        }
        self.inodes += 1;
        self.items.push(item);
    }

    /// Refuses what no block size makes possible.
    fn check(&self, index: usize, options: &Options) -> Result<(), Error> {
        let item = &self.items[index];
        let (first, last) = options.inode_size.seconds();
        let Timestamp { seconds, nanoseconds } = item.meta.mtime;
        if !(first..=last).contains(&seconds) || nanoseconds > 999_999_999 {
            let what = format!("`{}`", self.path(index));
            return Err(Error::Time { what, seconds, nanoseconds, first, last });
        }
        match item.kind {
            Kind::Directory { subdirectories: count, .. }
                if count + 2 > self.links_max && !self.dir_nlink =>
            {
                let (path, max) = (self.path(index), self.links_max - 2);
                Err(Error::TooManySubdirectories { path, count, max })
            }
            Kind::Link(first) if u64::from(self.items[first].names) > self.links_max => {
                Err(Error::TooManyLinks { path: self.path(first), max: self.links_max })
            }
            _ => Ok(()),
        }
    }

    /// How inodes find their blocks.
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

    /// All inodes, by index.
    pub fn items(&self) -> &[Item<'a>] {
        &self.items
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
            index = item.parent;
        }
        parts.push(String::new());
        parts.reverse();
        if parts.len() == 1 { "/".into() } else { parts.join("/") }
    }

    /// The entries of the directory at `index`, `.` and `..` first; none for what is no directory.
    pub fn members(&self, index: usize) -> impl Iterator<Item = Member<'a>> {
        let this = &self.items[index];
        let (first, count) = match &this.kind {
            Kind::Directory { directory: Some(d), first, .. } => {
                let own = d.entries().len();
                let listed = usize::from(index == ROOT && self.items[LPF].name.is_some());
                (*first, own - listed)
            }
            _ => (0, 0),
        };
        let directory = |name, index| Member { name, inode: self.inode(index), file_type: FT_DIR };
        let lost_and_found = (index == ROOT).then(|| directory(LOST_AND_FOUND, LPF));
        let head = [directory(b".", index), directory(b"..", this.parent)];
        let entries = self.items[first..first + count].iter().map(|item| Member {
            name: item.name.map_or(LOST_AND_FOUND, Name::as_bytes),
            inode: item.inode,
            file_type: self.file_type(&item.kind),
        });
        head.into_iter().chain(lost_and_found).chain(entries)
    }

    /// How the entries of the directory at `index` lie in blocks of this size: hashed, if they
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

    fn file_type(&self, kind: &Kind<'_>) -> u8 {
        match kind {
            Kind::Directory { .. } => FT_DIR,
            Kind::File(_) => FT_REG_FILE,
            Kind::Symlink(_) => FT_SYMLINK,
            Kind::Special(kind) => special::file_type(*kind),
            Kind::Link(first) => self.file_type(&self.items[*first].kind),
        }
    }

    /// The extended attributes of the item at `index`, divided between inode and block.
    ///
    /// # Errors
    /// What does not go with blocks of this size.
    pub fn xattrs(&self, index: usize, block_size: BlockSize) -> Result<Divided<'a>, Error> {
        let item = &self.items[index];
        let xattrs = item.xattrs.filter(|all| !all.is_empty() && item.names > 0);
        let Some(xattrs) = xattrs else { return Ok(Divided::default()) };
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

    /// Where the item at `index`, of `blocks` blocks of data, has these.
    pub fn runs(&self, index: usize, blocks: u64, block_size: BlockSize) -> Vec<Run> {
        match self.items[index].kind {
            Kind::File(content) if content.is_sparse() => sparse::runs(content, block_size),
            _ => sparse::dense(blocks),
        }
    }

    /// Blocks of data of the item at `index`, without the indirect ones.
    ///
    /// # Errors
    /// What does not go with blocks of this size.
    fn data_blocks(&self, index: usize, block_size: BlockSize) -> Result<u64, Error> {
        let bytes = u64::from(block_size.bytes());
        match self.items[index].kind {
            Kind::Directory { .. } => {
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
            Kind::File(content) => {
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
            Kind::Symlink(target) => {
                // OK to cast: a block has at most 4096 bytes.
                let (len, max) = (target.len(), bytes as usize - 1);
                if len > max {
                    let path = self.path(index);
                    return Err(Error::SymlinkTarget { path, len, max });
                }
                Ok((len >= FAST_SYMLINK).into())
            }
            Kind::Special(_) | Kind::Link(_) => Ok(0),
        }
    }

    /// What the whole tree takes.
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

impl<'a> Item<'a> {
    fn new(node: &'a Node, inode: u32, parent: usize, name: Option<&'a Name>) -> Self {
        let kind = match node.view() {
            View::Directory(d) => {
                Kind::Directory { directory: Some(d), first: 0, subdirectories: 0 }
            }
            View::File(f) => Kind::File(&f.content),
            View::Symlink(s) => Kind::Symlink(s.target()),
            View::Special(s) => Kind::Special(s.kind),
        };
        let xattrs = Some(node.xattrs());
        Self { meta: *node.meta(), xattrs, kind, inode, names: 1, parent, name }
    }
}
