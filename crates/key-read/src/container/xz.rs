//! xz with an index of its blocks.

use super::packed::{Block, Blocks, Packed};
use super::{Unreadable, Whole};
use image_layout::{ReadAt as _, read_array};
use image_write::format::xz::{FLAGS, FOOTER_MAGIC, HEADER, index_and_footer, take_number};
use std::io::{self, Read as _};
use unpack::{Budget, Compression, Streams};

/// Longest index that is read: of two million blocks.
const LONGEST_INDEX: u64 = 32 << 20;
/// Bytes of Stream Header, and of Stream Footer.
const HEADER_LEN: u64 = HEADER.len() as u64;

pub(super) fn open(file: Whole) -> Result<Packed, Unreadable> {
    let damaged = || Unreadable::because("compressed by xz, but its index is damaged");
    let [_, _, _, _, _, _, header_flags @ .., _, _, _, _]: [u8; 12] = read_array(&file, 0)?;
    let footer_at = file.len.checked_sub(HEADER_LEN).ok_or_else(damaged)?;
    let footer: [u8; 12] = read_array(&file, footer_at)?;
    let [_, _, _, _, a, b, c, d, flags @ .., y, z] = footer;
    if header_flags != FLAGS || flags != FLAGS {
        let what = "compressed by xz, with other checksums than bootkey's; `unxz` it first";
        return Err(Unreadable::because(what));
    }
    if [y, z] != FOOTER_MAGIC {
        return Err(damaged());
    }
    let index_len = (u64::from(u32::from_le_bytes([a, b, c, d])) + 1) * 4;
    let index_at = footer_at.checked_sub(index_len).filter(|_| index_len <= LONGEST_INDEX);
    // OK to cast: at most `LONGEST_INDEX`.
    let index = file.read_vec(index_at.ok_or_else(damaged)?, index_len as usize)?;
    let mut rest = index.strip_prefix(&[0]).ok_or_else(damaged)?;
    let count = take_number(&mut rest).ok_or_else(damaged)?;
    let mut blocks = Blocks::padded(HEADER_LEN, 4);
    for _ in 0..count {
        let (stored, len) =
            take_number(&mut rest).zip(take_number(&mut rest)).ok_or_else(damaged)?;
        blocks.push(stored, len)?;
    }
    Ok(blocks.finish(file, unpack))
}

/// Unpacks a block as a stream of its own: with a header, an index of one and a footer.
fn unpack(stored: &[u8], block: &Block) -> io::Result<Vec<u8>> {
    let mut stream = HEADER.to_vec();
    stream.extend(stored);
    stream.extend(index_and_footer([(block.unpadded, block.len)].into_iter()));
    let budget = Budget::for_input(0, block.len);
    let mut bytes = Vec::new();
    Compression::Xz.reader(&stream[..], Streams::All, &budget).read_to_end(&mut bytes)?;
    Ok(bytes)
}
