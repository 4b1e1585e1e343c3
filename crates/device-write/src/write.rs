//! The order in which an image gets onto a medium.

use crate::access::put;
use crate::capacity::probe;
use crate::compare::compare;
use crate::erase::{erase, flush, zero};
use crate::progress::{OnProgress, Phase, Progress, tell};
use crate::units::{HEAD, PAGE};
use crate::{Error, Image, Medium, State};
use std::ops::Range;
use std::panic::resume_unwind;
use std::thread::{self, ScopedJoinHandle};

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
    let discarded = erase(medium, image.owned, total, on_progress)?;
    state = State::NoTable;
    let mut told = |phase, done, state| tell(on_progress, Progress { phase, done, total }, state);
    told(Phase::Probing, 0, state)?;
    probe(medium)?;

    let mut bytes =
        put_all(image, medium, &rest, discarded, |done| told(Phase::Writing, done, state))?;
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

/// Bytes after which a medium empties its own memory, beside the next ones: the progress is the medium's, and
/// nobody waits at the end.
const KEPT: u64 = 16 << 20;

/// Writes pieces, in whose first `discarded` bytes there are zeros already. `told` gets the sum of their lengths.
/// Returns the number of bytes that had to be written.
fn put_all(
    image: &Image<'_>,
    medium: &dyn Medium,
    pieces: &[Range<u64>],
    discarded: u64,
    mut told: impl FnMut(u64) -> Result<(), Error>,
) -> Result<u64, Error> {
    let (mut done, mut bytes, state) = (0, 0, State::NoTable);
    thread::scope(|scope| {
        let joined = |thread: Option<ScopedJoinHandle<'_, _>>| match thread {
            Some(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            None => Ok(()),
        };
        let mut flushing = None;
        image.for_each(pieces, state, |piece| {
            let (at, content) = (piece.offset, piece.bytes());
            let end = at + content.len() as u64;
            // What was forgotten reads as zeros: compared it is all the same.
            if end > discarded || content.iter().any(|b| *b != 0) {
                put(medium, at, content, "it cannot be written", state)?;
                bytes += content.len() as u64;
            }
            done += content.len() as u64;
            if at / KEPT != end / KEPT {
                joined(flushing.take())?;
                // If no thread can be started, all of it is waited for at the end.
                let start = || flush(medium, state);
                flushing = thread::Builder::new().spawn_scoped(scope, start).ok();
            }
            told(done)
        })?;
        joined(flushing)
    })?;
    Ok(bytes)
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
