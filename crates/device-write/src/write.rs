//! The order in which an image gets onto a medium.

use crate::access::put;
use crate::capacity::probe;
use crate::compare::compare;
use crate::erase::{erase, flush, zero};
use crate::progress::{OnProgress, Phase, Progress, tell};
use crate::units::{HEAD, PAGE};
use crate::{Error, Image, Medium, State};
use std::ops::Range;

/// The result of writing a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Bytes of the image that were written.
    pub bytes: u64,
    /// Bytes from the start of the medium that it has forgotten, and that were zeros before the image was written.
    pub discarded: u64,
}

/// Writes an image to a medium, and compares it with what is there.
///
/// # Errors
/// [`Error`] says what went wrong, and what state the medium is in.
pub fn write(
    image: &Image<'_>,
    medium: &dyn Medium,
    on_progress: &mut OnProgress<'_>,
) -> Result<Written, Error> {
    let len = image.bytes.len();
    if len > medium.len() || len == 0 {
        return Err(Error::TooSmall { image: len, device: medium.len() });
    }
    let end = len.next_multiple_of(PAGE).min(medium.len());
    let pieces = |from: u64, to: u64| image.pieces(from.min(end)..to.min(end));
    let (held, rest) = ([pieces(PAGE, HEAD), pieces(0, PAGE)], pieces(HEAD, end));
    let total = rest.iter().map(|piece| piece.end - piece.start).sum();
    let mut state = State::Untouched;
    tell(on_progress, Progress { phase: Phase::Erasing, done: 0, total: medium.len() }, state)?;
    let discarded = erase(medium, total, on_progress)?;
    state = State::NoTable;
    let mut told = |phase, done, state| tell(on_progress, Progress { phase, done, total }, state);
    told(Phase::Probing, 0, state)?;
    probe(medium)?;

    let (mut done, mut bytes) = (0, 0);
    image.for_each(&rest, state, |piece| {
        // What was forgotten reads as zeros: compared it is all the same.
        let end = piece.offset + piece.bytes().len() as u64;
        if end > discarded || piece.bytes().iter().any(|b| *b != 0) {
            put(medium, piece.offset, piece.bytes(), "it cannot be written", state)?;
            bytes += piece.bytes().len() as u64;
        }
        done += piece.bytes().len() as u64;
        told(Phase::Writing, done, state)
    })?;
    flush(medium, state)?;

    let (mut done, mut mismatches) = (0, Vec::new());
    image.for_each(&rest, state, |piece| {
        compare(medium, piece, &mut mismatches)?;
        done += piece.bytes().len() as u64;
        told(Phase::Comparing, done, state)
    })?;
    if !mismatches.is_empty() {
        return Err(Error::Differs { mismatches, state });
    }
    let total = held.iter().flatten().map(|piece| piece.end - piece.start).sum();
    tell(on_progress, Progress { phase: Phase::Finishing, done: 0, total }, state)?;
    bytes += finish(image, medium, &held)?;
    Ok(Written { bytes, discarded })
}

/// Writes the parts that were held back, each when the one before is there, and takes all of it back if
/// it is not kept.
fn finish(image: &Image<'_>, medium: &dyn Medium, held: &[Vec<Range<u64>>]) -> Result<u64, Error> {
    let (mut bytes, state) = (0, State::Unknown);
    let finished = held.iter().try_for_each(|pieces| {
        image.for_each(pieces, state, |piece| {
            bytes += piece.bytes().len() as u64;
            put(medium, piece.offset, piece.bytes(), "it cannot be written", state)
        })?;
        flush(medium, state)?;
        let mut mismatches = Vec::new();
        image.for_each(pieces, state, |piece| compare(medium, piece, &mut mismatches))?;
        match mismatches.is_empty() {
            true => Ok(()),
            false => Err(Error::Differs { mismatches, state }),
        }
    });
    finished.map_err(|error| {
        let back = zero(medium, 0, HEAD.min(medium.len()), state);
        let back = back.and_then(|()| flush(medium, state));
        error.in_state(if back.is_ok() { State::NoTable } else { State::Unknown })
    })?;
    Ok(bytes)
}
