//! The GPT's two copies, encoded by the crate [`hadris_part`].
//! <https://uefi.org/specs/UEFI/2.10/05_GUID_Partition_Table_Format.html>

use crate::{Disk, Partition};
use hadris_part::{Gpt, GptEntry, PartitionFlags, PartitionName, TableError};
use hadris_storage::BlockSize;

/// The table's four parts.
#[derive(Debug, Default)]
pub(crate) struct Copies {
    pub header: Vec<u8>,
    pub entries: Vec<u8>,
    pub backup_entries: Vec<u8>,
    pub backup_header: Vec<u8>,
}

/// Encodes both copies.
pub(crate) fn encode(disk: &Disk, partitions: &[Partition]) -> Copies {
    // OK to unwrap: the disk has usable sectors, and the partitions lie in them, are disjoint, of
    // a kind, not too many, and have names of at most 36 units: `check` has seen to it.
    let gpt = gpt(disk, partitions).expect("checked partitions fit a GPT");
    let first_backup_lba = gpt.backup_lba() - (gpt.first_usable() - 2);
    let (last, table) = (gpt.backup_lba(), hadris_part::Disk::new(gpt));
    let mut copies = Copies::default();
    for run in table.runs() {
        let part = match run.lba() {
            1 => &mut copies.header,
            2 => &mut copies.entries,
            lba if lba == first_backup_lba => &mut copies.backup_entries,
            lba if lba == last => &mut copies.backup_header,
            _ => continue, // sector 0, which `mbr` encodes
        };
        *part = run.bytes().to_vec();
    }
    copies
}

fn gpt(disk: &Disk, partitions: &[Partition]) -> Result<Gpt, TableError> {
    // OK to cast and to unwrap: the size is 512 or 4096, each a power of two.
    let block = BlockSize::new(disk.sector_size.bytes() as u32).expect("a power of two");
    let mut gpt = Gpt::new(disk.guid.on_disk(), disk.sectors(), block)?;
    for p in partitions {
        let flags = if p.active { PartitionFlags::BOOTABLE } else { PartitionFlags::empty() };
        let (kind, guid) = (p.kind.gpt.on_disk(), p.guid.on_disk());
        let entry = GptEntry::new(kind, guid, p.first_lba, p.sectors);
        gpt.add(entry.with_name(PartitionName::new(&p.name)?).with_flags(flags))?;
    }
    Ok(gpt)
}
