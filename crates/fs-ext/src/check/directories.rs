//! The directories: their entries, and the inodes that these name.

use super::state::{Checking, Parents};
use crate::checksum::DIR_TAIL;
use crate::format::DirEntry;
use crate::format::inode::{INDEX_FL, number};
use crate::read::{Error, FileType, Inode};
use image_layout::{FileExtent, ReadAt as _};
use std::collections::BTreeSet;

/// Bytes of an entry before its name.
const HEAD: usize = 8;
/// Shortest entry with a name.
const SHORTEST: usize = 12;

/// An entry of a directory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'b> {
    pub(super) inode: u32,
    pub(super) name: &'b [u8],
    file_type: u8,
    len: usize,
    /// The byte behind the name, if the entry has one.
    behind: Option<u8>,
}

/// The entries of a block. `None` stands for an entry that is none, and is the last item.
pub(super) fn entries(block: &[u8]) -> impl Iterator<Item = Option<Entry<'_>>> {
    let (mut at, whole) = (0, block.len());
    core::iter::from_fn(move || {
        let rest = block.get(at..).filter(|rest| !rest.is_empty())?;
        let entry = entry(rest, whole);
        at = entry.map_or(whole, |entry| at + entry.len);
        Some(entry)
    })
}

fn entry(rest: &[u8], whole: usize) -> Option<Entry<'_>> {
    let (head, names) = rest.split_first_chunk::<HEAD>()?;
    let entry = DirEntry::from_bytes(head);
    // A block of 64 KiB is longer than the field can say.
    let len = match entry.rec_len.get() {
        0 | u16::MAX if whole >= 1 << 16 => whole,
        len => usize::from(len),
    };
    let name = names.get(..usize::from(entry.name_len))?;
    (len >= SHORTEST && len.is_multiple_of(4) && len <= rest.len() && HEAD + name.len() <= len)
        .then(|| Entry {
            inode: entry.inode.get(),
            name,
            file_type: entry.file_type,
            len,
            behind: names[..len - HEAD].get(name.len()).copied(),
        })
}

/// A directory whose blocks can be read.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) inode: Inode,
    extents: Vec<FileExtent>,
    /// Whether a checksum lies at the end of each of its blocks.
    checksums: bool,
}

impl Directory {
    pub(super) fn blocks(&self, size: u64) -> u64 {
        self.inode.len.div_ceil(size)
    }

    /// The offset at which a block of the directory lies; `None` if it has no such block.
    pub(super) fn place(&self, block: u64, size: u64) -> Option<u64> {
        let at = block.checked_mul(size)?;
        let next = self.extents.partition_point(|extent| extent.end() <= at);
        let extent = self.extents.get(next).filter(|extent| extent.offset <= at)?;
        Some(extent.place? + (at - extent.offset))
    }

    /// Whether a block belongs to its index, which looks like empty entries.
    fn is_index(&self, n: u64, block: &[u8]) -> bool {
        let first = entry(block, block.len());
        self.inode.raw.i_flags.get() & INDEX_FL != 0
            && (n == 0 || first.is_some_and(|e| e.inode == 0 && e.len == block.len()))
    }

    /// The part of a block that has entries.
    pub(super) fn entries_of<'b>(&self, n: u64, block: &'b [u8]) -> &'b [u8] {
        match self.checksums && !self.is_index(n, block) {
            true => &block[..block.len() - DIR_TAIL],
            false => block,
        }
    }
}

impl Checking<'_, '_> {
    /// Looks at all directories whose maps can be followed.
    pub(super) fn directories(&mut self) -> Result<(), Error> {
        let all = self.inodes.used().filter(|(_, known)| known.kind == Some(FileType::Directory));
        let all: Vec<(u32, bool)> = all.map(|(number, known)| (number, known.mapped)).collect();
        self.directories = all.iter().map(|(number, _)| (*number, Parents::default())).collect();
        for (number, _) in all.into_iter().filter(|(_, mapped)| *mapped) {
            let read = self.ext.inode(number).and_then(|inode| {
                let extents = self.ext.extents(&inode)?;
                let checksums = self.ext.has_metadata_checksums();
                Ok(Directory { inode, extents, checksums })
            });
            let Some(directory) = self.readable(read)? else { continue };
            self.directory(&directory)?;
            if directory.inode.raw.i_flags.get() & INDEX_FL != 0 {
                self.index(&directory)?;
            }
        }
        Ok(())
    }

    fn directory(&mut self, directory: &Directory) -> Result<(), Error> {
        let (number, size) = (directory.inode.number, self.ext.block_size());
        for extent in &directory.extents {
            let Some(place) = extent.place else { continue };
            for n in 0..extent.len.div_ceil(size) {
                let block = extent.offset / size + n;
                let read = self.ext.source().read_vec(place + n * size, size as usize);
                let read = read.map_err(Error::reading(|| format!("directory {number}")));
                let Some(bytes) = self.readable(read)? else { return Ok(()) };
                let part = directory.entries_of(block, &bytes);
                if part.len() < bytes.len() {
                    let generation = directory.inode.raw.i_generation.get();
                    let mut sealed = bytes.clone();
                    let seed = self.checksums.seed_of_generation(number, generation);
                    seed.directory_block(&mut sealed);
                    if sealed != bytes {
                        let what = format!("directory {number}: the checksum of block {block}");
                        self.found.push(what);
                    }
                }
                self.directory_block(number, block, part);
            }
        }
        Ok(())
    }

    fn directory_block(&mut self, number: u32, block: u64, part: &[u8]) {
        let mut names = BTreeSet::new();
        for (n, entry) in entries(part).enumerate() {
            let what = match entry {
                None => Some("an entry that is none"),
                Some(entry) if block == 0 && n < 2 => self.dot(number, n, &entry),
                Some(Entry { inode: 0, .. }) => None,
                Some(entry) if !names.insert(entry.name) => Some("two entries of one name"),
                Some(entry) => self.entry(number, &entry),
            };
            if let Some(what) = what {
                self.found.push(format!("directory {number}, block {block}: {what}"));
            }
        }
        if block == 0 && entries(part).count() < 2 {
            self.found.push(format!("directory {number}: it lacks `.` or `..`"));
        }
    }

    /// Checks one of the first two entries: `.`, the directory itself, and `..`, the one that has
    /// it. Returns what is wrong.
    fn dot(&mut self, number: u32, n: usize, entry: &Entry<'_>) -> Option<&'static str> {
        let (name, len): (&[u8], _) = if n == 0 { (b".", Some(SHORTEST)) } else { (b"..", None) };
        if entry.name != name || len.is_some_and(|len| len != entry.len) {
            return Some("it does not start with `.` and `..`");
        }
        if entry.behind != Some(0) {
            return Some("`.` or `..` does not end with a zero");
        }
        if n == 0 && entry.inode != number {
            return Some("`.` is another inode");
        }
        if n == 1 {
            self.directories.entry(number).or_default().dotdot = entry.inode;
        }
        self.named(entry, Some(FileType::Directory))
    }

    fn entry(&mut self, number: u32, entry: &Entry<'_>) -> Option<&'static str> {
        if entry.name.is_empty() || entry.name.iter().any(|b| matches!(b, 0 | b'/')) {
            return Some("a name that is none");
        }
        if matches!(entry.name, b"." | b"..") {
            return Some("a second `.` or `..`");
        }
        if entry.inode == number::ROOT {
            return Some("an entry of the root directory");
        }
        if let Some(parents) = self.directories.get_mut(&entry.inode) {
            if parents.entry != 0 {
                return Some("an entry of a directory that has another");
            }
            parents.entry = number;
        }
        self.named(entry, None)
    }

    /// Checks the inode that an entry names, and counts this link to it. Returns what is wrong.
    /// `must` is the kind that the inode has to have, whatever the entry says.
    fn named(&mut self, entry: &Entry<'_>, must: Option<FileType>) -> Option<&'static str> {
        let s = self.ext.superblock();
        let reserved = entry.inode < s.s_first_ino.get() && entry.inode != number::ROOT;
        if reserved || entry.inode > s.s_inodes_count.get() {
            return Some("an entry of an inode that nothing can have");
        }
        let known = self.inodes.get(entry.inode);
        if !known.used {
            return Some("an entry of an inode that is not in use");
        }
        self.inodes.known(entry.inode).seen += 1;
        let said = match self.ext.has_file_types() {
            // 0: whoever made the entry did not know.
            true => entry.file_type == 0 || known.kind == FileType::of_file_type(entry.file_type),
            false => entry.file_type == 0,
        };
        if !said || must.is_some_and(|must| known.kind != Some(must)) {
            return Some("an entry that says another kind than the inode");
        }
        None
    }
}
