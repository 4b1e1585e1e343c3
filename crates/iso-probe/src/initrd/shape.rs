//! Whether an initrd is whole, as far as headers and the last bytes tell without unpacking it.
//!
//! ```text
//! cpio header, skip … trailer │ zstd frame: block header, skip … │ xz: footer │ zeros?
//! ```

use super::cpio::{Archive, Ended, Skip};
use super::recognise::recognise;
use crate::contents::Contained;
use std::io::{self, BufReader, Read};
use unpack::{Budget, Compression, Streams};

/// The number of archive entries and blocks to go through.
const MAX_STEPS: usize = 20_000;
/// The greatest length of a part that is unpacked for this all the same, and of what may come out.
const SMALL: u64 = 1 << 20;
const MAX_UNPACKED: u64 = 16 << 20;

/// The reason why an initrd cannot be whole, if it cannot.
pub(crate) fn flaw(file: &mut Contained<'_, '_>, budget: &Budget) -> Option<String> {
    match walk(file, budget) {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
            Some("it ends in the middle: it was cut short".to_owned())
        }
        _ => None,
    }
}

/// Goes through the parts, and fails with [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if one
/// should go on beyond the end of the file.
fn walk(file: &mut Contained<'_, '_>, budget: &Budget) -> io::Result<()> {
    let mut steps = 0;
    while file.left() >= 6 {
        let start = file.left();
        let mut head = [0; 6];
        file.read_exact(&mut head)?;
        if head[..4] == [0; 4] {
            // Zeros fill up a cpio archive; they are passed four at a time.
            file.back(2);
        } else {
            file.back(6);
            match recognise(&head) {
                Some(Compression::None) => archive(file, &mut steps)?,
                Some(compression) => return compressed(file, compression, start, budget),
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

impl Skip for &mut Contained<'_, '_> {
    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        Contained::skip(self, bytes)
    }
}

/// Goes through one cpio archive.
fn archive(file: &mut Contained<'_, '_>, steps: &mut usize) -> io::Result<()> {
    let mut archive = Archive::new(file);
    while *steps <= MAX_STEPS {
        *steps += 1;
        match archive.next() {
            Ok(_) => {}
            Err(Ended::Trailer | Ended::NotCpio) => return Ok(()),
            Err(Ended::Io(e)) => return Err(e),
        }
    }
    Ok(())
}

/// Checks that the last part, which is compressed and has `len` bytes, is whole.
fn compressed(
    file: &mut Contained<'_, '_>,
    compression: Compression,
    len: u64,
    budget: &Budget,
) -> io::Result<()> {
    if len <= SMALL {
        let input = BufReader::new(&mut *file);
        // The unpacked bytes are not kept, so they have a limit of their own; only the work is
        // charged to the image's budget.
        let own = Budget::new(budget.work_left(), MAX_UNPACKED);
        let mut unpacked = compression.reader(input, Streams::First, &own);
        let read = io::copy(&mut unpacked, &mut io::sink());
        // OK to ignore: the next one who charges the spent budget gets the error.
        let _ = budget.charge(own.work().min(budget.work_left()));
        // Whatever a decoder complains about, a file that was cut short is the likeliest cause;
        // unless the budget is spent, which says nothing about the file.
        return match read {
            Err(_) if own.exhausted().is_none() => Err(io::ErrorKind::UnexpectedEof.into()),
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
            // No compressed data ends in so many zeros.
            match end.iter().all(|b| *b == 0) {
                true => Err(io::ErrorKind::UnexpectedEof.into()),
                false => Ok(()),
            }
        }
    }
}

/// Goes through the frames of zstd: RFC 8878 section 3.1.
fn zstd(file: &mut Contained<'_, '_>) -> io::Result<()> {
    for _ in 0..64 {
        let mut head = [0; 5];
        if file.left() < 5 {
            return Ok(());
        }
        file.read_exact(&mut head)?;
        let [magic @ .., descriptor] = head;
        if magic != [0x28, 0xb5, 0x2f, 0xfd] {
            // Another kind of frame, zeros, or anything else: it is not looked at.
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
            // Compressors write no empty block before the last, so these are zeros in place of
            // data.
            if block == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            // A block of type 1 (RLE) holds one byte, whatever its size says.
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
