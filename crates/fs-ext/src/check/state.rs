//! What is known while a file system is looked at.

use super::bits::Bits;
use super::inode_list::InodeList;
use crate::checksum::Checksums;
use crate::read::{Error, Ext, Group};
use image_layout::Findings;
use std::collections::BTreeMap;

/// A directory and its parents.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Parents {
    /// The inode of its entry `..`.
    pub(super) dotdot: u32,
    /// The inode of the directory in which it was found to have a name; 0 if in none.
    pub(super) entry: u32,
}

/// A block of attributes that several inodes may share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shared {
    /// The number of inodes that share it, as it says.
    pub(super) said: u32,
    /// The number of inodes that were found to share it.
    pub(super) seen: u32,
}

/// The state of a check.
#[derive(Debug)]
pub(super) struct Checking<'e, 'a> {
    pub(super) ext: &'e Ext<'a>,
    pub(super) checksums: Checksums,
    pub(super) found: Findings,
    pub(super) groups: Vec<Group>,
    /// Blocks of every group that tables take.
    pub(super) in_tables: Vec<u32>,
    /// Blocks that are in use, counted from the first of group 0.
    pub(super) claimed: Bits,
    pub(super) inodes: InodeList,
    pub(super) directories: BTreeMap<u32, Parents>,
    /// The blocks of attributes, by their numbers.
    pub(super) attributes: BTreeMap<u64, Shared>,
}

impl<'e, 'a> Checking<'e, 'a> {
    pub(super) fn new(ext: &'e Ext<'a>, found: Findings) -> Self {
        Self {
            ext,
            checksums: Checksums::of(ext),
            found,
            groups: Vec::new(),
            in_tables: Vec::new(),
            claimed: Bits::new(ext.blocks()),
            inodes: InodeList::new(ext.superblock().s_inodes_count.get()),
            directories: BTreeMap::new(),
            attributes: BTreeMap::new(),
        }
    }

    /// The first block that belongs to a group.
    pub(super) fn first_block(&self) -> u64 {
        self.ext.superblock().s_first_data_block.get().into()
    }

    /// Claims blocks for `owner`. Returns whether all are inside the file system and nothing has
    /// claimed them before.
    pub(super) fn claim(&mut self, first: u64, count: u64, owner: &dyn std::fmt::Display) -> bool {
        let start = self.first_block();
        let end = first.checked_add(count).filter(|end| *end <= self.ext.blocks());
        let Some(end) = end.filter(|_| first >= start) else {
            self.found.push(format!("{owner}: blocks {first} and {count} in all lie outside"));
            return false;
        };
        // The search stops at the first block that is taken: to go on over the others, for each
        // claim that overlaps, would take time without bounds.
        match (first..end).find(|block| self.claimed.insert(block - start)) {
            Some(block) => {
                self.found.push(format!("{owner}: block {block} belongs to something else, too"));
                false
            }
            None => true,
        }
    }

    /// The value, if it could be read. `None` for what is damaged or cut off, which becomes a
    /// finding.
    pub(super) fn readable<T>(&mut self, read: Result<T, Error>) -> Result<Option<T>, Error> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(e @ Error::Io(_)) => Err(e),
            Err(e) => {
                self.found.push(e.to_string());
                Ok(None)
            }
        }
    }
}
