//! The reasons why a file system cannot be laid out.

use core::fmt;
use image_layout::ClaimError;
use thiserror::Error as ThisError;

/// Room for files: what a tree needs, or what a file system has beside its own tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// `blocks` in bytes.
    pub bytes: u64,
    /// Blocks: contents, directories, extended attributes, maps of all those, journal.
    pub blocks: u64,
    /// Inodes, without the ten that are reserved.
    pub inodes: u64,
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes ({} blocks) and {} inodes", self.bytes, self.blocks, self.inodes)
    }
}

/// The reason why a file system cannot be laid out. Paths start at the tree's root.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say what the numbers are
pub enum Error {
    /// The tree is larger than the file system.
    #[error(
        "the tree needs {needed}, but a file system of {size} bytes in blocks of {block_size} \
         has {available}; {}",
        match smallest {
            Some(n) => format!("it fits from {n} bytes on"),
            None => "no size holds it with these options".into(),
        }
    )]
    DoesNotFit {
        size: u64,
        block_size: u32,
        needed: Space,
        available: Space,
        /// The length by [`smallest`](crate::smallest).
        smallest: Option<u64>,
    },
    /// Block numbers have 32 bits, and the group descriptors must fit into one group.
    #[error(
        "{size} bytes are too many for blocks of {block_size}; \
         choose a larger block size or a smaller file system"
    )]
    TooLarge { size: u64, block_size: u32 },
    /// The block map, or the count of 512-byte units in the inode, ends before the file does.
    #[error(
        "`{path}` has {len} bytes; a file in blocks of {block_size} holds at most {max}{}",
        if *extents { "" } else { " without extents" }
    )]
    FileTooLarge { path: String, len: u64, block_size: u32, max: u64, extents: bool },
    /// The size of a directory has 31 bits.
    #[error("the directory `{path}` would need {len} bytes; a directory holds at most {max}")]
    DirectoryTooLarge { path: String, len: u64, max: u64 },
    /// Every subdirectory is a link to its parent, and Linux allows 32,000 links, in ext4 65,000.
    #[error(
        "`{path}` has {count} subdirectories; at most {max} are possible without \
         ext4 and its dir_nlink"
    )]
    TooManySubdirectories { path: String, count: u64, max: u64 },
    /// Linux allows 32,000 names of one file, in ext4 65,000.
    #[error(
        "`{path}` has more than {max} names; Linux allows one file 32000 in ext2 and ext3, and \
         65000 in ext4"
    )]
    TooManyLinks { path: String, max: u64 },
    /// Inodes are numbered in 32 bits, and so are the names of a tree here.
    #[error("the tree has more than {max} files, directories and names; leave some out")]
    TooManyEntries { max: u32 },
    /// A symbolic link's target is longer than a block.
    #[error(
        "the symbolic link `{path}` has a target of {len} bytes; \
         blocks of this size hold at most {max}"
    )]
    SymlinkTarget { path: String, len: usize, max: usize },
    /// Extended attributes outside the namespaces that the format knows.
    #[error(
        "`{path}` has the extended attribute `{name}`; a file system holds `user.`, `trusted.`, \
         `security.` and POSIX ACLs"
    )]
    XattrNamespace { path: String, name: String },
    /// What does not fit into the inode must fit into one block.
    #[error(
        "the extended attributes of `{path}` need {needed} bytes beside its inode, but a block \
         holds {available}; larger blocks hold more"
    )]
    XattrsTooLarge { path: String, needed: usize, available: usize },
    /// A time that an inode of this size cannot hold.
    #[error(
        "{what}: the time {seconds}.{nanoseconds:09} is outside {first} to {last} seconds \
         since 1970; inodes of 256 bytes reach furthest"
    )]
    Time { what: String, seconds: i64, nanoseconds: u32, first: i64, last: i64 },
    /// The name is taken by something that cannot serve as the directory.
    #[error("`/lost+found` must be a directory: e2fsck puts there what it finds")]
    LostAndFound,
    /// A label that the superblock cannot hold.
    #[error("the label `{shown}` has {len} bytes; it may have 16, none of them NUL")]
    Label { shown: String, len: usize },
    /// More than half of the file system for root.
    #[error("{percent} % of the blocks for root; 0 to 50 are possible")]
    ReservedPercent { percent: u8 },
    /// The inode ratio is out of range.
    #[error("an inode for every {bytes} bytes; 1024 to 67108864 are possible")]
    BytesPerInode { bytes: u32 },
    /// The journal's size is out of range.
    #[error("a journal of {blocks} blocks; 1024 to 10240000 are possible")]
    JournalBlocks { blocks: u32 },
    /// ext2 was asked for, and a journal.
    #[error("a journal of {blocks} blocks was asked for, but ext2 has none; choose ext3")]
    JournalOnExt2 { blocks: u32 },
    /// No feature that this crate can make.
    #[error("unknown feature `{name}`; known are {known}")]
    UnknownFeature { name: String, known: String },
    /// A feature that cannot be had or left out like this.
    #[error("feature `{feature}`: {why}")]
    Feature { feature: &'static str, why: &'static str },
    /// Two parts of the file system want the same bytes: a mistake in this crate.
    #[error("fs-ext has made a mistake: {0}")]
    Claim(#[from] ClaimError),
}
