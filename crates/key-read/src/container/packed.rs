//! An image in blocks, of which each was compressed by itself.

use super::{Container, Unreadable, Whole};
use image_layout::ReadAt;
use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Most bytes of blocks that are kept in memory, beside the one that was read last: enough for the
/// tables of a file system that lie about, and for two threads that read ahead.
const KEPT: usize = 32 << 20;
/// Longest block that is unpacked.
const LONGEST: u64 = 64 << 20;
/// Most blocks: 64 MiB of memory.
const MOST: usize = 1 << 21;

/// A compressed block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    /// The offset of the compressed block in the file.
    pub start: u64,
    /// The length of the compressed block in the file, padding included.
    pub stored: u64,
    /// The length of the compressed block in the file, without the padding.
    pub unpadded: u64,
    /// The offset of the unpacked block in the image.
    pub at: u64,
    /// The length of the unpacked block in the image.
    pub len: u64,
}

/// Unpacks the bytes of a block.
pub(super) type Unpack = fn(&[u8], &Block) -> io::Result<Vec<u8>>;

/// A block in memory, with its number.
type Kept = (usize, Arc<[u8]>);

/// A compressed image.
pub(crate) struct Packed {
    file: Whole,
    blocks: Vec<Block>,
    unpack: Unpack,
    kept: Mutex<VecDeque<Kept>>,
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packed").field("blocks", &self.blocks.len()).finish_non_exhaustive()
    }
}

/// The list of blocks while it grows.
#[derive(Debug)]
pub(super) struct Blocks {
    blocks: Vec<Block>,
    /// The offsets at which the next block begins, in the file and in the image.
    end: (u64, u64),
    /// The number of bytes that each block's length in the file is padded to a multiple of.
    padding: u64,
}

impl Blocks {
    /// An empty list of blocks that start at a byte of the file.
    pub fn from(start: u64) -> Self {
        Self::padded(start, 1)
    }

    /// As [`from`](Self::from), of blocks that are padded to a multiple of `padding` in the file.
    pub fn padded(start: u64, padding: u64) -> Self {
        Self { blocks: Vec::new(), end: (start, 0), padding }
    }

    /// Adds the next block. `stored`: its bytes in the file; `len`: those in the image.
    pub fn push(&mut self, stored: u64, len: u64) -> Result<(), Unreadable> {
        if len > LONGEST || stored > LONGEST + (1 << 20) {
            let what = "its blocks are too long to be read one by one; unpack it first";
            return Err(Unreadable::because(what));
        }
        if self.blocks.len() >= MOST {
            return Err(Unreadable::because("it has too many blocks; unpack it first"));
        }
        let (start, at) = self.end;
        let (unpadded, stored) = (stored, stored.next_multiple_of(self.padding));
        self.blocks.push(Block { start, stored, unpadded, at, len });
        self.end = (start.saturating_add(stored), at + len);
        Ok(())
    }

    pub fn finish(self, file: Whole, unpack: Unpack) -> Packed {
        Packed { file, blocks: self.blocks, unpack, kept: Mutex::default() }
    }
}

impl Packed {
    fn block(&self, number: usize) -> io::Result<Arc<[u8]>> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = {
            let mut kept = kept();
            let place = kept.iter().position(|(n, _)| *n == number);
            // A block that is used again moves to the front, because the last ones are dropped
            // first.
            place.and_then(|place| kept.remove(place)).map(|(_, bytes)| {
                kept.push_front((number, Arc::clone(&bytes)));
                bytes
            })
        };
        if let Some(bytes) = known {
            return Ok(bytes);
        }
        let block = &self.blocks[number];
        // OK to cast: at most `LONGEST` and a bit.
        let stored = self.file.read_vec(block.start, block.stored as usize)?;
        let damaged = |why: &dyn fmt::Display| {
            let text = format!(
                "its compressed block at byte {} is damaged ({why}); get or make the file anew",
                block.start
            );
            io::Error::new(io::ErrorKind::InvalidData, text)
        };
        let bytes = (self.unpack)(&stored, block).map_err(|e| damaged(&e))?;
        if bytes.len() as u64 != block.len {
            return Err(damaged(&"it has not the length that it says"));
        }
        let bytes: Arc<[u8]> = bytes.into();
        let mut kept = kept();
        let mut room = KEPT;
        kept.retain(|(_, bytes)| {
            let fits = bytes.len() <= room;
            room = room.saturating_sub(bytes.len());
            fits
        });
        kept.push_front((number, Arc::clone(&bytes)));
        Ok(bytes)
    }
}

impl Container for Packed {
    fn file(&self) -> &File {
        &self.file.file
    }
}

impl ReadAt for Packed {
    fn len(&self) -> u64 {
        self.blocks.last().map_or(0, |b| b.at + b.len)
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        if offset.checked_add(buf.len() as u64).is_none_or(|end| end > self.len()) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut number = self.blocks.partition_point(|b| b.at + b.len <= offset);
        let (mut at, mut rest) = (offset, buf);
        while !rest.is_empty() {
            let (block, bytes) = (self.blocks[number], self.block(number)?);
            // OK to cast: within a block, which is in memory.
            let piece = &bytes[(at - block.at) as usize..];
            let len = piece.len().min(rest.len());
            let (now, behind) = rest.split_at_mut(len);
            now.copy_from_slice(&piece[..len]);
            (at, rest, number) = (at + len as u64, behind, number + 1);
        }
        Ok(())
    }
}
