//! A file system of either kind, and what is the same in both.

use crate::node::{DirectoryEntry, Node, Origin, Target};
use crate::{Error, File};
use fs_ext::read::Ext;
use fs_ext::read::FileType;
use fs_fat::read::{Fat, Node as FatNode};
use image_layout::Part;

/// The number of the root directory in ext.
const ROOT: u32 = fs_ext::format::inode::number::ROOT;

/// A file system that is read.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // there are as many as partitions, and none is kept
pub enum FileSystem<'a> {
    /// ext2, ext3 or ext4.
    Ext(Ext<'a>),
    /// FAT12, FAT16 or FAT32.
    Fat(Fat<'a>),
}

impl<'a> FileSystem<'a> {
    /// The file system in a part of a disk; `None`: none that this version reads.
    ///
    /// # Errors
    /// If there is one, and it is too damaged to be read, or the medium cannot be.
    pub fn open(part: Part<'a>) -> Result<Option<Self>, Error> {
        use {fs_ext::read::Error as ExtError, fs_fat::read::Error as FatError};
        match Ext::open(part) {
            Ok(ext) => return Ok(Some(Self::Ext(ext))),
            Err(ExtError::NotExt) => {}
            Err(e) => return Err(e.into()),
        }
        match Fat::open(part) {
            Ok(fat) => Ok(Some(Self::Fat(fat))),
            Err(FatError::NotFat) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// The part of the disk that it lies in.
    pub fn part(&self) -> Part<'a> {
        match self {
            Self::Ext(ext) => ext.source(),
            Self::Fat(fat) => fat.source(),
        }
    }

    /// Its kind, as `blkid` and `file` name it: `ext2`, `ext3`, `ext4`, `FAT12`, `FAT16`, `FAT32`.
    pub fn kind(&self) -> String {
        match self {
            Self::Ext(ext) => match ext.flavour() {
                fs_ext::Flavour::Ext2 => "ext2".into(),
                fs_ext::Flavour::Ext3 => "ext3".into(),
                fs_ext::Flavour::Ext4 => "ext4".into(),
            },
            Self::Fat(fat) => fat.kind().to_string(),
        }
    }

    /// The label: any bytes; `None`: it has none.
    ///
    /// # Errors
    /// If the root directory, where FAT has it, cannot be read.
    pub fn label(&self) -> Result<Option<Vec<u8>>, Error> {
        let label = match self {
            Self::Ext(ext) => Some(ext.label().to_vec()),
            Self::Fat(fat) => fat.label()?,
        };
        Ok(label.filter(|label| !label.is_empty()))
    }

    /// The UUID as Linux writes it.
    pub fn uuid(&self) -> Option<String> {
        match self {
            Self::Ext(ext) => {
                let uuid = partition_table::Guid(ext.uuid());
                (uuid != partition_table::Guid::NIL).then(|| uuid.to_string().to_lowercase())
            }
            Self::Fat(fat) => fat.serial().map(|n| format!("{:04X}-{:04X}", n >> 16, n & 0xFFFF)),
        }
    }

    /// Length in bytes, as it says.
    pub fn byte_len(&self) -> u64 {
        match self {
            Self::Ext(ext) => ext.blocks().saturating_mul(ext.block_size()),
            Self::Fat(fat) => fat.byte_len(),
        }
    }

    /// The unit in which it gives room to files, in bytes.
    pub fn block_size(&self) -> u64 {
        match self {
            Self::Ext(ext) => ext.block_size(),
            Self::Fat(fat) => fat.cluster_size(),
        }
    }

    /// Free bytes, as it counts them; `None`: it does not say.
    ///
    /// # Errors
    /// If what says so cannot be read.
    pub fn free(&self) -> Result<Option<u64>, Error> {
        Ok(match self {
            Self::Ext(ext) => Some(ext.free_blocks().saturating_mul(ext.block_size())),
            Self::Fat(fat) => fat.free_clusters()?.map(|n| n.saturating_mul(fat.cluster_size())),
        })
    }

    /// The root directory.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn root(&self) -> Result<Node, Error> {
        let origin = match self {
            Self::Ext(ext) => Origin::Ext(ext.inode(ROOT)?),
            Self::Fat(_) => Origin::Fat { node: FatNode::Root, modified: None },
        };
        Ok(Node { origin })
    }

    /// The names in a directory, in its order, without `.` and `..`.
    ///
    /// # Errors
    /// If it is no directory of this file system, or is damaged.
    pub fn entries(&self, directory: &Node) -> Result<Vec<DirectoryEntry>, Error> {
        match (self, &directory.origin) {
            (Self::Ext(ext), Origin::Ext(inode)) => {
                let entries = ext.entries(inode)?.into_iter();
                let entry = |e: fs_ext::read::DirectoryEntry| DirectoryEntry {
                    name: e.name,
                    short_name: None,
                    target: Target::Inode(e.inode),
                };
                Ok(entries.map(entry).collect())
            }
            (Self::Fat(fat), Origin::Fat { node, .. }) => {
                let entries = fat.entries(*node)?.into_iter();
                let entry = |e: fs_fat::read::DirectoryEntry| DirectoryEntry {
                    name: e.name.into_bytes(),
                    short_name: Some(e.short_name),
                    target: Target::Node(Box::new(Node {
                        origin: Origin::Fat { node: e.node, modified: e.modified },
                    })),
                };
                Ok(entries.map(entry).collect())
            }
            _ => Err(foreign()),
        }
    }

    /// The thing that a name stands for; symbolic links are not followed.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn node(&self, entry: &DirectoryEntry) -> Result<Node, Error> {
        match (&entry.target, self) {
            (Target::Node(node), _) => Ok((**node).clone()),
            (Target::Inode(number), Self::Ext(ext)) => {
                Ok(Node { origin: Origin::Ext(ext.inode(*number)?) })
            }
            (Target::Inode(_), Self::Fat(_)) => Err(foreign()),
        }
    }

    /// Whether two names are one: FAT tells no upper from lower case.
    pub(crate) fn same_name(&self, entry: &DirectoryEntry, name: &[u8]) -> bool {
        match self {
            Self::Ext(_) => entry.name == name,
            Self::Fat(_) => {
                let Ok(name) = std::str::from_utf8(name) else { return false };
                let upper =
                    |text: &str| text.chars().flat_map(char::to_uppercase).collect::<String>();
                let own = String::from_utf8_lossy(&entry.name);
                let short = entry.short_name.as_deref();
                [Some(&*own), short].into_iter().flatten().any(|n| upper(n) == upper(name))
            }
        }
    }

    /// The target of a symbolic link.
    ///
    /// # Errors
    /// If it is none, or cannot be read.
    pub fn target(&self, link: &Node) -> Result<Vec<u8>, Error> {
        match (self, &link.origin) {
            (Self::Ext(ext), Origin::Ext(inode)) => Ok(ext.target(inode)?),
            _ => Err(foreign()),
        }
    }

    /// A file, to be read.
    ///
    /// # Errors
    /// If it is none, or where its bytes lie cannot be found out.
    pub fn file(&self, node: &Node) -> Result<File<'a>, Error> {
        if node.kind() != FileType::File {
            return Err(Error::NotAFile { path: Vec::new(), kind: node.kind() });
        }
        match (self, &node.origin) {
            (Self::Ext(ext), Origin::Ext(inode)) => match ext.inline(inode)? {
                Some(bytes) => Ok(File::inline(self.part(), bytes)),
                None => Ok(File::of_extents(self.part(), ext.extents(inode)?, inode.len)),
            },
            (Self::Fat(fat), Origin::Fat { node, .. }) => {
                let extents = fat.extents(*node)?;
                let len = extents.last().map_or(0, |e| e.end());
                Ok(File::of_extents(self.part(), extents, len))
            }
            _ => Err(foreign()),
        }
    }
}

/// A node of another file system was asked for: a fault of the caller.
fn foreign() -> Error {
    Error::Io(std::io::Error::other("a node of another file system"))
}
