//! Random tables, read by a reader that is not the writer.

use crate::common::{disk, reader};
use gptman::{GPTHeader, GPTPartitionEntry};
use image_layout::SectorSize;
use partition_table::{Guid, Partition, PartitionType, Scheme, Table};
use proptest::prelude::*;
use std::io::{Read, Seek, SeekFrom};

/// The first three groups of a GUID are little-endian on the disk.
fn mixed(guid: Guid) -> [u8; 16] {
    let b = guid.0;
    [
        b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13],
        b[14], b[15],
    ]
}

prop_compose! {
    fn partitions()(
        list in prop::collection::vec(
            (0..100_000u64, 1..10_000_000u64, 1..=255u8, any::<(u128, u128, bool, bool)>(), "\\PC{0,18}"),
            0..12,
        )
    ) -> Vec<Partition> {
        let mut at = 34;
        list.into_iter().map(|(gap, sectors, mbr, (kind, guid, active, in_mbr), name)| {
            let first_lba = at + gap;
            at = first_lba + sectors;
            let kind = PartitionType { mbr, gpt: Guid::from_u128(kind) };
            Partition { first_lba, sectors, kind, name, guid: Guid::from_u128(guid), active, in_mbr }
        }).collect()
    }
}

fn check_gpt(table: &Table, header: &GPTHeader, entries: &[GPTPartitionEntry]) {
    let disk = table.disk();
    let usable = disk.usable().unwrap();
    assert_eq!(header.disk_guid, mixed(disk.guid));
    assert_eq!((header.first_usable_lba, header.last_usable_lba), (usable.start, usable.end - 1));
    assert_eq!(entries.len(), 128);
    assert!(entries[table.partitions().len()..].iter().all(GPTPartitionEntry::is_unused));
    for (p, e) in table.partitions().iter().zip(entries) {
        assert_eq!(e.partition_type_guid, mixed(p.kind.gpt));
        assert_eq!(e.unique_partition_guid, mixed(p.guid));
        assert_eq!((e.starting_lba, e.ending_lba), (p.first_lba, p.end_lba() - 1));
        assert_eq!(e.partition_name.as_str(), p.name);
        assert_eq!(e.attribute_bits, if p.active { 1 << 2 } else { 0 });
    }
}

/// Type, first sector and number of sectors of the MBR's entries that are used.
fn mbr_entries(sector: &[u8; 512]) -> Vec<(u8, u64, u64, u8)> {
    assert_eq!(sector[510..], [0x55, 0xaa]);
    let number = |b: &[u8]| u64::from(u32::from_le_bytes(b.try_into().unwrap()));
    let entries = sector[446..510].chunks(16);
    let entries = entries.map(|e| (e[4], number(&e[8..12]), number(&e[12..16]), e[0]));
    entries.filter(|e| e.0 != 0).collect()
}

proptest! {
    /// Whatever is asked for is refused, or written so that another reads what was asked for.
    #[test]
    fn both_copies_and_the_mbr_say_what_was_asked(
        list in partitions(),
        scheme in prop::sample::select(vec![Scheme::Mbr, Scheme::Gpt, Scheme::Hybrid]),
        size in prop::sample::select(vec![SectorSize::Bytes512, SectorSize::Bytes4096]),
        room in 0..5_000u64,
    ) {
        let end = list.last().map_or(34, Partition::end_lba);
        let len = (end + 33 + room) * size.bytes();
        let Ok(table) = Table::new(disk(scheme, len, size), list) else { return Ok(()) };
        let layout = table.lay_out().unwrap();
        let mut image = reader(&layout);

        let in_mbr = |p: &&Partition| scheme == Scheme::Mbr || (scheme == Scheme::Hybrid && p.in_mbr);
        let mut wanted: Vec<_> = table.partitions().iter().filter(in_mbr)
            .map(|p| (p.kind.mbr, p.first_lba, p.sectors, if p.active { 0x80 } else { 0 }))
            .collect();
        let guarded = match scheme {
            Scheme::Mbr => None,
            Scheme::Gpt => Some((len / size.bytes()).min(1 << 32)),
            Scheme::Hybrid => wanted.iter().map(|e| e.1).min(),
        };
        if let Some(end) = guarded {
            wanted.push((0xee, 1, end - 1, 0));
        }
        let mut sector = [0; 512];
        image.read_exact(&mut sector).unwrap();
        prop_assert_eq!(mbr_entries(&sector), wanted);
        prop_assert_eq!(sector, table.sector0());
        prop_assert!(sector[..440].iter().all(|b| *b == 0));
        let signature = if scheme == Scheme::Gpt { [0; 4] } else { 0xcafe_0123u32.to_le_bytes() };
        prop_assert_eq!(&sector[440..444], signature);

        if scheme != Scheme::Mbr {
            for at in [size.bytes(), len - size.bytes()] {
                image.seek(SeekFrom::Start(at)).unwrap();
                let header = GPTHeader::read_from(&mut image).unwrap();
                prop_assert_eq!(header.primary_lba, at / size.bytes());
                prop_assert_eq!(header.primary_lba + header.backup_lba, len / size.bytes());
                let entries = header.read_partitions(&mut image, size.bytes()).unwrap();
                check_gpt(&table, &header, &entries);
            }
        }
    }
}

/// The guard of a disk that it cannot reach the end of.
#[test]
fn a_guard_of_32_bits() {
    let size = SectorSize::Bytes512;
    for (sectors, guarded) in [(1 << 32, (1 << 32) - 1), (1 << 33, (1 << 32) - 1), (1000, 999)] {
        let table = Table::new(disk(Scheme::Gpt, sectors * size.bytes(), size), []).unwrap();
        assert_eq!(mbr_entries(&table.sector0()), [(0xee, 1, guarded, 0)]);
    }
}

/// Enough of the random tables are accepted for the test above to mean something.
#[test]
fn such_tables_are_usually_accepted() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let accepted = (0..100).filter(|_| {
        let list = partitions().new_tree(&mut runner).unwrap().current();
        let size = SectorSize::Bytes512;
        Table::new(disk(Scheme::Gpt, 1 << 40, size), list).is_ok()
    });
    assert!(accepted.count() > 80);
}
