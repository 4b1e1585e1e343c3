//! The partitions, and what lies in them.

use crate::error::Error;
use key_read::{Content, Disk, FileSystem, ReadAt as _, Volume, recognise};
use partition_table::PartitionType;
use partition_table::read::FoundPartition;
use serde::Serialize;

/// A partition, or all of a disk without a table, as it was found.
#[derive(Debug, Serialize)]
pub(super) struct PartitionFound {
    /// 0: all of a disk without a table.
    pub(super) number: u32,
    pub(super) start: u64,
    pub(super) bytes: u64,
    /// The type, in words where it has some.
    pub(super) kind: Option<String>,
    pub(super) name: Option<String>,
    pub(super) active: bool,
    pub(super) file_system: Option<FileSystemFound>,
    /// The kind of data that lies there instead of a file system that could be read.
    pub(super) content: Option<String>,
    #[serde(skip)]
    pub(super) unknown: bool,
}

/// A file system.
#[derive(Debug, Serialize)]
pub(super) struct FileSystemFound {
    pub(super) kind: String,
    pub(super) label: Option<String>,
    pub(super) uuid: Option<String>,
    pub(super) bytes: u64,
    pub(super) free: Option<u64>,
    pub(super) block_size: u64,
    /// Notes about the partition.
    pub(super) notes: Vec<String>,
}

impl PartitionFound {
    pub(super) fn is_nothing(&self) -> bool {
        self.file_system.is_none() && self.unknown
    }
}

/// The partitions of a disk. What is wrong with one goes into `faults`.
pub(super) fn all(disk: &Disk<'_>, faults: &mut Vec<String>) -> Result<Vec<PartitionFound>, Error> {
    let volumes = disk.volumes();
    volumes.iter().map(|volume| one(disk, volume, faults)).collect()
}

fn one(
    disk: &Disk<'_>,
    volume: &Volume<'_>,
    faults: &mut Vec<String>,
) -> Result<PartitionFound, Error> {
    let entry = disk.partition(volume.number);
    let (mut file_system, mut content, mut unknown) = (None, None, false);
    match volume.file_system() {
        Ok(Some(files)) => file_system = Some(describe(&files, volume, faults)),
        Err(e) if e.is_io() => return Err(e.into()),
        Err(e) => {
            faults.push(format!("partition {}: {e}", volume.number));
            content = Some("a file system that cannot be read".into());
        }
        Ok(None) => {
            let found = recognise(volume.part).map_err(key_read::Error::Io)?;
            unknown = matches!(found, Content::Zeros | Content::Unknown);
            content = Some(match entry {
                // A BIOS boot partition holds boot code, which need not be recognised.
                Some(p)
                    if found == Content::Unknown
                        && p.gpt_type == Some(PartitionType::BIOS_BOOT.gpt) =>
                {
                    "boot code".into()
                }
                _ => found.to_string(),
            });
        }
    }
    Ok(PartitionFound {
        number: volume.number,
        start: volume.part.start(),
        bytes: volume.part.len(),
        kind: entry.map(kind),
        name: entry.and_then(|p| p.name.clone()).filter(|name| !name.is_empty()),
        active: entry.is_some_and(|p| p.active),
        file_system,
        content,
        unknown,
    })
}

fn describe(
    files: &FileSystem<'_>,
    volume: &Volume<'_>,
    faults: &mut Vec<String>,
) -> FileSystemFound {
    let mut fault = |what: String| faults.push(format!("partition {}: {what}", volume.number));
    let label = files.label().unwrap_or_else(|e| {
        fault(e.to_string());
        None
    });
    let free = files.free().unwrap_or_else(|e| {
        fault(e.to_string());
        None
    });
    let bytes = files.byte_len();
    if bytes > volume.part.len() {
        fault(format!(
            "its file system has {bytes} bytes, the partition {}: it was cut off",
            volume.part.len()
        ));
    }
    let mut notes = Vec::new();
    if let FileSystem::Ext(ext) = files
        && ext.needs_recovery()
    {
        notes.push("was not unmounted; its journal is not replayed here".into());
    }
    FileSystemFound {
        kind: files.kind(),
        label: label.map(|label| String::from_utf8_lossy(&label).into_owned()),
        uuid: files.uuid(),
        bytes,
        free,
        block_size: files.block_size(),
        notes,
    }
}

/// The type of a partition, in words where it has some.
fn kind(partition: &FoundPartition) -> String {
    const MICROSOFT_RESERVED: partition_table::Guid =
        partition_table::Guid::from_u128(0xE3C9E316_0B5C_4DB8_817D_F92DF00215AE);
    const LINUX_ROOT: partition_table::Guid =
        partition_table::Guid::from_u128(0x4F68BCE3_E8CD_4DB1_96E7_FBCAF984B709);
    if let Some(guid) = partition.gpt_type {
        let known = [
            PartitionType::LINUX,
            PartitionType::EFI_SYSTEM,
            PartitionType::BIOS_BOOT,
            PartitionType::BASIC_DATA,
        ];
        return match known.into_iter().find(|kind| kind.gpt == guid) {
            Some(kind) => kind.to_string(),
            None if guid == MICROSOFT_RESERVED => "Microsoft reserved".into(),
            None if guid == LINUX_ROOT => "Linux root (x86-64)".into(),
            None => format!("type {guid}"),
        };
    }
    let byte = partition.mbr_type.unwrap_or(0);
    let word = match byte {
        0x01 => "FAT12",
        0x04 | 0x06 | 0x0e => "FAT16",
        0x07 => "NTFS or exFAT",
        0x0b | 0x0c => "FAT32",
        0x17 => "hidden NTFS, as isohybrid has it",
        0x82 => "Linux swap",
        0x83 => "Linux",
        0x8e => "Linux LVM",
        0xcd => "ISO 9660",
        0xee => "GPT",
        0xef => "EFI system",
        0xfd => "Linux RAID",
        _ => return format!("type {byte:#04x}"),
    };
    format!("{word} ({byte:#04x})")
}
