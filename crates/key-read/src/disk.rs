//! A disk: its table, and the parts that can hold file systems.

use crate::{Error, FileSystem};
use image_layout::{Part, ReadAt};
use partition_table::PartitionType;
use partition_table::read::{FoundPartition, FoundTable};

/// A disk whose partition table was read.
#[derive(Debug)]
pub struct Disk<'a> {
    whole: Part<'a>,
    table: Option<FoundTable>,
}

/// A part of a disk that can hold a file system: a partition, or all of a disk without a table.
#[derive(Debug, Clone, Copy)]
pub struct Volume<'a> {
    /// The partition's number; 0: all of the disk.
    pub number: u32,
    /// The bytes.
    pub part: Part<'a>,
}

impl<'a> Disk<'a> {
    /// Reads the partition table of a disk.
    ///
    /// # Errors
    /// If the medium cannot be read.
    pub fn read(image: &'a dyn ReadAt) -> Result<Self, Error> {
        let whole = Part::all(image);
        // Sector 0 of a disk without a table may be a file system's, and look like an MBR.
        let table = match fs_fat::read::Fat::open(whole) {
            Ok(_) => None,
            Err(fs_fat::read::Error::Io(e)) => return Err(Error::Io(e)),
            Err(_) => partition_table::read::read(image)?,
        };
        Ok(Self { whole, table })
    }

    /// The partition table; `None`: there is none.
    pub fn table(&self) -> Option<&FoundTable> {
        self.table.as_ref()
    }

    /// Whether there is a partition table, or a file system that takes all of the disk.
    pub fn is_known(&self) -> bool {
        self.table.is_some() || FileSystem::open(self.whole).is_ok_and(|files| files.is_some())
    }

    /// The whole disk, as a part.
    pub fn whole(&self) -> Part<'a> {
        self.whole
    }

    /// The partitions that are no containers of others; of a disk without a table, all of it.
    pub fn volumes(&self) -> Vec<Volume<'a>> {
        match &self.table {
            None => vec![Volume { number: 0, part: self.whole }],
            Some(table) => {
                let partitions = table.partitions.iter().filter(|p| !p.is_container());
                partitions.map(|p| self.volume_of(p)).collect()
            }
        }
    }

    /// The partition of that number; 0 is the whole disk.
    pub fn volume(&self, number: u32) -> Option<Volume<'a>> {
        if number == 0 {
            return Some(Volume { number, part: self.whole });
        }
        let partition = self.partition(number)?;
        Some(self.volume_of(partition))
    }

    /// The entry of a partition in the table.
    pub fn partition(&self, number: u32) -> Option<&FoundPartition> {
        self.table.as_ref()?.partitions.iter().find(|p| p.number == number)
    }

    /// The first EFI system partition.
    pub fn efi_system_partition(&self) -> Option<Volume<'a>> {
        let PartitionType { mbr, gpt } = PartitionType::EFI_SYSTEM;
        let is_esp = |p: &&FoundPartition| match p.gpt_type {
            Some(guid) => guid == gpt,
            None => p.mbr_type == Some(mbr),
        };
        self.table.as_ref()?.partitions.iter().find(is_esp).map(|p| self.volume_of(p))
    }

    fn volume_of(&self, partition: &FoundPartition) -> Volume<'a> {
        // OK to count from `whole`: it begins at the disk's first byte.
        let part = self.whole.part(partition.start, partition.len);
        Volume { number: partition.number, part }
    }
}

impl<'a> Volume<'a> {
    /// The file system in the volume; `None` if there is none that this version reads.
    ///
    /// # Errors
    /// If there is one, and it is too damaged to be read, or the medium cannot be.
    pub fn file_system(&self) -> Result<Option<FileSystem<'a>>, Error> {
        FileSystem::open(self.part)
    }
}
