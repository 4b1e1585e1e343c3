//! Where on a disk core.img may lie.

use crate::Error;

/// A run of sectors that belongs to nobody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbeddingArea {
    first: u64,
    end: u64,
}

impl EmbeddingArea {
    /// The gap of an MBR disk: from sector 1 to the first partition. `partition_starts` are the
    /// first sectors (LBA) of all partitions, logical ones and their boot records included.
    ///
    /// # Errors
    /// [`Error::NoPartition`]: without one, nothing says where the gap ends.
    pub fn mbr_gap(partition_starts: impl IntoIterator<Item = u64>) -> Result<Self, Error> {
        let end = partition_starts.into_iter().min().ok_or(Error::NoPartition)?;
        Ok(Self { first: 1, end: end.max(1) })
    }

    /// A BIOS boot partition, whole: where a GPT disk keeps it.
    pub fn bios_boot(first: u64, sectors: u64) -> Self {
        Self { first, end: first.saturating_add(sectors) }
    }

    /// First sector (LBA).
    pub fn first(&self) -> u64 {
        self.first
    }

    /// One past the last sector (LBA).
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Number of sectors.
    pub fn sectors(&self) -> u64 {
        self.end - self.first
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
}
