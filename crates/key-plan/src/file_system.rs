//! The file systems of partitions: one of the ext family, or FAT.

use crate::error::Error;
use crate::identities::uuid_text;
use file_tree::Directory;
use fs_ext::Flavour;
use image_layout::Layout;

/// The options with which a file system is made.
#[derive(Debug, Clone)]
pub enum FileSystem {
    /// ext2, ext3 or ext4.
    Ext(fs_ext::Options),
    /// FAT.
    Fat(fs_fat::Options),
}

impl FileSystem {
    /// The kind of file system, as the plan shows it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Ext(options) => match options.flavour {
                Flavour::Ext2 => "ext2",
                Flavour::Ext3 => "ext3",
                Flavour::Ext4 => "ext4",
            },
            Self::Fat(options) => match options.kind {
                Some(fs_fat::FatType::Fat12) => "fat12",
                Some(fs_fat::FatType::Fat16) => "fat16",
                Some(fs_fat::FatType::Fat32) => "fat32",
                None => "fat",
            },
        }
    }

    /// The file system's UUID, as blkid, udev and GRUB write it; FAT's has eight digits.
    pub fn uuid(&self) -> String {
        match self {
            Self::Ext(options) => uuid_text(&options.uuid),
            Self::Fat(options) => {
                let id = options.volume_id;
                format!("{:04X}-{:04X}", id >> 16, id & 0xffff)
            }
        }
    }

    /// The layout of a file system of `len` bytes that holds `tree`.
    pub(crate) fn lay_out(&self, label: &str, tree: &Directory, len: u64) -> Result<Layout, Error> {
        match self {
            Self::Ext(options) => fs_ext::lay_out(tree, len, options).map_err(ext(label)),
            Self::Fat(options) => fs_fat::lay_out(tree, len, options).map_err(fat(label)),
        }
    }

    /// The smallest size that holds `tree` and `reserve` bytes more. A slightly larger size may not
    /// be enough, if one more block group begins or clusters get larger.
    pub(crate) fn smallest(
        &self,
        label: &str,
        tree: &Directory,
        reserve: u64,
    ) -> Result<u64, Error> {
        match self {
            Self::Ext(options) => fs_ext::smallest(tree, options, reserve).map_err(ext(label)),
            Self::Fat(options) => fs_fat::smallest(tree, options, reserve).map_err(fat(label)),
        }
    }
}

fn ext(label: &str) -> impl FnOnce(fs_ext::Error) -> Error + '_ {
    |source| Error::FileSystem { label: label.to_owned(), source }
}

fn fat(label: &str) -> impl FnOnce(fs_fat::Error) -> Error + '_ {
    |source| Error::Fat { label: label.to_owned(), source }
}
