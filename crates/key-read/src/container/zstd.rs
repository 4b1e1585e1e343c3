//! Zstandard with a seek table: a frame for each block.

use super::packed::{Block, Blocks, Packed};
use super::{Unreadable, Whole};
use image_layout::{ReadAt as _, read_array};
use std::io::{self, Read as _};
use unpack::{Budget, Compression, Streams};

/// `Skippable_Magic_Number` of a seek table.
const SKIPPABLE: u32 = 0x184D_2A5E;
/// `Seekable_Magic_Number`, which ends it.
const SEEKABLE: u32 = 0x8F92_EAB1;
/// `Number_Of_Frames`, `Seek_Table_Descriptor`, `Seekable_Magic_Number`.
const FOOTER: u64 = 9;
/// Bit of the descriptor: entries have a checksum.
const CHECKSUMS: u8 = 0x80;

pub(super) fn open(file: Whole) -> Result<Packed, Unreadable> {
    let none = || {
        let what =
            "compressed by zstd, without the table by which blocks are found; `unzstd` it first";
        Unreadable::because(what)
    };
    let footer_at = file.len.checked_sub(FOOTER).ok_or_else(none)?;
    let [a, b, c, d, descriptor, magic @ ..]: [u8; 9] = read_array(&file, footer_at)?;
    if u32::from_le_bytes(magic) != SEEKABLE {
        return Err(none());
    }
    let count = u64::from(u32::from_le_bytes([a, b, c, d]));
    let each = if descriptor & CHECKSUMS == 0 { 8 } else { 12 };
    let entries_at = footer_at.checked_sub(count * each).ok_or_else(none)?;
    let head_at = entries_at.checked_sub(8).ok_or_else(none)?;
    let [a, b, c, d, ..]: [u8; 8] = read_array(&file, head_at)?;
    if u32::from_le_bytes([a, b, c, d]) != SKIPPABLE {
        return Err(none());
    }
    let mut blocks = Blocks::from(0);
    // OK to cast: within the file, and refused below where there are too many.
    for entry in file.read_vec(entries_at, (count * each) as usize)?.chunks_exact(each as usize) {
        let number =
            |at: usize| entry[at..at + 4].iter().rev().fold(0, |n, b| n << 8 | u64::from(*b));
        blocks.push(number(0), number(4))?;
    }
    Ok(blocks.finish(file, unpack))
}

fn unpack(stored: &[u8], block: &Block) -> io::Result<Vec<u8>> {
    let budget = Budget::for_input(0, block.len);
    let mut bytes = Vec::new();
    Compression::Zstd.reader(stored, Streams::All, &budget).read_to_end(&mut bytes)?;
    Ok(bytes)
}
