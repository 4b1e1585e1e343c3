//! Where the blocks of a file lie: by its extent tree, or by its map of blocks.

use super::error::Error;
use super::inode::Inode;
use super::superblock::Ext;
use crate::format::extent::{MAGIC, MAX_LEN};
use crate::format::{Extent, ExtentHeader, ExtentIndex};
use image_layout::{FileExtent, FileExtents};

/// Most pieces of a file that are kept: 24 MiB.
const MOST_PIECES: usize = 1 << 20;
/// Most levels of an extent tree below its root.
const MOST_LEVELS: u16 = 5;
/// Most blocks of a file's map that are read: of a file of 1 TiB without extents there are half
/// as many.
const MOST_NODES: u32 = 1 << 19;
/// Most blocks of a file, holes included: Linux counts them with 32 bits, by either kind of map.
const MOST_BLOCKS: u64 = u32::MAX as u64;
/// Bytes of a node's head, and of each of its entries.
const ENTRY: usize = 12;

/// The blocks of a file while they are found, in the order of the file.
struct Finding<'e, 'a> {
    ext: &'e Ext<'a>,
    inode: u32,
    pieces: FileExtents,
    /// Blocks that the map itself takes.
    nodes: Vec<u64>,
    /// The end of the range: one past the last block of the file that is wanted.
    end: u64,
}

impl Ext<'_> {
    /// The places of a file's bytes in what holds the file system, holes included; empty for one
    /// whose contents lie in the inode.
    ///
    /// # Errors
    /// If the file is longer than a map can tell; if the map cannot be read, leads outside, runs
    /// backwards, or has more than 1,048,576 pieces.
    pub fn extents(&self, inode: &Inode) -> Result<Vec<FileExtent>, Error> {
        if inode.is_inline() {
            return Ok(Vec::new());
        }
        Ok(self.find(inode)?.pieces.finish(inode.len))
    }

    /// The blocks that a file's map takes itself: nodes of the extent tree, or indirect blocks.
    ///
    /// # Errors
    /// As [`extents`](Self::extents).
    pub fn map_blocks(&self, inode: &Inode) -> Result<Vec<u64>, Error> {
        if inode.is_inline() {
            return Ok(Vec::new());
        }
        Ok(self.find(inode)?.nodes)
    }

    fn find(&self, inode: &Inode) -> Result<Finding<'_, '_>, Error> {
        let mut finding = Finding {
            ext: self,
            inode: inode.number,
            pieces: FileExtents::default(),
            nodes: Vec::new(),
            end: inode.len.div_ceil(self.block_size),
        };
        // Whoever reads a hole makes bytes of it: no length is believed that no file can have.
        if finding.end > MOST_BLOCKS {
            let what = "bytes are more than a file can have";
            return Err(finding.damaged(format_args!("{} {what}", inode.len)));
        }
        if inode.has_extents() {
            finding.extent_node(&inode.map(), None)?;
        } else {
            finding.indirect(inode)?;
        }
        Ok(finding)
    }
}

impl Finding<'_, '_> {
    fn damaged(&self, what: impl std::fmt::Display) -> Error {
        Error::damaged(format!("the map of inode {}: {what}", self.inode))
    }

    /// Blocks of the file so far.
    fn blocks(&self) -> u64 {
        self.pieces.end() / self.ext.block_size
    }

    /// Adds `count` blocks from `first` on, or a hole.
    fn push(&mut self, count: u64, first: Option<u64>) -> Result<(), Error> {
        if let Some(first) = first
            && first.checked_add(count).is_none_or(|end| end > self.ext.blocks())
        {
            return Err(self.damaged(format_args!("block {first} and {count} lie outside")));
        }
        let size = self.ext.block_size;
        // No overflow: within 2^32 blocks of the file, which is checked, and of the file system.
        let place = first.map(|block| block.saturating_mul(size));
        self.pieces.push(count.saturating_mul(size), place);
        match self.pieces.count() > MOST_PIECES {
            true => Err(self.damaged("it has more than 1,048,576 pieces")),
            false => Ok(()),
        }
    }

    /// A block of the map.
    fn node(&mut self, block: u64) -> Result<Vec<u8>, Error> {
        if self.nodes.len() >= MOST_NODES as usize {
            return Err(self.damaged("it takes more than 524,288 blocks itself"));
        }
        self.nodes.push(block);
        self.ext.block(block)
    }

    /// The entries of a node of an extent tree. `level`: the levels below it, where known.
    fn extent_node(&mut self, node: &[u8], level: Option<u16>) -> Result<(), Error> {
        let (head, entries) = node.split_at(ENTRY);
        let head = ExtentHeader::from_bytes(&array(head));
        let (depth, count) = (head.eh_depth.get(), usize::from(head.eh_entries.get()));
        if head.eh_magic.get() != MAGIC {
            return Err(self.damaged("a node without its magic number"));
        }
        if depth > MOST_LEVELS || level.is_some_and(|level| level != depth) {
            return Err(self.damaged(format_args!("a node of depth {depth} where none can be")));
        }
        if count > entries.len() / ENTRY {
            return Err(self.damaged(format_args!("a node with {count} entries")));
        }
        for entry in entries.chunks_exact(ENTRY).take(count) {
            match depth {
                0 => self.extent(&Extent::from_bytes(&array(entry)))?,
                _ => {
                    let index = ExtentIndex::from_bytes(&array(entry));
                    let below =
                        u64::from(index.ei_leaf_lo.get()) | u64::from(index.ei_leaf_hi.get()) << 32;
                    let node = self.node(below)?;
                    self.extent_node(&node, Some(depth - 1))?;
                }
            }
        }
        Ok(())
    }

    fn extent(&mut self, extent: &Extent) -> Result<(), Error> {
        let first = u64::from(extent.ee_block.get());
        let len = u32::from(extent.ee_len.get());
        let (len, written) = match len {
            0 => return Err(self.damaged("an extent of no blocks")),
            1..=MAX_LEN => (len, true),
            _ => (len - MAX_LEN, false),
        };
        let hole = first.checked_sub(self.blocks());
        let hole = hole.ok_or_else(|| self.damaged(format_args!("block {first} comes twice")))?;
        self.push(hole, None)?;
        let place = u64::from(extent.ee_start_lo.get()) | u64::from(extent.ee_start_hi.get()) << 32;
        self.push(len.into(), written.then_some(place))
    }

    /// The twelve direct blocks, then three trees.
    fn indirect(&mut self, inode: &Inode) -> Result<(), Error> {
        for (n, block) in inode.raw.i_block.iter().enumerate() {
            if self.blocks() >= self.end {
                break;
            }
            self.pointer(block.get(), n.saturating_sub(11) as u32)?;
        }
        Ok(())
    }

    /// Adds the blocks that a pointer leads to through so many levels of blocks of pointers.
    fn pointer(&mut self, block: u32, levels: u32) -> Result<(), Error> {
        let each = self.ext.block_size / 4;
        match (block, levels) {
            (0, _) => {
                // No overflow: 2^14 pointers at most in a block, three levels.
                let left = self.end.saturating_sub(self.blocks());
                self.push(each.pow(levels).min(left), None)
            }
            (_, 0) => self.push(1, Some(block.into())),
            _ => {
                let node = self.node(block.into())?;
                for pointer in node.chunks_exact(4) {
                    if self.blocks() >= self.end {
                        break;
                    }
                    self.pointer(u32::from_le_bytes(array(pointer)), levels - 1)?;
                }
                Ok(())
            }
        }
    }
}

/// A slice whose length is known, as an array.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(bytes);
    array
}
