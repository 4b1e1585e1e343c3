//! A block device, as a value.

use crate::{Bus, Content, Identity, Kind, Users};
use serde::Serialize;

/// A block device that is no partition of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlockDevice {
    /// The kernel's name: `sdb`.
    pub name: String,
    /// Where it is opened: `/dev/sdb`.
    pub path: String,
    /// The kernel's number of it: `8:16`. Whatever is at `path` is this device if it has this number.
    pub number: Option<String>,
    /// Bytes; 0: there is no medium in it.
    pub size: u64,
    /// A number that no other device has had since the machine was started, where the kernel gives one:
    /// what is plugged in at the same place later has another.
    pub sequence: Option<u64>,
    /// Bytes of a sector, as it counts them.
    pub sector_size: u64,
    /// The kind of device.
    pub kind: Kind,
    /// How it is connected.
    pub bus: Option<Bus>,
    /// Whether its medium, or the device, can be taken out, as the kernel says.
    pub removable: bool,
    /// Whether it refuses to be written.
    pub read_only: bool,
    /// Its names.
    #[serde(flatten)]
    pub identity: Identity,
    /// The file that a loop device shows.
    pub backing_file: Option<String>,
    /// The devices that have the same bytes as a loop device: the one that it shows, and other loop
    /// devices of its file.
    pub same_bytes: Vec<String>,
    /// The content outside of its partitions.
    pub content: Content,
    /// Who uses it as a whole.
    pub users: Users,
    /// Its partitions, as the kernel knows them.
    pub partitions: Vec<Partition>,
}

/// A partition of a block device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Partition {
    /// The kernel's name: `sdb1`.
    pub name: String,
    /// Its number.
    pub number: u64,
    /// Offset of its first byte.
    pub start: u64,
    /// Bytes.
    pub size: u64,
    /// The content of the partition.
    pub content: Content,
    /// Who uses it.
    pub users: Users,
}

impl BlockDevice {
    /// The device and its partitions, each with what lies there and who uses it.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&str, &Content, &Users)> {
        let partitions = self.partitions.iter().map(|p| (&*p.name, &p.content, &p.users));
        [(&*self.name, &self.content, &self.users)].into_iter().chain(partitions)
    }
}
