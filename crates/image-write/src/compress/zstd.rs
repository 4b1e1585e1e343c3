//! Zstandard, [RFC 8878](https://www.rfc-editor.org/rfc/rfc8878): a frame for each block, and the
//! seek table of the [seekable format](https://github.com/facebook/zstd/blob/dev/contrib/seekable_format/zstd_seekable_compression_format.md)
//! in a frame that others skip.

use super::block::{Block, Sums};
use std::io;
use zstd_complete::encoding::{CompressionLevel, EncoderOptions, encode_all};

pub(super) const BLOCK: usize = 4 << 20;
/// The memory that the encoder takes.
pub(super) const MEMORY: usize = 12 << 20;
/// `Skippable_Magic_Number` of a seek table.
const SKIPPABLE: u32 = 0x184D_2A5E;
/// `Seekable_Magic_Number`, which ends it.
const SEEKABLE: u32 = 0x8F92_EAB1;

/// A frame, at level 3: what `zstd` takes by default.
pub(super) fn compress(bytes: &[u8]) -> io::Result<Block> {
    let options = EncoderOptions::new(CompressionLevel::DEFAULT)
        .with_checksum(true)
        .with_frame_chunk_size(BLOCK);
    let out = encode_all(bytes, options).map_err(io::Error::other)?;
    let sums = Sums { len: bytes.len() as u64, stored: out.len() as u64, crc: 0 };
    Ok(Block { bytes: out, sums })
}

/// The seek table; none if there are more frames than it can count.
pub(super) fn tail(blocks: &[Sums]) -> Vec<u8> {
    let (Ok(count), Ok(size)) =
        (u32::try_from(blocks.len()), u32::try_from(blocks.len() as u64 * 8 + 9))
    else {
        return Vec::new();
    };
    let mut table = Vec::with_capacity(blocks.len() * 8 + 17);
    table.extend(SKIPPABLE.to_le_bytes());
    table.extend(size.to_le_bytes());
    for block in blocks {
        // OK to cast: a block has 4 MiB, and is not much larger in the file.
        table.extend((block.stored as u32).to_le_bytes());
        table.extend((block.len as u32).to_le_bytes());
    }
    table.extend(count.to_le_bytes());
    table.push(0); // no checksums: frames have their own
    table.extend(SEEKABLE.to_le_bytes());
    table
}
