//! The tree as the file system sees it: a list of inodes, each with its number and its needs.

use crate::checksum::Checksums;
use crate::directory::{self, Member};
use crate::feature::Feature;
use crate::format::dir_entry::{FT_DIR, FT_REG_FILE, FT_SYMLINK};
use crate::format::inode::number;
use crate::hash_tree::{HashTree, Hashing};
use crate::map::Map;
use crate::{BlockSize, Error, Flavour, Options};
use file_tree::{Directory, Meta, Name, Node, Timestamp};
use image_layout::Content;

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
    pub kind: Kind<'a>,
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
    File(&'a Content),
    Symlink(&'a [u8]),
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
                kind: Kind::Directory { directory: None, first: 0, subdirectories: 0 },
                parent: ROOT,
                name: None,
            },
            Some((name, node @ Node::Directory(_))) => Item::new(node, ROOT, Some(name)),
            Some(_) => return Err(Error::LostAndFound),
        };
        let root = Kind::Directory { directory: Some(tree), first: 0, subdirectories: 0 };
        let root = Item { meta: tree.meta, kind: root, parent: ROOT, name: None };
        let levels = if options.has(Feature::LargeDir) { 2 } else { 1 };
        let hashed = options.hashed_directories && options.has(Feature::DirIndex);
        let mut survey = Self {
            items: vec![root, lost_and_found],
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
                self.items.push(Item::new(node, index, Some(name)));
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

    /// All inodes, by index.
    pub fn items(&self) -> &[Item<'a>] {
        &self.items
    }

    /// The inode number of the item at `index`.
    pub fn inode(&self, index: usize) -> u32 {
        match index {
            ROOT => number::ROOT,
            // OK to cast: the geometry has an inode for every item, numbered in 32 bits.
            _ => number::FIRST + (index - LPF) as u32,
        }
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
        let inode = self.inode(first);
        let entries = self.items[first..first + count].iter().zip(inode..);
        let entries = entries.map(|(item, inode)| Member {
            name: item.name.map_or(LOST_AND_FOUND, Name::as_bytes),
            inode,
            file_type: item.kind.file_type(),
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
                // A file of nothing but zeros is one hole.
                Ok(if matches!(content, Content::Zero { .. }) { 0 } else { len.div_ceil(bytes) })
            }
            Kind::Symlink(target) => {
                // OK to cast: a block has at most 4096 bytes.
                let (len, max) = (target.len(), bytes as usize - 1);
                let nul = target.contains(&0);
                if len == 0 || len > max || nul {
                    let path = self.path(index);
                    return Err(Error::SymlinkTarget { path, len, nul, max });
                }
                Ok((len >= FAST_SYMLINK).into())
            }
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
        let blocks = data.iter().map(|n| n + self.map.least_blocks(*n, block_size)).sum();
        Ok(Demand { data, blocks, inodes: self.items.len() as u64 - 1 })
    }
}

impl<'a> Item<'a> {
    fn new(node: &'a Node, parent: usize, name: Option<&'a Name>) -> Self {
        let kind = match node {
            Node::Directory(d) => {
                Kind::Directory { directory: Some(d), first: 0, subdirectories: 0 }
            }
            Node::File(f) => Kind::File(&f.content),
            Node::Symlink(s) => Kind::Symlink(&s.target),
        };
        Self { meta: *node.meta(), kind, parent, name }
    }
}

impl Kind<'_> {
    fn file_type(&self) -> u8 {
        match self {
            Self::Directory { .. } => FT_DIR,
            Self::File(_) => FT_REG_FILE,
            Self::Symlink(_) => FT_SYMLINK,
        }
    }
}
