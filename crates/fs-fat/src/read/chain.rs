//! The file allocation table: which cluster follows which.

use super::boot_sector::Fat;
use super::error::Error;
use image_layout::{FileExtent, FileExtents, ReadAt};
use std::collections::BTreeMap;

/// Bytes of the table that are read at a time.
const WINDOW: u64 = 1 << 15;
/// Most windows that are kept: 64 MiB, which is the whole table of all but the largest sticks.
const MOST_WINDOWS: usize = 2048;
/// Most pieces of a file that are kept: 24 MiB.
const MOST_PIECES: usize = 1 << 20;

/// The entries of the table in use. What was read of it is kept, since chains may lead anywhere.
#[derive(Debug)]
pub(crate) struct Table<'f, 'a> {
    fat: &'f Fat<'a>,
    windows: BTreeMap<u64, Vec<u8>>,
}

impl<'f, 'a> Table<'f, 'a> {
    pub(crate) fn new(fat: &'f Fat<'a>) -> Self {
        Self { fat, windows: BTreeMap::new() }
    }

    fn byte(&mut self, at: u64) -> Result<u8, Error> {
        let (number, skip) = (at / WINDOW, at % WINDOW);
        if !self.windows.contains_key(&number) {
            if self.windows.len() == MOST_WINDOWS {
                self.windows.clear();
            }
            // A window ends with the entry of the last cluster, even where the table goes on.
            let start = number * WINDOW;
            let len = self.fat.table_len().saturating_sub(start).min(WINDOW);
            let cut_off = Error::reading(|| "a file allocation table".into());
            // OK to cast: at most `WINDOW`.
            let read = self.fat.source.read_vec(self.fat.fat + start, len as usize);
            self.windows.insert(number, read.map_err(cut_off)?);
        }
        let byte = self.windows.get(&number).and_then(|window| window.get(skip as usize));
        byte.copied().ok_or_else(|| Error::damaged("an entry behind the end of its table"))
    }

    /// The entry of a cluster.
    pub(crate) fn entry(&mut self, cluster: u64) -> Result<u32, Error> {
        let bit = cluster * self.fat.bits();
        let mut value = 0;
        for n in 0..self.fat.bits().div_ceil(8) {
            value |= u32::from(self.byte(bit / 8 + n)?) << (8 * n);
        }
        Ok(match self.fat.bits() {
            12 if !bit.is_multiple_of(8) => value >> 4,
            12 => value & 0xFFF,
            // The upper four bits of FAT32 belong to nobody.
            _ => value & 0x0FFF_FFFF,
        })
    }
}

impl Fat<'_> {
    /// The entry of a cluster in the table: the next cluster of its file, 0 if it is free, or a
    /// number beyond all clusters.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn entry(&self, cluster: u64) -> Result<u32, Error> {
        Table::new(self).entry(cluster)
    }

    /// The length, in bytes, of the part of a table that has the entries of existing clusters.
    pub(crate) fn table_len(&self) -> u64 {
        ((self.clusters + 2) * self.bits()).div_ceil(8)
    }

    /// The least entry that ends a chain. In FAT32 the upper four bits do not count.
    pub(crate) fn end(&self) -> u32 {
        match self.bits() {
            12 => 0xFF8,
            16 => 0xFFF8,
            _ => 0x0FFF_FFF8,
        }
    }

    pub(super) fn count_free(&self) -> Result<u64, Error> {
        let mut table = Table::new(self);
        let mut free = 0;
        for cluster in 2..self.clusters + 2 {
            free += u64::from(table.entry(cluster)? == 0);
        }
        Ok(free)
    }

    /// The places of a chain of clusters, at most `most` bytes of it.
    pub(super) fn chain(&self, first: u32, most: u64) -> Result<Vec<FileExtent>, Error> {
        let mut table = Table::new(self);
        let mut extents = FileExtents::default();
        let mut cluster = first;
        while extents.end() < most {
            let index = u64::from(cluster).checked_sub(2).filter(|n| *n < self.clusters);
            let index = index.ok_or_else(|| {
                Error::damaged(format!("a chain from cluster {first} leads to {cluster}"))
            })?;
            // No overflow: within as many sectors as 32 bits can count.
            extents.push(self.cluster_size, Some(self.data + index * self.cluster_size));
            if extents.count() > MOST_PIECES {
                return Err(Error::damaged(format!("the chain from cluster {first} is too long")));
            }
            let next = table.entry(cluster.into())?;
            if next >= self.end() {
                break;
            }
            if extents.end() >= self.clusters * self.cluster_size {
                return Err(Error::damaged(format!("the chain from cluster {first} has no end")));
            }
            cluster = next;
        }
        let len = extents.end().min(most);
        Ok(extents.finish(len))
    }
}
