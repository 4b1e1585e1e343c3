//! The file allocation tables: against each other, and against what was reached.

use super::state::{Checking, Entry};
use crate::FatType;
use crate::read::Error;
use image_layout::ReadAt as _;

/// Bytes that are compared at once.
const PIECE: u64 = 1 << 15;

impl Checking<'_, '_> {
    /// Checks that the tables are the same, and that every entry leads to a cluster that exists.
    pub(super) fn tables(&mut self) -> Result<(), Error> {
        let (starts, _) = self.fat.tables();
        if let [first, second] = starts[..]
            && let Some(at) = self.difference(first, second)?
        {
            self.found.push(format!("the two file allocation tables differ from byte {at} on"));
        }
        // The lowest four bits are the medium's.
        let media = self.raw_entry(0)?;
        if media | 0xF != self.fat.end() | 0xF {
            self.found.push("the file allocation table does not begin as one does");
        }
        for cluster in 2..self.fat.clusters() + 2 {
            if let Entry::Outside(to) = self.entry(cluster)? {
                self.found.push(format!("cluster {cluster} leads to {to}, which there is not"));
            }
        }
        Ok(())
    }

    /// The first byte in which two tables differ.
    fn difference(&self, first: u64, second: u64) -> Result<Option<u64>, Error> {
        let source = self.fat.source();
        let mut at = 0;
        while at < self.fat.table_len() {
            // OK to cast: at most `PIECE`.
            let len = (self.fat.table_len() - at).min(PIECE) as usize;
            let read = |start: u64| {
                let cut_off = Error::reading(|| "a file allocation table".into());
                source.read_vec(start + at, len).map_err(cut_off)
            };
            let (a, b) = (read(first)?, read(second)?);
            if let Some(skip) = a.iter().zip(&b).position(|(a, b)| a != b) {
                return Ok(Some(at + skip as u64));
            }
            at += len as u64;
        }
        Ok(None)
    }

    /// Reports the clusters that the table says are in use and nothing reaches. Returns the number
    /// of clusters that nothing reaches, these lost ones included, but not those that are marked
    /// bad.
    pub(super) fn clusters(&mut self) -> Result<u64, Error> {
        let (mut free, mut lost, mut first) = (0, 0u64, None);
        for cluster in 2..self.fat.clusters() + 2 {
            if self.is_claimed(cluster) {
                continue;
            }
            match self.entry(cluster)? {
                Entry::Free => free += 1,
                Entry::Bad => {}
                Entry::Next(_) | Entry::End | Entry::Outside(_) => {
                    first.get_or_insert(cluster);
                    lost += 1;
                }
            }
        }
        if let Some(first) = first {
            let what = format!("{lost} clusters are in use and nobody's, the first is {first}");
            self.found.push(what);
        }
        Ok(free + lost)
    }

    /// Whether the table says that the file system was unmounted; `true` for FAT12, which has no
    /// bit for that.
    pub(super) fn table_is_clean(&mut self) -> Result<bool, Error> {
        let clean = match self.fat.kind() {
            FatType::Fat12 => return Ok(true),
            FatType::Fat16 => 0x8000,
            FatType::Fat32 => 0x0800_0000,
        };
        Ok(self.raw_entry(1)? & clean != 0)
    }
}
