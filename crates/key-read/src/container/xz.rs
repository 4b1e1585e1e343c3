//! xz with an index of its blocks.

use super::packed::{Block, Blocks, Packed};
use super::{Unreadable, Whole};
use image_layout::{ReadAt as _, read_array};
use std::io::{self, Read as _};
use unpack::{Budget, Compression, Streams};

/// Longest index that is read: of two million blocks.
const LONGEST_INDEX: u64 = 32 << 20;
/// Bytes of Stream Header and Stream Footer.
const HEADER: u64 = 12;
/// `Stream Flags`: CRC-32 of the data, as bootkey writes it.
const FLAGS: [u8; 2] = [0, 1];

pub(super) fn open(file: Whole) -> Result<Packed, Unreadable> {
    let damaged = || Unreadable::because("compressed by xz, but its index is damaged");
    let [_, _, _, _, _, _, header_flags @ .., _, _, _, _]: [u8; 12] = read_array(&file, 0)?;
    let footer_at = file.len.checked_sub(HEADER).ok_or_else(damaged)?;
    let footer: [u8; 12] = read_array(&file, footer_at)?;
    let [_, _, _, _, a, b, c, d, flags @ .., y, z] = footer;
    if header_flags != FLAGS || flags != FLAGS {
        let what = "compressed by xz, with other checksums than bootkey's; `unxz` it first";
        return Err(Unreadable::because(what));
    }
    if [y, z] != *b"YZ" {
        return Err(damaged());
    }
    let index_len = (u64::from(u32::from_le_bytes([a, b, c, d])) + 1) * 4;
    let index_at = footer_at.checked_sub(index_len).filter(|_| index_len <= LONGEST_INDEX);
    // OK to cast: at most `LONGEST_INDEX`.
    let index = file.read_vec(index_at.ok_or_else(damaged)?, index_len as usize)?;
    let mut rest = index.strip_prefix(&[0]).ok_or_else(damaged)?;
    let count = number(&mut rest).ok_or_else(damaged)?;
    let mut blocks = Blocks::padded(HEADER, 4);
    for _ in 0..count {
        let (stored, len) = number(&mut rest).zip(number(&mut rest)).ok_or_else(damaged)?;
        blocks.push(stored, len)?;
    }
    Ok(blocks.finish(file, unpack))
}

/// Unpacks a block as a stream of its own: with a header, an index of one and a footer.
fn unpack(stored: &[u8], block: &Block) -> io::Result<Vec<u8>> {
    let mut stream = vec![0xfd, b'7', b'z', b'X', b'Z', 0, FLAGS[0], FLAGS[1]];
    stream.extend(crc32fast::hash(&FLAGS).to_le_bytes());
    stream.extend(stored);
    let mut index = vec![0, 1];
    put(&mut index, block.unpadded);
    put(&mut index, block.len);
    index.resize(index.len().next_multiple_of(4), 0);
    index.extend(crc32fast::hash(&index).to_le_bytes());
    // OK to cast: an index of one.
    let mut footer = ((index.len() / 4 - 1) as u32).to_le_bytes().to_vec();
    footer.extend(FLAGS);
    stream.extend(index);
    stream.extend(crc32fast::hash(&footer).to_le_bytes());
    stream.extend(footer);
    stream.extend(b"YZ");
    let budget = Budget::for_input(0, block.len);
    let mut bytes = Vec::new();
    Compression::Xz.reader(&stream[..], Streams::All, &budget).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A "Multibyte Integer".
fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        // OK to cast: seven bits.
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
