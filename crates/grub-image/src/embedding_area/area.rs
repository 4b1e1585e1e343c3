//! The sectors that core.img may take.

use crate::Error;
use crate::format::foreign_signature::FOREIGN_SIGNATURES;
use crate::sector::MOST_CORE_SECTORS;
use std::collections::BTreeSet;

/// Sectors of other programs that are stepped over. Real disks have a few; without a limit, a
/// hostile one has every sector of it remembered.
const MOST_TAKEN: usize = 4096;

/// Sectors that belong to nobody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddingArea {
    kind: AreaKind,
    first: u64,
    end: u64,
    /// Sectors between the two that are not free.
    taken: BTreeSet<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AreaKind {
    MbrGap,
    BiosBootPartition,
}

impl EmbeddingArea {
    /// The gap of an MBR disk: from sector 1 to the first partition. `partition_starts` are the
    /// first sectors (LBA) of all partitions, logical ones and their boot records included.
    ///
    /// # Errors
    /// [`Error::NoPartition`]: without one, nothing says where the gap ends.
    pub fn mbr_gap(partition_starts: impl IntoIterator<Item = u64>) -> Result<Self, Error> {
        let end = partition_starts.into_iter().min().ok_or(Error::NoPartition)?;
        Ok(Self { kind: AreaKind::MbrGap, first: 1, end: end.max(1), taken: BTreeSet::new() })
    }

    /// The BIOS boot partition of a GPT disk, by its first and its last sector (LBA).
    ///
    /// # Errors
    /// [`Error::BadBiosBootPartition`] when it ends before it starts, or holds sector 0.
    pub fn bios_boot_partition(first: u64, last: u64) -> Result<Self, Error> {
        let bad = Error::BadBiosBootPartition { first, last };
        match last.checked_add(1) {
            Some(end) if first >= 1 && last >= first => {
                Ok(Self { kind: AreaKind::BiosBootPartition, first, end, taken: BTreeSet::new() })
            }
            _ => Err(bad),
        }
    }

    /// The area without the sectors of a gap that another program has marked as its own, by their
    /// first bytes. `read` gives a sector's content; it is asked for the area's sectors in order,
    /// for as many as a core image can take. The area ends where more than 4096 are marked.
    ///
    /// # Errors
    /// [`Error::UnreadableSector`] when `read` has none.
    pub fn without_foreign_sectors(
        mut self,
        mut read: impl FnMut(u64) -> Option<[u8; 512]>,
    ) -> Result<Self, Error> {
        if self.kind == AreaKind::BiosBootPartition {
            return Ok(self);
        }
        let mut free = 0;
        for lba in self.first..self.end {
            if free == MOST_CORE_SECTORS {
                break;
            }
            let sector = read(lba).ok_or(Error::UnreadableSector { lba })?;
            if FOREIGN_SIGNATURES.iter().any(|s| sector.starts_with(s)) {
                if self.taken.len() == MOST_TAKEN {
                    self.end = lba;
                    break;
                }
                self.taken.insert(lba);
            } else {
                free += 1;
            }
        }
        Ok(self)
    }

    /// First sector (LBA), which may be taken.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The end of the area: one past its last sector (LBA).
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Number of free sectors.
    pub fn sectors(&self) -> u64 {
        self.end - self.first - self.taken.len() as u64
    }

    /// The sectors that another program owns.
    pub fn taken(&self) -> impl Iterator<Item = u64> {
        self.taken.iter().copied()
    }

    /// The free sectors, in order.
    pub(crate) fn free(&self) -> impl Iterator<Item = u64> {
        (self.first..self.end).filter(|lba| !self.taken.contains(lba))
    }

    pub(crate) fn kind(&self) -> AreaKind {
        self.kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gap_ends_at_the_lowest_partition() {
        let gap = EmbeddingArea::mbr_gap([4096, 63, 2048]).unwrap();
        assert_eq!((gap.first(), gap.end(), gap.sectors()), (1, 63, 62));
        assert_eq!(EmbeddingArea::mbr_gap([1]).unwrap().sectors(), 0);
        assert_eq!(EmbeddingArea::mbr_gap([0]).unwrap().sectors(), 0);
        assert_eq!(EmbeddingArea::mbr_gap([]), Err(Error::NoPartition));
    }

    #[test]
    fn a_bios_boot_partition_is_a_partition() {
        let area = EmbeddingArea::bios_boot_partition(34, 2047).unwrap();
        assert_eq!((area.first(), area.end(), area.sectors()), (34, 2048, 2014));
        for (first, last) in [(0, 100), (101, 100), (1, u64::MAX)] {
            let e = EmbeddingArea::bios_boot_partition(first, last).unwrap_err();
            assert_eq!(e, Error::BadBiosBootPartition { first, last });
        }
    }

    #[test]
    fn foreign_sectors_are_left_out_and_no_more_are_read_than_needed() {
        let sector = |lba: u64| {
            let mut sector = [0; 512];
            if lba % 100 == 7 {
                sector[..4].copy_from_slice(b"ZISD");
            }
            Some(sector)
        };
        let gap = EmbeddingArea::mbr_gap([300]).unwrap().without_foreign_sectors(sector).unwrap();
        assert_eq!(gap.taken().collect::<Vec<_>>(), [7, 107, 207]);
        assert_eq!((gap.sectors(), gap.free().nth(6), gap.free().nth(5)), (296, Some(8), Some(6)));
        let mut last = 0;
        let gap = EmbeddingArea::mbr_gap([u64::MAX]).unwrap();
        let gap = gap.without_foreign_sectors(|lba| {
            last = lba;
            sector(lba)
        });
        assert_eq!((gap.unwrap().taken.len(), last), (9, 897));
        let all =
            EmbeddingArea::mbr_gap([u64::MAX]).unwrap().without_foreign_sectors(|_| sector(7));
        let all = all.unwrap();
        assert_eq!((all.sectors(), all.end(), all.taken.len()), (0, 4097, 4096));
        let unreadable = EmbeddingArea::mbr_gap([3]).unwrap().without_foreign_sectors(|_| None);
        assert_eq!(unreadable, Err(Error::UnreadableSector { lba: 1 }));
    }
}
