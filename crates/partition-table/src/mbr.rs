//! The table: checked when made, so that encoding cannot fail.

use crate::chs;
use crate::{Error, Partition, SECTOR};
use image_layout::Layout;
use mbrman::{BOOT_ACTIVE, BOOT_INACTIVE, MBRHeader, MBRPartitionEntry};
use std::io::Cursor;

/// One past the last sector that a 32-bit address reaches: 2 TiB.
const LBA_LIMIT: u64 = 1 << 32;

/// A master boot record's table: a disk signature and up to four primary partitions, in order
/// and disjoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mbr {
    signature: u32,
    partitions: Vec<Partition>,
}

impl Mbr {
    /// A table of `partitions`, which become entries 1, 2, … in the order given. `signature` is
    /// what `fdisk` calls the disk identifier, and the first half of Linux's `PARTUUID=`.
    ///
    /// # Errors
    /// [`Error`] names the partition that cannot be there.
    pub fn new(
        signature: u32,
        partitions: impl IntoIterator<Item = Partition>,
    ) -> Result<Self, Error> {
        let partitions: Vec<_> = partitions.into_iter().collect();
        if partitions.len() > 4 {
            return Err(Error::TooMany { count: partitions.len() });
        }
        let mut previous_end = 0;
        let mut active = None;
        for (p, number) in partitions.iter().zip(1..) {
            check(p, number)?;
            if p.first_lba < previous_end {
                let (first_lba, previous) = (p.first_lba, number - 1);
                return Err(Error::Overlap { number, first_lba, previous, previous_end });
            }
            previous_end = p.end_lba();
            if p.active
                && let Some(first) = active.replace(number)
            {
                return Err(Error::TwoActive { first, second: number });
            }
        }
        Ok(Self { signature, partitions })
    }

    /// The disk signature.
    pub fn signature(&self) -> u32 {
        self.signature
    }

    /// The partitions, in order.
    pub fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    /// Sector 0 of the disk. The boot code area is zero.
    pub fn sector0(&self) -> [u8; SECTOR as usize] {
        let mut header = MBRHeader::new(self.signature.to_le_bytes());
        for ((_, entry), p) in header.iter_mut().zip(&self.partitions) {
            *entry = encode(p);
        }
        let mut sector = [0; SECTOR as usize];
        // OK to unwrap: a header is 512 bytes, its boot flags are the two that exist.
        header.write_into(&mut Cursor::new(&mut sector[..])).expect("a header fits a sector");
        sector
    }

    /// Claims the table's bytes in an image of `image_len` bytes: `disk signature`,
    /// `partition table` and `boot signature`. The boot code before them stays free.
    ///
    /// # Errors
    /// [`Error::PastImage`] when a partition ends behind the image, [`Error::Claim`] when the
    /// image is shorter than a sector.
    pub fn lay_out(&self, image_len: u64) -> Result<Layout, Error> {
        for (p, number) in self.partitions.iter().zip(1..) {
            let end = p.offset() + p.byte_len();
            if end > image_len {
                return Err(Error::PastImage { number, end, image_len });
            }
        }
        let sector = self.sector0();
        let mut layout = Layout::new(image_len);
        for (name, range) in [
            ("disk signature", 440..446),
            ("partition table", 446..510),
            ("boot signature", 510..512),
        ] {
            layout.claim(range.start as u64, name, &sector[range])?;
        }
        Ok(layout)
    }
}

/// What holds for an entry whatever its neighbours.
fn check(p: &Partition, number: usize) -> Result<(), Error> {
    if p.sectors == 0 {
        return Err(Error::Empty { number });
    }
    if p.first_lba == 0 {
        return Err(Error::AtZero { number });
    }
    if p.end_lba() > LBA_LIMIT {
        return Err(Error::Past2TiB { number, end_lba: p.end_lba() });
    }
    if p.kind.0 == 0 || p.kind.is_extended() {
        return Err(Error::NotPrimary { number, kind: p.kind });
    }
    Ok(())
}

fn encode(p: &Partition) -> MBRPartitionEntry {
    // OK to cast: `check` has seen that the partition ends within 2^32 and does not start at 0.
    let (first, sectors) = (p.first_lba as u32, p.sectors as u32);
    MBRPartitionEntry {
        boot: if p.active { BOOT_ACTIVE } else { BOOT_INACTIVE },
        first_chs: chs::address(first),
        sys: p.kind.0,
        last_chs: chs::address(first + (sectors - 1)),
        starting_lba: first,
        sectors,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PartitionType;
    use proptest::prelude::*;

    fn linux(first_lba: u64, sectors: u64) -> Partition {
        Partition { first_lba, sectors, kind: PartitionType::LINUX, active: false }
    }

    #[test]
    fn refuses_what_no_table_can_hold() {
        let active = |p: Partition| Partition { active: true, ..p };
        let kind = |k| Partition { kind: PartitionType(k), ..linux(2048, 1) };
        for (partitions, message) in [
            (vec![linux(1, 1); 5], "an MBR holds 4 primary partitions, not 5"),
            (vec![linux(2048, 0)], "partition 1 is empty; give it at least one sector"),
            (vec![linux(0, 1)], "partition 1 starts at sector 0, where the MBR itself is"),
            (
                vec![linux(2048, 2), linux(2049, 1)],
                "partition 2 starts at sector 2049, before partition 1 ends (2050); \
                 list partitions in order, without overlaps",
            ),
            (
                vec![linux(4096, 1), linux(2048, 1)],
                "partition 2 starts at sector 2048, before partition 1 ends (4097); \
                 list partitions in order, without overlaps",
            ),
            (
                vec![linux(2048, LBA_LIMIT - 2047)],
                "partition 1 ends at sector 4294967297, past the 2 TiB that an MBR addresses \
                 (sector 4294967296); make it smaller, larger disks need a GPT",
            ),
            (vec![kind(0)], "partition 1 is of type 0x00, which is no primary partition"),
            (vec![kind(0x0f)], "partition 1 is of type 0x0f, which is no primary partition"),
            (
                vec![active(linux(1, 1)), linux(2, 1), active(linux(3, 1))],
                "partitions 1 and 3 are both active; at most one can be",
            ),
        ] {
            assert_eq!(Mbr::new(0, partitions).unwrap_err().to_string(), message);
        }
        assert!(matches!(
            Mbr::new(0, [linux(u64::MAX, u64::MAX)]),
            Err(Error::Past2TiB { number: 1, .. })
        ));
        Mbr::new(0, [linux(2048, LBA_LIMIT - 2048)]).unwrap();
    }

    #[test]
    fn refuses_an_image_that_ends_too_early() {
        let mbr = Mbr::new(0, [linux(1, 1), linux(2048, 2048)]).unwrap();
        mbr.lay_out(2 << 20).unwrap();
        let e = mbr.lay_out((2 << 20) - 1).unwrap_err();
        assert_eq!(e.to_string(), "partition 2 ends at byte 2097152, but the image has 2097151");
        assert!(matches!(Mbr::new(0, []).unwrap().lay_out(511), Err(Error::Claim(_))));
    }

    #[test]
    fn claims_all_but_the_boot_code() {
        let layout = Mbr::new(0x1234_5678, [linux(1, 1)]).unwrap().lay_out(1024).unwrap();
        assert_eq!(
            layout.to_string(),
            "000000000000           440  -\n\
             0000000001b8             6  bytes  disk signature\n\
             0000000001be            64  bytes  partition table\n\
             0000000001fe             2  bytes  boot signature\n\
             000000000200           512  -\n"
        );
    }

    proptest! {
        /// Whatever is asked for is refused or encoded, and what is encoded says what was asked.
        #[test]
        fn encodes_what_it_accepts(
            signature: u32,
            entries in prop::collection::vec((0..1u64 << 31, 0..1u64 << 31, any::<u8>()), 0..6),
        ) {
            let mut at = 0;
            let partitions = entries.iter().map(|&(gap, sectors, kind)| {
                let first_lba = at + gap;
                at = first_lba + sectors;
                Partition { first_lba, sectors, kind: PartitionType(kind), active: false }
            });
            if let Ok(mbr) = Mbr::new(signature, partitions) {
                let sector = mbr.sector0();
                let read = MBRHeader::read_from(&mut Cursor::new(&sector)).unwrap();
                prop_assert_eq!(read.disk_signature, signature.to_le_bytes());
                prop_assert_eq!(read.iter().filter(|(_, e)| e.is_used()).count(), entries.len());
                for (p, (_, e)) in mbr.partitions().iter().zip(read.iter()) {
                    prop_assert_eq!(
                        (p.first_lba, p.sectors, p.kind.0),
                        (e.starting_lba.into(), e.sectors.into(), e.sys)
                    );
                }
            }
        }
    }
}
