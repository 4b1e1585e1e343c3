//! What is remembered of every inode until the end.

use crate::read::FileType;

/// Inodes that are kept at once.
const CHUNK: usize = 256;

/// The facts that are known of an inode.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    /// Its kind; `None`: it is not in use, or of no kind.
    pub(super) kind: Option<FileType>,
    /// Whether it is in use.
    pub(super) used: bool,
    /// Whether the map of its blocks can be followed.
    pub(super) mapped: bool,
    /// Links that it says it has.
    pub(super) links: u16,
    /// Entries that lead to it.
    pub(super) seen: u32,
}

/// The facts about all inodes; those of whole parts of a table that are not in use cost nothing.
#[derive(Debug)]
pub(super) struct InodeList(Vec<Option<Box<[Known; CHUNK]>>>);

impl InodeList {
    pub(super) fn new(inodes: u32) -> Self {
        Self((0..=inodes as usize / CHUNK).map(|_| None).collect())
    }

    pub(super) fn get(&self, number: u32) -> Known {
        let chunk = self.0.get(number as usize / CHUNK).and_then(Option::as_deref);
        chunk.map_or_else(Known::default, |chunk| chunk[number as usize % CHUNK])
    }

    /// The facts about an inode, to be changed. `number` must be one that an inode has.
    pub(super) fn known(&mut self, number: u32) -> &mut Known {
        let chunk = self.0[number as usize / CHUNK]
            .get_or_insert_with(|| Box::new([Known::default(); CHUNK]));
        &mut chunk[number as usize % CHUNK]
    }

    /// All inodes that are in use, in order.
    pub(super) fn used(&self) -> impl Iterator<Item = (u32, Known)> {
        let chunks =
            self.0.iter().enumerate().filter_map(|(n, chunk)| Some((n, chunk.as_deref()?)));
        let all = chunks.flat_map(|(n, chunk)| {
            // OK to cast: there are less than 2^32 inodes.
            chunk.iter().enumerate().map(move |(i, known)| ((n * CHUNK + i) as u32, *known))
        });
        all.filter(|(_, known)| known.used)
    }
}
