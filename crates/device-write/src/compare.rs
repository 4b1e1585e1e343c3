//! Comparing what is on a medium with the image.

use crate::access::get;
use crate::image::Piece;
use crate::{Error, Medium, Mismatch, State};

/// Wrong bytes that are so near to each other are one mismatch.
const NEAR: u64 = 4096;
/// Most mismatches that are kept; behind that the last one grows.
const MOST: usize = 1000;

/// Compares a piece.
pub(crate) fn compare(
    medium: &dyn Medium,
    piece: &Piece,
    mismatches: &mut Vec<Mismatch>,
) -> Result<(), Error> {
    let (at, expected) = (piece.offset, piece.bytes());
    let read = get(medium, at, expected.len(), State::NoTable)?;
    if read == expected {
        return Ok(());
    }
    let wrong = read.iter().zip(expected).enumerate().filter(|(_, (a, b))| a != b);
    for offset in wrong.map(|(n, _)| at + n as u64) {
        let full = mismatches.len() >= MOST;
        match mismatches.last_mut() {
            Some(last) if full || offset - (last.offset + last.len) < NEAR => {
                last.len = offset + 1 - last.offset;
            }
            _ => mismatches.push(Mismatch { offset, len: 1 }),
        }
    }
    Ok(())
}
