//! The options that a caller may choose.

use crate::feature::{Feature, Features};
use crate::{BlockSize, Error, Flavour, InodeSize};
use file_tree::Timestamp;

/// The number of inodes to make. It is rounded up to whole blocks of every group's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InodeCount {
    /// As `mke2fs` has it: one for 8 KiB below 3 MiB, for 4 KiB below 512 MiB, for 16 KiB below
    /// 4 TiB, for 32 KiB below 16 TiB; but never fewer than the tree needs.
    Auto,
    /// An inode for so many bytes of the file system, 1024 to 64 MiB (`mke2fs -i`).
    PerBytes(u32),
    /// A fixed number of inodes (`mke2fs -N`); ten of them are reserved. A tree that needs more is refused.
    Exactly(u32),
}

/// The volume's name: at most 16 bytes, no NUL. Any encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Label([u8; 16]);

impl Label {
    /// Longest label, in bytes.
    pub const MAX: usize = 16;

    /// Checks a label; an empty one means none.
    ///
    /// # Errors
    /// [`Error::Label`] when it is too long or holds a NUL.
    pub fn new(label: impl AsRef<[u8]>) -> Result<Self, Error> {
        let label = label.as_ref();
        let mut padded = [0; Self::MAX];
        match padded.get_mut(..label.len()) {
            Some(head) if !label.contains(&0) => head.copy_from_slice(label),
            _ => {
                let shown = label.escape_ascii().to_string();
                return Err(Error::Label { shown, len: label.len() });
            }
        }
        Ok(Self(padded))
    }

    /// The label, padded with zeros.
    pub(crate) fn padded(self) -> [u8; 16] {
        self.0
    }
}

/// The options of a file system. [`Options::new`] gives `mke2fs`' defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// ext2, ext3 or ext4.
    pub flavour: Flavour,
    /// The volume's name.
    pub label: Label,
    /// The file system's UUID, in the order in which it is written down.
    pub uuid: [u8; 16],
    /// Seed of the directory hashes.
    pub hash_seed: [u8; 16],
    /// The time when the file system was made, 1970 or later: every time in it except the files'
    /// mtimes.
    pub time: Timestamp,
    /// Block size; `None`: 1 KiB below 512 MiB, else 4 KiB, as `mke2fs` has it.
    pub block_size: Option<BlockSize>,
    /// Inode size.
    pub inode_size: InodeSize,
    /// Number of inodes.
    pub inodes: InodeCount,
    /// Part of all blocks that only root may take, 0 to 50.
    pub reserved_percent: u8,
    /// Blocks of the journal, 1024 to 10,240,000; `None`: `mke2fs`' rule (1024 below 32,768
    /// blocks, up to 262,144 from 33,554,432 blocks on). Without a journal: `None`.
    pub journal_blocks: Option<u32>,
    /// Changes to the flavour's features; see [`Options::with_feature`].
    pub features: Features,
    /// Whether directories of more than one block are hashed, when there is `dir_index`: so by
    /// default in ext4. ext2 and ext3 have plain lists, as `mke2fs -d` writes them, unless told
    /// otherwise.
    pub hashed_directories: bool,
}

impl Options {
    /// `mke2fs -t ext2`, `ext3` or `ext4`, with everything that `mke2fs` takes from the clock or
    /// from chance given by the caller. No label. ext4 has no `64bit` below 2³² blocks.
    pub fn new(flavour: Flavour, uuid: [u8; 16], hash_seed: [u8; 16], time: Timestamp) -> Self {
        Self {
            flavour,
            label: Label::default(),
            uuid,
            hash_seed,
            time,
            block_size: None,
            inode_size: InodeSize::Bytes256,
            inodes: InodeCount::Auto,
            reserved_percent: 5,
            journal_blocks: None,
            features: Features::default(),
            hashed_directories: flavour == Flavour::Ext4,
        }
    }

    /// Turns a feature on or off, by the name that `mke2fs -O` has for it.
    ///
    /// `64bit` is turned on by itself from 2³² blocks on, unless it was turned off. Which
    /// features go together is known when the file system is laid out.
    ///
    /// # Errors
    /// [`Error::UnknownFeature`] lists those that can be made.
    pub fn with_feature(mut self, name: &str, on: bool) -> Result<Self, Error> {
        self.features.choose(name, on)?;
        Ok(self)
    }

    /// Whether the file system has a feature; `64bit` only when it was chosen.
    pub(crate) fn has(&self, feature: Feature) -> bool {
        self.features.has(self.flavour, feature)
    }

    /// Refuses values out of range.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.reserved_percent > 50 {
            return Err(Error::ReservedPercent { percent: self.reserved_percent });
        }
        match self.inodes {
            InodeCount::PerBytes(n) if !(1024..=64 << 20).contains(&n) => {
                return Err(Error::BytesPerInode { bytes: n });
            }
            _ => {}
        }
        self.features.check(self.flavour, self.inode_size)?;
        match (self.flavour, self.journal_blocks) {
            (Flavour::Ext2, Some(blocks)) => return Err(Error::JournalOnExt2 { blocks }),
            (Flavour::Ext4, Some(_)) if !self.has(Feature::HasJournal) => {
                let why = "it is off, but journal_blocks is given";
                return Err(Error::Feature { feature: Feature::HasJournal.name(), why });
            }
            (_, Some(blocks)) if !(1024..=10_240_000).contains(&blocks) => {
                return Err(Error::JournalBlocks { blocks });
            }
            _ => {}
        }
        // The superblock counts seconds from 1970 on in 40 bits; the inodes' range ends earlier.
        let last = self.inode_size.seconds().1;
        let Timestamp { seconds, nanoseconds } = self.time;
        if !(0..=last).contains(&seconds) || nanoseconds > 999_999_999 {
            let what = "the file system's own time".into();
            return Err(Error::Time { what, seconds, nanoseconds, first: 0, last });
        }
        Ok(())
    }
}
