//! xz, <https://tukaani.org/xz/xz-file-format.txt>: one stream, whose blocks are ours, and an index
//! of them.

use super::block::{Block, Sums};
use crate::format::xz as format;
use lzma_rust2::{Lzma2Options, Lzma2Writer};
use std::io::{self, Write as _};

pub(super) const BLOCK: usize = 4 << 20;
/// The memory that the encoder takes: its tables take 11.5 bytes for each of the dictionary.
pub(super) const MEMORY: usize = 48 << 20;
/// The preset that `xz` takes by default.
const PRESET: u32 = 6;
/// `Dictionary Size` in a block header: 4 MiB, `2 << (bits / 2 + 11)`. Level 6 has 8 MiB, but a
/// block has no more to refer to.
const DICTIONARY: u8 = 20;

/// Stream Header.
pub(super) const HEAD: [u8; 12] = format::HEADER;

pub(super) fn compress(bytes: &[u8]) -> io::Result<Block> {
    // `Block Header Size` in words less one, `Block Flags` (one filter), the filter LZMA2 with
    // its one byte, padding.
    let mut out = vec![2, 0, 0x21, 1, DICTIONARY, 0, 0, 0];
    out.extend(crc32fast::hash(&out).to_le_bytes());
    let mut options = Lzma2Options::with_preset(PRESET);
    // OK to cast: 4 MiB.
    options.lzma_options.dict_size = BLOCK as u32;
    let mut writer = Lzma2Writer::new(out, options);
    writer.write_all(bytes)?;
    let mut out = writer.finish()?;
    // `Unpadded Size` counts the check, which lies behind the padding.
    let stored = out.len() as u64 + format::CHECK_LEN;
    out.resize(out.len().next_multiple_of(4), 0);
    let crc = crc32fast::hash(bytes);
    out.extend(crc.to_le_bytes());
    Ok(Block { bytes: out, sums: Sums { len: bytes.len() as u64, stored, crc } })
}

/// Index and Stream Footer.
pub(super) fn tail(blocks: &[Sums]) -> Vec<u8> {
    format::index_and_footer(blocks.iter().map(|block| (block.stored, block.len)))
}
