//! Disks to look at.

use image_layout::{Layout, Reader, SectorSize, SourceId, Sources};
use partition_table::{Disk, Guid, Partition, PartitionType, Scheme, Table};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

pub const MIB: u64 = 1 << 20;

pub const DISK_GUID: &str = "11111111-2222-8333-8444-555555555555";

/// A table refers to nothing outside.
pub struct NoSources;

impl Sources for NoSources {
    fn read_exact_at(&self, id: SourceId, _: u64, _: &mut [u8]) -> io::Result<()> {
        panic!("a partition table refers to {id:?}")
    }
}

pub fn reader(layout: &Layout) -> Reader<'_, NoSources> {
    Reader::new(layout, &NoSources)
}

pub fn disk(scheme: Scheme, len: u64, sector_size: SectorSize) -> Disk {
    let guid = Guid::from_u128(0x11111111_2222_8333_8444_555555555555);
    Disk { scheme, len, sector_size, signature: 0xcafe_0123, guid }
}

/// A partition from and of so many MiB.
pub fn partition(
    number: u128,
    at: u64,
    len: u64,
    kind: PartitionType,
    size: SectorSize,
) -> Partition {
    Partition {
        first_lba: at * MIB / size.bytes(),
        sectors: len * MIB / size.bytes(),
        kind,
        name: format!("part {number}"),
        guid: Guid::from_u128(0xaaaaaaaa_bbbb_8ccc_8ddd_000000000000 + number),
        active: false,
        in_mbr: false,
    }
}

/// A key of 60 GiB: GRUB's own partition (not in an MBR), its files, the EFI system partition,
/// the rest of the disk up to its last whole MiB.
pub fn key(scheme: Scheme, size: SectorSize) -> Table {
    let len = 60 << 10;
    let mut partitions = vec![
        partition(1, 1, 1, PartitionType::BIOS_BOOT, size),
        Partition { active: true, in_mbr: true, ..partition(2, 2, 18, PartitionType::LINUX, size) },
        Partition { in_mbr: true, ..partition(3, 20, 40, PartitionType::EFI_SYSTEM, size) },
        Partition {
            name: "größe 🔑".into(),
            ..partition(4, 60, len - 61, PartitionType::BASIC_DATA, size)
        },
    ];
    if scheme == Scheme::Mbr {
        partitions.remove(0);
    }
    Table::new(disk(scheme, len * MIB, size), partitions).unwrap()
}

/// The table's image as a sparse file.
pub fn write(table: &Table, dir: &Path) -> PathBuf {
    let (layout, path) = (table.lay_out().unwrap(), dir.join("disk.img"));
    let mut file = std::fs::File::create(&path).unwrap();
    file.set_len(layout.len()).unwrap();
    for region in layout.regions() {
        let mut bytes = vec![0; region.content.len() as usize];
        assert!(region.content.read_at(0, &mut bytes));
        file.seek(SeekFrom::Start(region.at)).unwrap();
        file.write_all(&bytes).unwrap();
    }
    path
}

/// Changes one byte.
pub fn flip(image: &Path, at: u64) {
    testbench::flip(image, at, 0x40);
}

/// Bytes of a file.
pub fn bytes(image: &Path, at: u64, len: usize) -> Vec<u8> {
    let mut file = std::fs::File::open(image).unwrap();
    let mut bytes = vec![0; len];
    file.seek(SeekFrom::Start(at)).unwrap();
    file.read_exact(&mut bytes).unwrap();
    bytes
}
