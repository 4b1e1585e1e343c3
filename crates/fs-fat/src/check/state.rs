//! What is known while a file system is looked at.

use crate::read::{Error, Fat, Table};
use image_layout::Findings;

/// The state of a check.
#[derive(Debug)]
pub(super) struct Checking<'f, 'a> {
    pub(super) fat: &'f Fat<'a>,
    pub(super) found: Findings,
    table: Table<'f, 'a>,
    /// A bit for every cluster that something has, counted from cluster 2.
    claimed: Vec<u8>,
    /// The name of the root directory's first entry that is a label.
    pub(super) root_label: Option<[u8; 11]>,
}

/// The table's entry of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    Free,
    /// The number of the cluster that is next.
    Next(u32),
    Bad,
    End,
    /// A number that no cluster has.
    Outside(u32),
}

impl<'f, 'a> Checking<'f, 'a> {
    pub(super) fn new(fat: &'f Fat<'a>) -> Self {
        // OK to cast: fewer than 2^28 clusters.
        let claimed = vec![0; fat.clusters().div_ceil(8) as usize];
        let table = Table::new(fat);
        Self { fat, found: Findings::default(), table, claimed, root_label: None }
    }

    /// Whether a number is that of a cluster.
    pub(super) fn has(&self, cluster: u32) -> bool {
        u64::from(cluster).checked_sub(2).is_some_and(|index| index < self.fat.clusters())
    }

    /// The bits of an entry of the table, also of entries 0 and 1, which are of no cluster.
    pub(super) fn raw_entry(&mut self, number: u64) -> Result<u32, Error> {
        self.table.entry(number)
    }

    /// The table's entry of a cluster that there is.
    pub(super) fn entry(&mut self, cluster: u64) -> Result<Entry, Error> {
        let value = self.table.entry(cluster)?;
        let end = self.fat.end();
        Ok(match value {
            0 => Entry::Free,
            _ if self.has(value) => Entry::Next(value),
            _ if value >= end => Entry::End,
            _ if value + 1 == end => Entry::Bad,
            _ => Entry::Outside(value),
        })
    }

    /// Claims a cluster, which must exist. Returns whether nothing had claimed it.
    pub(super) fn claim(&mut self, cluster: u32) -> bool {
        let index = cluster as usize - 2;
        let free = !self.is_claimed(cluster.into());
        self.claimed[index / 8] |= 1 << (index % 8);
        free
    }

    /// Whether something has a cluster that there is.
    pub(super) fn is_claimed(&self, cluster: u64) -> bool {
        let index = cluster as usize - 2;
        self.claimed[index / 8] & 1 << (index % 8) != 0
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
