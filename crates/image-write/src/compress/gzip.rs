//! gzip, [RFC 1952](https://www.rfc-editor.org/rfc/rfc1952): one member, whose deflate blocks end
//! at byte boundaries where ours do.

use super::block::{Block, Sums};
use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress, Status};
use std::io;

pub(super) const BLOCK: usize = 1 << 20;
/// The memory that the encoder takes.
pub(super) const MEMORY: usize = 1 << 20;
/// The level that `gzip` takes by default.
const LEVEL: u32 = 6;

/// `ID1 ID2 CM FLG MTIME XFL OS`: deflate, no name, no time, unknown system.
pub(super) const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// An empty last block with fixed codes.
const LAST: [u8; 2] = [3, 0];

pub(super) fn compress(bytes: &[u8]) -> io::Result<Block> {
    let mut deflate = Compress::new(Compression::new(LEVEL), false);
    let mut out = Vec::with_capacity(bytes.len() / 2 + 64);
    loop {
        // OK to cast: within `bytes`.
        let rest = &bytes[deflate.total_in() as usize..];
        let status = deflate.compress_vec(rest, &mut out, FlushCompress::Sync);
        let done = deflate.total_in() as usize == bytes.len() && out.len() < out.capacity();
        match status.map_err(io::Error::other)? {
            Status::Ok | Status::BufError if done => break,
            _ => out.reserve(bytes.len() / 4 + 64),
        }
    }
    let sums =
        Sums { len: bytes.len() as u64, stored: out.len() as u64, crc: crc32fast::hash(bytes) };
    Ok(Block { bytes: out, sums })
}

/// The last block, `CRC32` and `ISIZE`.
pub(super) fn tail(blocks: &[Sums]) -> Vec<u8> {
    let mut all = Hasher::new();
    for block in blocks {
        all.combine(&Hasher::new_with_initial_len(block.crc, block.len));
    }
    let len: u64 = blocks.iter().map(|b| b.len).sum();
    // OK to cast: `ISIZE` is the length modulo 2^32.
    [&LAST[..], &all.finalize().to_le_bytes(), &(len as u32).to_le_bytes()].concat()
}
