//! The list of files in a package's header, which stripped archives refer to.

use super::header::Header;
use super::tags;
use std::collections::BTreeMap;

/// Most files in a package whose list is read: four times what the largest packages have.
const MAX_FILES: usize = 1 << 17;

/// A file in the header's list.
pub(super) struct Listed {
    pub name: Vec<u8>,
    pub mode: u64,
    /// Length of its contents in the archive, in bytes: 0 for all names of a file but the last.
    pub len: u64,
    pub device: u64,
    pub inode: u64,
    /// Number of the file's names if this is not the last of them, else 1.
    pub links: u64,
}

/// All files, by their index.
#[derive(Debug, Default)]
pub(super) struct FileList {
    sizes: Vec<u64>,
    modes: Vec<u64>,
    devices: Vec<u64>,
    inodes: Vec<u64>,
    dir_indexes: Vec<u64>,
    base_names: Vec<Vec<u8>>,
    dir_names: Vec<Vec<u8>>,
    /// The number of names and the index of the last, for each device and inode.
    last: BTreeMap<(u64, u64), (u64, usize)>,
}

impl FileList {
    pub(super) fn new(header: &Header) -> Self {
        let numbers = |tag| {
            let numbers = header.numbers(tag).into_iter().flatten();
            numbers.take(MAX_FILES).collect::<Vec<_>>()
        };
        let strings = |tag| {
            let strings = header.strings(tag).into_iter().flatten();
            strings.take(MAX_FILES).map(<[u8]>::to_vec).collect()
        };
        let long = numbers(tags::LONGFILESIZES);
        let mut list = Self {
            sizes: if long.is_empty() { numbers(tags::FILESIZES) } else { long },
            modes: numbers(tags::FILEMODES),
            devices: numbers(tags::FILEDEVICES),
            inodes: numbers(tags::FILEINODES),
            dir_indexes: numbers(tags::DIRINDEXES),
            base_names: strings(tags::BASENAMES),
            dir_names: strings(tags::DIRNAMES),
            last: BTreeMap::new(),
        };
        for (index, id) in list.devices.iter().zip(&list.inodes).enumerate() {
            let entry = list.last.entry((*id.0, *id.1)).or_insert((0, index));
            *entry = (entry.0 + 1, index);
        }
        list
    }

    /// The file of that index, if the header has all its fields.
    pub(super) fn get(&self, index: u64) -> Option<Listed> {
        let index = usize::try_from(index).ok()?;
        let dir = usize::try_from(*self.dir_indexes.get(index)?).ok()?;
        let mut name = self.dir_names.get(dir)?.clone();
        name.extend(self.base_names.get(index)?);
        let (device, inode) = (*self.devices.get(index)?, *self.inodes.get(index)?);
        let (links, last) = *self.last.get(&(device, inode))?;
        let is_last = last == index;
        let len = if is_last { *self.sizes.get(index)? } else { 0 };
        let links = if is_last { 1 } else { links };
        Some(Listed { name, mode: *self.modes.get(index)?, len, device, inode, links })
    }
}
