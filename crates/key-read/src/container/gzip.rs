//! gzip as bootkey writes it: blocks of 1 MiB that can be unpacked each by itself. No index says
//! where they begin: one pass through the file finds them, and proves that they are independent.

use super::packed::{Block, Blocks, Packed};
use super::{Unreadable, Whole};
use flate2::{Decompress, FlushDecompress, Status};
use image_layout::ReadAt as _;
use std::io;

/// Bytes of the header without name, comment and more.
const HEADER: u64 = 10;
/// `FLG`: there is more in the header.
const FLG_AT: u64 = 3;
/// Bytes of a block in the image.
const BLOCK: usize = 1 << 20;
/// The end of a block that was flushed.
const FLUSHED: [u8; 4] = [0, 0, 0xff, 0xff];
/// Most bytes of a block before its first byte of data.
const LONGEST_HEAD: usize = 1 << 10;
/// Most bytes that a block takes in the file.
const LONGEST: usize = BLOCK + (64 << 10);

pub(super) fn open(file: Whole) -> Result<Packed, Unreadable> {
    let foreign = || {
        let what = "compressed by gzip, but damaged, or not in blocks as bootkey does it; `gunzip` it first";
        Unreadable::because(what)
    };
    if file.read_vec(FLG_AT, 1)? != [0] {
        return Err(foreign());
    }
    let (mut blocks, mut at) = (Blocks::from(HEADER), HEADER);
    let (mut crc, mut image) = (crc32fast::Hasher::new(), 0_u64);
    let mut buffer = vec![0; BLOCK];
    loop {
        // OK to cast: at most `LONGEST`.
        let len = file.len.saturating_sub(at).min(LONGEST as u64) as usize;
        let stored = file.read_vec(at, len)?;
        let mut inflate = Decompress::new(false);
        let status = inflate.decompress(&stored, &mut buffer, FlushDecompress::None);
        let last = status.map_err(|_| foreign())? == Status::StreamEnd;
        // OK to cast: within `stored` and `buffer`.
        let (mut used, out) = (inflate.total_in() as usize, inflate.total_out() as usize);
        let tail = stored.get(used..used + 8).unwrap_or_default();
        if !last {
            used = end_of_block(&stored, used).filter(|_| out == BLOCK).ok_or_else(foreign)?;
        }
        if out > 0 {
            crc.update(&buffer[..out]);
            image += out as u64;
            blocks.push(used as u64, out as u64)?;
            at += used as u64;
        }
        if last {
            // OK to cast: `ISIZE` is the length modulo 2^32.
            let says = [crc.finalize().to_le_bytes(), (image as u32).to_le_bytes()].concat();
            return match tail == says {
                true => Ok(blocks.finish(file, unpack)),
                false => Err(foreign()),
            };
        }
    }
}

/// The end of a full block in the file, whose last byte came out when `used` bytes had been read.
/// By then the decoder may have read the block's end mark and the head of the next block, too.
fn end_of_block(stored: &[u8], used: usize) -> Option<usize> {
    let first = used.saturating_sub(LONGEST_HEAD);
    let around = stored.get(first..stored.len().min(used + LONGEST_HEAD))?;
    let marks = around.windows(FLUSHED.len()).enumerate().filter(|(_, w)| **w == FLUSHED);
    let ends: Vec<usize> = marks.map(|(at, _)| first + at + FLUSHED.len()).collect();
    // The head of the next block may contain bytes like those of the mark. Of several candidates
    // the first with a whole block before it is the end.
    let is_whole = |end: &usize| {
        let mut out = vec![0; BLOCK];
        let mut inflate = Decompress::new(false);
        let done = inflate.decompress(&stored[..*end], &mut out, FlushDecompress::None);
        done.is_ok() && inflate.total_out() == BLOCK as u64
    };
    match &ends[..] {
        [only] => Some(*only),
        several => several.iter().copied().find(is_whole),
    }
}

fn unpack(stored: &[u8], block: &Block) -> io::Result<Vec<u8>> {
    // OK to cast: at most 1 MiB.
    let mut out = Vec::with_capacity(block.len as usize);
    Decompress::new(false)
        .decompress_vec(stored, &mut out, FlushDecompress::None)
        .map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
    Ok(out)
}
