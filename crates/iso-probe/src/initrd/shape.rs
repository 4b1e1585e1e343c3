//! Whether an initrd is whole, as far as its heads and its end tell without unpacking it.
//!
//! ```text
//! cpio header, skip … trailer │ zstd frame: block header, skip … │ xz: footer │ zeros?
//! ```

use super::recognise::recognise;
use crate::contents::Contained;
use crate::format::newc::{CRC_MAGIC, HEADER, MAGIC, TRAILER, field};
use std::io::{self, BufReader, Read, Seek};
use unpack::{Budget, Compression, Streams};

/// Archive entries and blocks walked over.
const MAX_STEPS: usize = 20_000;
/// Largest part that is unpacked for this, in bytes; and how much of it may come out.
const SMALL: u64 = 1 << 20;
const MAX_UNPACKED: u64 = 16 << 20;

/// What is wrong with an initrd, if something is.
pub(crate) fn flaw<R: Read + Seek>(file: &mut Contained<'_, R>) -> Option<String> {
    match walk(file) {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
            Some("it ends in the middle: it was cut short".to_owned())
        }
        _ => None,
    }
}

/// Walks over the parts; [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) where one goes on behind the
/// end.
fn walk<R: Read + Seek>(file: &mut Contained<'_, R>) -> io::Result<()> {
    let mut steps = 0;
    while file.left() >= 6 {
        let start = file.left();
        let mut head = [0; 6];
        file.read_exact(&mut head)?;
        if head[..4] == [0; 4] {
            // What fills a cpio archive up, in steps of four.
            file.back(2);
        } else {
            file.back(6);
            match recognise(&head) {
                Some(Compression::None) => archive(file, &mut steps)?,
                Some(compression) => return compressed(file, compression, start),
                None => return Ok(()),
            }
        }
        steps += 1;
        if steps > MAX_STEPS {
            return Ok(());
        }
    }
    Ok(())
}

/// Walks over one cpio archive.
fn archive<R: Read + Seek>(file: &mut Contained<'_, R>, steps: &mut usize) -> io::Result<()> {
    while *steps <= MAX_STEPS {
        *steps += 1;
        let mut header = [0; HEADER];
        file.read_exact(&mut header)?;
        let (Some(size), Some(name_len), true) = (
            field(&header, 6),
            field(&header, 11).filter(|len| *len <= 4096),
            [MAGIC, CRC_MAGIC].contains(&&header[..6]),
        ) else {
            return Ok(());
        };
        let mut name = vec![0; name_len as usize];
        file.read_exact(&mut name)?;
        let padding = |len: u64| len.wrapping_neg() % 4;
        file.skip(padding(HEADER as u64 + name_len).min(file.left()))?;
        if name.starts_with(TRAILER.as_bytes()) {
            return Ok(());
        }
        file.skip(size)?;
        file.skip(padding(size).min(file.left()))?;
    }
    Ok(())
}

/// Looks whether a compressed part of `len` bytes, the last one, is whole.
fn compressed<R: Read + Seek>(
    file: &mut Contained<'_, R>,
    compression: Compression,
    len: u64,
) -> io::Result<()> {
    if len <= SMALL {
        let input = BufReader::new(&mut *file);
        let budget = Budget::for_input(len, MAX_UNPACKED);
        let mut unpacked = compression.reader(input, Streams::First, &budget);
        let read = io::copy(&mut unpacked, &mut io::sink());
        // Whatever a decoder complains of, but the budget: what is not whole is the most likely.
        return match read {
            Err(_) if budget.exhausted().is_none() => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        };
    }
    match compression {
        Compression::Zstd => zstd(file),
        Compression::Xz => {
            file.skip(len - 64)?;
            let mut end = [0; 64];
            file.read_exact(&mut end)?;
            let used = end.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
            // A footer ends with its magic; zeros may follow.
            match end[..used].ends_with(b"YZ") {
                true => Ok(()),
                false => Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        _ => {
            let mut end = vec![0; 64 << 10];
            file.skip(len - end.len() as u64)?;
            file.read_exact(&mut end)?;
            // Nothing that is compressed ends so.
            match end.iter().all(|b| *b == 0) {
                true => Err(io::ErrorKind::UnexpectedEof.into()),
                false => Ok(()),
            }
        }
    }
}

/// Walks over the frames of zstd: RFC 8878 section 3.1.
fn zstd<R: Read + Seek>(file: &mut Contained<'_, R>) -> io::Result<()> {
    for _ in 0..64 {
        let mut head = [0; 5];
        if file.left() < 5 {
            return Ok(());
        }
        file.read_exact(&mut head)?;
        let [magic @ .., descriptor] = head;
        if magic != [0x28, 0xb5, 0x2f, 0xfd] {
            // Another kind of frame, zeros, or something else that follows.
            return Ok(());
        }
        let single = descriptor & 0x20 != 0;
        let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
        let size = match descriptor >> 6 {
            0 => u64::from(single),
            n => 1 << n,
        };
        file.skip(u64::from(!single) + dictionary + size)?;
        for step in 0.. {
            let mut block = [0; 3];
            file.read_exact(&mut block)?;
            let block = u32::from_le_bytes([block[0], block[1], block[2], 0]);
            // No writer puts an empty block in the middle: these are zeros where blocks should be.
            if block == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            // A run has one byte.
            file.skip(if block >> 1 & 3 == 1 { 1 } else { u64::from(block >> 3) })?;
            if block & 1 == 1 {
                break;
            }
            if step > MAX_STEPS {
                return Ok(());
            }
        }
        file.skip(if descriptor & 4 != 0 { 4 } else { 0 })?;
    }
    Ok(())
}
