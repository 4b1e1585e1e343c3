//! The tree of an image that GRUB reads, and the kind of names in it.
//!
//! GRUB's `iso9660` driver goes through all volume descriptors, and takes the last primary or
//! Joliet one; but once it has found Rock Ridge, it passes over Joliet. A tree has Rock Ridge if
//! the root's own record starts with an `SP` entry and has an `ER` entry.

use crate::descriptor::Descriptors;
use crate::device::Device;
use crate::error::ProbeError;
use crate::facts::Names;
use crate::format::directory_record::{DirectoryRecord, RECORD_HEAD};
use crate::format::volume_descriptor::SECTOR;
use crate::system_use::{SystemUse, entries};

/// The tree that GRUB reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Volume {
    pub(crate) names: Names,
    /// The first byte and the length of the root directory.
    pub(crate) root: (u64, u64),
    /// The number of bytes to skip at the start of each system use area but the root's.
    pub(crate) system_use_skip: u8,
}

/// The tree that GRUB reads, among those that the descriptors list.
pub(crate) fn mount(
    device: &mut Device<'_>,
    descriptors: &Descriptors,
) -> Result<Volume, ProbeError> {
    let mut volume = Volume { names: Names::Plain, root: (0, 0), system_use_skip: 0 };
    let mut joliet = false;
    for descriptor in &descriptors.volumes {
        if descriptor.joliet && volume.names == Names::RockRidge {
            continue;
        }
        joliet |= descriptor.joliet;
        volume.root = descriptor.root;
        let skip = rock_ridge(device, volume.root)?;
        volume.system_use_skip = skip.unwrap_or(volume.system_use_skip);
        volume.names = match (skip, joliet) {
            (Some(_), _) => Names::RockRidge,
            (None, true) => Names::Joliet,
            (None, false) => Names::Plain,
        };
    }
    Ok(volume)
}

/// The number of bytes to skip in system use areas; `None` if the tree with this root has no Rock
/// Ridge.
fn rock_ridge(device: &mut Device<'_>, root: (u64, u64)) -> Result<Option<u8>, ProbeError> {
    let head = device.bytes(root.0, RECORD_HEAD)?;
    let record = DirectoryRecord::from_bytes(&head.try_into().unwrap_or([0; RECORD_HEAD]));
    let name = usize::from(record.identifier_length);
    let start = RECORD_HEAD + name + name % 2 - 1;
    let len = usize::from(record.length).saturating_sub(start);
    let area = device.bytes(root.0.saturating_add(start as u64), len)?;
    let [b'S', b'P', _, _, _, _, skip, ..] = area[..] else { return Ok(None) };
    let extensions = |entry: &SystemUse| &entry.signature == b"ER";
    Ok(entries(device, area)?.iter().any(extensions).then_some(skip))
}

/// The first byte and the length of the extent that a record points to.
pub(crate) fn extent(record: &DirectoryRecord) -> (u64, u64) {
    (u64::from(record.extent.get()) * SECTOR, u64::from(record.data_length.get()))
}
