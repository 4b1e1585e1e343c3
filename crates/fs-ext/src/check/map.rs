//! The maps of files' blocks: whether each can be followed, and the blocks that it takes.

use super::state::Checking;
use crate::checksum::InodeSeed;
use crate::format::extent::{IN_INODE, MAGIC, MAX_LEN};
use crate::format::{Extent, ExtentHeader, ExtentIndex};
use crate::read::{Error, FileType, Inode};

/// Most levels of an extent tree below its root.
const MOST_LEVELS: u16 = 5;
/// Bytes of a node's head, and of each of its entries.
const ENTRY: usize = 12;

/// The map of a file's blocks, as far as the check needs it.
#[derive(Debug)]
pub(super) struct Map {
    /// Blocks that it takes, its own included.
    pub(super) blocks: u64,
    /// The end of the map: one past the last block of the file that it has.
    pub(super) end: u64,
    /// The end of what was written: one past the last such block of the file.
    pub(super) written_end: u64,
    /// Whether a block before the last is missing, or was not written.
    pub(super) has_hole: bool,
    /// Whether all of it could be followed.
    pub(super) sound: bool,
}

struct Walk<'w, 'e, 'a> {
    checking: &'w mut Checking<'e, 'a>,
    number: u32,
    owner: String,
    seed: InodeSeed,
    map: Map,
}

impl Checking<'_, '_> {
    /// Follows the map of a file and claims all its blocks.
    pub(super) fn map(&mut self, inode: &Inode) -> Result<Map, Error> {
        let generation = inode.raw.i_generation.get();
        let kind = if inode.kind == FileType::Directory { "directory" } else { "inode" };
        let mut walk = Walk {
            number: inode.number,
            owner: format!("{kind} {}", inode.number),
            seed: self.checksums.seed_of_generation(inode.number, generation),
            checking: self,
            map: Map { blocks: 0, end: 0, written_end: 0, has_hole: false, sound: true },
        };
        if inode.has_extents() {
            walk.node(&inode.map(), None, (None, 1 << 32))?;
        } else {
            for (n, block) in inode.raw.i_block.iter().enumerate() {
                let levels = n.saturating_sub(11) as u32; // OK to cast: at most 3
                let start = walk.first_of(n as u64, levels);
                walk.pointer(block.get(), levels, start)?;
            }
        }
        Ok(walk.map)
    }
}

impl Walk<'_, '_, '_> {
    fn wrong(&mut self, what: impl std::fmt::Display) {
        self.map.sound = false;
        self.checking.found.push(format!("the map of inode {}: {what}", self.number));
    }

    /// Claims blocks of the file from `start` on, at `place`.
    fn data(&mut self, start: u64, count: u64, place: u64, written: bool) {
        self.map.sound &= self.checking.claim(place, count, &self.owner);
        self.map.has_hole |= start != self.map.end || !written;
        self.map.blocks += count;
        self.map.end = start + count;
        if written {
            self.map.written_end = self.map.end;
        }
    }

    /// Claims and reads a block of the map itself. `None` if it is claimed already or cannot be
    /// read; it is not followed then.
    fn own(&mut self, block: u64) -> Result<Option<Vec<u8>>, Error> {
        self.map.blocks += 1;
        let read = match self.checking.claim(block, 1, &self.owner) {
            true => {
                let read = self.checking.ext.block(block);
                self.checking.readable(read)?
            }
            false => None,
        };
        self.map.sound &= read.is_some();
        Ok(read)
    }

    /// Follows a node of an extent tree. `depth` is the number of levels below it, `None` for the
    /// root. The node must start with block `start` of the file, if that is known, and end before
    /// block `end`.
    fn node(
        &mut self,
        node: &[u8],
        depth: Option<u16>,
        (start, end): (Option<u64>, u64),
    ) -> Result<(), Error> {
        let (head, entries) = node.split_at(ENTRY);
        let head = ExtentHeader::from_bytes(&array(head));
        let (count, most) = (usize::from(head.eh_entries.get()), usize::from(head.eh_max.get()));
        let room = entries.len() / ENTRY;
        // A node may leave room unused, as for a checksum.
        let fits =
            if depth.is_none() { most == IN_INODE } else { most <= room && most + 2 >= room };
        if head.eh_magic.get() != MAGIC || count > most || !fits {
            self.wrong("a node that is none");
            return Ok(());
        }
        let levels = head.eh_depth.get();
        if levels > MOST_LEVELS || depth.is_some_and(|depth| depth != levels) {
            self.wrong(format_args!("a node of depth {levels} where none can be"));
            return Ok(());
        }
        if count == 0 && (depth.is_some() || levels > 0) {
            self.wrong("a node without entries");
        }
        if depth.is_some() && self.checking.ext.has_metadata_checksums() {
            let mut sealed = node.to_vec();
            self.seed.extent_block(&mut sealed, (1 + most) * ENTRY);
            if sealed != node {
                self.wrong("the checksum of a node");
            }
        }
        let mut all = entries.chunks_exact(ENTRY).take(count).peekable();
        let mut first = true;
        while let Some(entry) = all.next() {
            let at = u64::from(u32::from_le_bytes(array(&entry[..4])));
            let next = all.peek().map(|next| u64::from(u32::from_le_bytes(array(&next[..4]))));
            let next = next.unwrap_or(end);
            if (first && start.is_some_and(|start| start != at)) || at < self.map.end || at >= next
            {
                self.wrong(format_args!("block {at} comes where it should not"));
                return Ok(());
            }
            first = false;
            match levels {
                0 => {
                    let extent = Extent::from_bytes(&array(entry));
                    let len = u32::from(extent.ee_len.get());
                    let written = len <= MAX_LEN;
                    let len = u64::from(if written { len } else { len - MAX_LEN });
                    if len == 0 || at + len > next {
                        self.wrong(format_args!("block {at} and {len} in all cannot be"));
                        return Ok(());
                    }
                    let high = u64::from(extent.ee_start_hi.get()) << 32;
                    self.data(at, len, u64::from(extent.ee_start_lo.get()) | high, written);
                }
                _ => {
                    let index = ExtentIndex::from_bytes(&array(entry));
                    let high = u64::from(index.ei_leaf_hi.get()) << 32;
                    let below = u64::from(index.ei_leaf_lo.get()) | high;
                    if let Some(node) = self.own(below)? {
                        self.node(&node, Some(levels - 1), (Some(at), next))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The first block of the file that pointer `n` of the inode leads to.
    fn first_of(&self, n: u64, levels: u32) -> u64 {
        let each = self.checking.ext.block_size() / 4;
        match levels {
            0 => n,
            _ => 12 + (1..levels).map(|level| each.pow(level)).sum::<u64>(),
        }
    }

    /// Follows a pointer through `levels` levels of blocks of pointers. `start` is the first block
    /// of the file that it leads to.
    fn pointer(&mut self, block: u32, levels: u32, start: u64) -> Result<(), Error> {
        let each = self.checking.ext.block_size() / 4;
        match (block, levels) {
            (0, _) => {}
            (_, 0) => self.data(start, 1, block.into(), true),
            _ => {
                let Some(node) = self.own(block.into())? else { return Ok(()) };
                for (n, pointer) in (0..).zip(node.chunks_exact(4)) {
                    let start = start + n * each.pow(levels - 1);
                    self.pointer(u32::from_le_bytes(array(pointer)), levels - 1, start)?;
                }
            }
        }
        Ok(())
    }
}

/// A slice whose length is known, as an array.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(bytes);
    array
}
