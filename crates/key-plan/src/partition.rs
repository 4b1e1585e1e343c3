//! The partitions of a key: their purposes, numbers, places and contents.

use crate::file_system::FileSystem;
use file_tree::Directory;
use image_layout::Layout;
use partition_table::{Guid, PartitionType};

/// The purpose of a partition. Partitions are numbered in the order of their purposes here, which
/// is not that on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartitionRole {
    /// GRUB's files and its menu. Every key has one.
    Boot,
    /// The ISOs. Every key has one.
    Isos,
    /// The EFI system partition: the programs that UEFI starts.
    Esp,
    /// The changes of a live system.
    Persistence,
    /// The answers that cloud-init reads.
    Cidata,
    /// The BIOS boot partition of a GPT: GRUB's core image.
    BiosBoot,
}

/// The number of the partition [`PartitionRole::Boot`] on every key: GRUB looks there first for its
/// files.
pub(crate) const BOOT_NUMBER: u8 = 1;

/// The number of the partition [`PartitionRole::Isos`] on every key: the menu looks there first.
pub(crate) const ISOS_NUMBER: u8 = 2;

impl PartitionRole {
    /// Whether the MBR marks the partition as active: some BIOSes start no stick without one.
    pub(crate) fn is_active(self) -> bool {
        self == Self::Boot
    }

    /// Whether the MBR of a hybrid partition table lists the partition, as the GPT does. That MBR
    /// has room for three partitions only; systems that use the others can read the GPT.
    pub(crate) fn is_in_hybrid_mbr(self) -> bool {
        match self {
            Self::Boot | Self::Isos | Self::Esp => true,
            Self::Persistence | Self::Cidata | Self::BiosBoot => false,
        }
    }
}

/// A partition, with what is in it.
#[derive(Debug, Clone)]
pub struct Partition {
    /// The number in the partition table, from 1.
    pub number: u8,
    /// The purpose.
    pub role: PartitionRole,
    /// The first byte, a multiple of 1 MiB.
    pub at: u64,
    /// The length in bytes, a multiple of 1 MiB.
    pub len: u64,
    /// The partition's GUID in a GPT.
    pub guid: Guid,
    /// The file system's label; the partition's name if there is no file system.
    pub label: String,
    /// The content.
    pub content: PartitionContent,
}

/// The content of a partition.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // a key has a handful of them
pub enum PartitionContent {
    /// A file system.
    FileSystem {
        /// The options of the file system.
        file_system: FileSystem,
        /// The files in it.
        tree: Directory,
        /// The bytes of both, as long as the partition.
        layout: Layout,
    },
    /// No file system: GRUB's core image lies there.
    Raw,
}

impl Partition {
    /// The name in a GPT and in the layout of the image.
    pub(crate) fn name(&self) -> &str {
        match self.role {
            PartitionRole::Esp => "EFI system",
            _ => &self.label,
        }
    }

    /// The type in a partition table.
    pub fn kind(&self) -> PartitionType {
        match (self.role, &self.content) {
            (PartitionRole::Esp, _) => PartitionType::EFI_SYSTEM,
            (_, PartitionContent::Raw) => PartitionType::BIOS_BOOT,
            (_, PartitionContent::FileSystem { file_system, .. }) => match file_system {
                FileSystem::Ext(_) => PartitionType::LINUX,
                FileSystem::Fat(_) => PartitionType::BASIC_DATA,
            },
        }
    }

    /// The file system, if there is one.
    pub fn file_system(&self) -> Option<&FileSystem> {
        match &self.content {
            PartitionContent::FileSystem { file_system, .. } => Some(file_system),
            PartitionContent::Raw => None,
        }
    }

    /// The files in the file system, if there is one.
    pub fn tree(&self) -> Option<&Directory> {
        match &self.content {
            PartitionContent::FileSystem { tree, .. } => Some(tree),
            PartitionContent::Raw => None,
        }
    }
}

/// Numbers the partitions of a key, and sorts them by their numbers. They are ordered by role, and
/// those of the same role by their place on the disk.
pub(crate) fn number(partitions: &mut [Partition]) {
    partitions.sort_by_key(|p| (p.role, p.at));
    for (partition, number) in partitions.iter_mut().zip(1..) {
        partition.number = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The roles of a key's partitions, in their order on the disk.
    const ON_DISK: [PartitionRole; 7] = [
        PartitionRole::BiosBoot,
        PartitionRole::Boot,
        PartitionRole::Esp,
        PartitionRole::Persistence,
        PartitionRole::Persistence,
        PartitionRole::Cidata,
        PartitionRole::Isos,
    ];

    #[test]
    fn numbers_are_what_grub_is_told() {
        let guid = Guid::NIL;
        let partition = |(at, role)| Partition {
            number: 0,
            role,
            at,
            len: 1,
            guid,
            label: String::new(),
            content: PartitionContent::Raw,
        };
        let mut all: Vec<_> = (0..).zip(ON_DISK).map(partition).collect();
        number(&mut all);
        let places: Vec<_> = all.iter().map(|p| (p.number, p.at)).collect();
        assert_eq!(places, [(1, 1), (2, 6), (3, 2), (4, 3), (5, 4), (6, 5), (7, 0)]);
        let of = |role| all.iter().find(|p| p.role == role).map(|p| p.number);
        assert_eq!(of(PartitionRole::Boot), Some(BOOT_NUMBER));
        assert_eq!(of(PartitionRole::Isos), Some(ISOS_NUMBER));
    }
}
