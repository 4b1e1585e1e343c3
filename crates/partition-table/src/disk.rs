//! The disk that a table is for, and which of its sectors the table leaves to partitions.

use core::ops::Range;

use image_layout::SectorSize;

use crate::{Error, Guid, Scheme};

/// The end of the sectors that the MBR's 32 bits reach: one past the last.
pub(crate) const MBR_LIMIT: u64 = 1 << 32;

/// A disk that gets a partition table: its length, its sectors and its identities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// The kind of table that it gets.
    pub scheme: Scheme,
    /// Length in bytes, in whole sectors. The backup GPT lies at the very end of it.
    pub len: u64,
    /// The size of the sectors in which it is addressed.
    pub sector_size: SectorSize,
    /// The MBR's disk signature: what `fdisk` calls the disk identifier, and the first half of
    /// Linux's `PARTUUID=`. A GPT without hybrid has none: zeros are written.
    pub signature: u32,
    /// The GPT's identity; unused in an MBR.
    pub guid: Guid,
}

impl Disk {
    /// Length in sectors, rounded down.
    pub fn sectors(&self) -> u64 {
        self.len / self.sector_size.bytes()
    }

    /// The sectors that partitions may have. With an MBR they end where its 32 bits do, at sector
    /// 2^32.
    ///
    /// # Errors
    /// [`Error::PartOfASector`], and [`Error::DiskTooSmall`] when no sector is left.
    pub fn usable(&self) -> Result<Range<u64>, Error> {
        let (len, size) = (self.len, self.sector_size);
        if !len.is_multiple_of(size.bytes()) {
            return Err(Error::PartOfASector { len, sector_size: size });
        }
        let (before, behind) = (self.scheme.sectors_before(size), self.scheme.sectors_behind(size));
        let too_small = || {
            let needed = (before + 1 + behind) * size.bytes();
            Error::DiskTooSmall { scheme: self.scheme, len, needed }
        };
        let end = self.sectors().checked_sub(behind).filter(|end| *end > before);
        let end = end.ok_or_else(too_small)?;
        let limit = if self.scheme == Scheme::Mbr { MBR_LIMIT } else { u64::MAX };
        Ok(before..end.min(limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usable(scheme: Scheme, sectors: u64, sector_size: SectorSize) -> Result<Range<u64>, Error> {
        let len = sectors * sector_size.bytes();
        Disk { scheme, len, sector_size, signature: 1, guid: Guid::NIL }.usable()
    }

    #[test]
    fn leaves_room_for_both_copies() {
        use SectorSize::{Bytes512, Bytes4096};
        assert_eq!(usable(Scheme::Mbr, 2048, Bytes512).unwrap(), 1..2048);
        assert_eq!(usable(Scheme::Mbr, 1 << 40, Bytes512).unwrap(), 1..1 << 32);
        // The numbers of sgdisk and fdisk.
        assert_eq!(usable(Scheme::Gpt, 2048, Bytes512).unwrap(), 34..2048 - 33);
        assert_eq!(usable(Scheme::Hybrid, 2048, Bytes4096).unwrap(), 6..2048 - 5);
        assert_eq!(usable(Scheme::Gpt, 68, Bytes512).unwrap(), 34..35);
    }

    #[test]
    fn refuses_disks_without_a_usable_sector() {
        let size = SectorSize::Bytes4096;
        let e = usable(Scheme::Gpt, 11, size).unwrap_err();
        assert_eq!(e.to_string(), "a GPT needs a disk of at least 49152 bytes, not 45056");
        assert!(usable(Scheme::Gpt, 12, size).is_ok());
        assert!(usable(Scheme::Mbr, 1, size).is_err());
        let disk = Disk {
            scheme: Scheme::Mbr,
            len: 5000,
            sector_size: size,
            signature: 1,
            guid: Guid::NIL,
        };
        let e = disk.usable().unwrap_err();
        assert_eq!(
            e.to_string(),
            "a disk of 5000 bytes does not end with a whole sector of 4096; round its length"
        );
    }
}
