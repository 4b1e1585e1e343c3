//! Making what was on a medium unreadable, the partition table first.

use crate::access::{get, put};
use crate::aligned::Aligned;
use crate::progress::{OnProgress, Phase, Progress, tell};
use crate::traces::{has_uberblock, places, uberblocks};
use crate::units::PAGE;
use crate::{Error, Medium, State};
use std::ops::Range;
use std::time::Duration;

/// The bytes that are forgotten first, which tells how fast it is; then [`GROWTH`] times as many each time.
const FIRST: u64 = 256 << 10;
const GROWTH: u32 = 4;
/// Most bytes that are forgotten at once, so that somebody may stop it.
const MOST: u64 = 1 << 30;
/// The time that forgetting may take, whatever is written. A medium that needs longer writes zeros itself, or
/// erases its flash: then it is faster to leave alone what nobody owns.
const PATIENCE: Duration = Duration::from_millis(50);
/// Bytes to be written that are worth a second more: a hundredth of the time in which a fast stick takes them.
const PER_SECOND: f64 = 10e9;

/// Erases the first page, and with it the partition table, then everything else by which the medium is known, or
/// all of it if it can forget fast enough for `to_write` bytes. Returns how much of it, from the start, was
/// forgotten and is zeros. What an image has in `owned` is written over soon.
pub(crate) fn erase(
    medium: &dyn Medium,
    owned: &[Range<u64>],
    to_write: u64,
    on_progress: &mut OnProgress<'_>,
) -> Result<u64, Error> {
    zero(medium, 0, PAGE.min(medium.len()), State::Unknown)?;
    flush(medium, State::Unknown)?;
    let patience = PATIENCE + Duration::from_secs_f64(to_write as f64 / PER_SECOND);
    let forgotten = forget(medium, patience, on_progress)?;
    let len = medium.len();
    for place in places(len, owned) {
        // Zeros need not be written again: reading is faster.
        clear(medium, place, forgotten, |page| page.iter().any(|byte| *byte != 0))?;
    }
    for place in uberblocks(len) {
        clear(medium, place, forgotten, has_uberblock)?;
    }
    Ok(forgotten)
}

/// Writes zeros over the pages of a range that are so. The first `forgotten` bytes of the medium are zeros.
fn clear(
    medium: &dyn Medium,
    range: Range<u64>,
    forgotten: u64,
    is_so: fn(&[u8]) -> bool,
) -> Result<(), Error> {
    let (start, end) = (range.start.max(forgotten / PAGE * PAGE), range.end);
    if start >= end {
        return Ok(());
    }
    // OK to cast: at most `EDGE`.
    let len = (end - start) as usize;
    let state = State::NoTable;
    // What cannot be read may be anything.
    let Ok(there) = get(medium, start, len, state) else {
        return zero(medium, start, len as u64, state);
    };
    let mut dirty: Option<u64> = None;
    // OK to cast: a page.
    for (page, at) in there.chunks(PAGE as usize).zip((start..).step_by(PAGE as usize)) {
        if is_so(page) {
            dirty.get_or_insert(at);
        } else if let Some(from) = dirty.take() {
            zero(medium, from, at - from, state)?;
        }
    }
    match dirty {
        Some(from) => zero(medium, from, end - from, state),
        None => Ok(()),
    }
}

/// Has whole pages forgotten, from the start, as long as the medium can do so and is likely to be done in time.
/// Returns how many bytes.
fn forget(
    medium: &dyn Medium,
    patience: Duration,
    on_progress: &mut OnProgress<'_>,
) -> Result<u64, Error> {
    let total = medium.len() / PAGE * PAGE;
    let (mut done, mut spent, mut step) = (0, Duration::ZERO, FIRST);
    // What the next step will take.
    let mut expected = Duration::ZERO;
    while done < total && spent + expected <= patience {
        let progress = Progress { phase: Phase::Erasing, done, total };
        tell(on_progress, progress, State::NoTable)?;
        let len = step.min(total - done);
        let Some(took) = medium.discard(done, len) else { break };
        done += len;
        spent += took;
        let next = (step * u64::from(GROWTH)).min(MOST);
        // OK to cast: `GROWTH` at most.
        expected = took * (next / step) as u32;
        step = next;
    }
    Ok(done)
}

/// Writes zeros.
pub(crate) fn zero(medium: &dyn Medium, at: u64, len: u64, state: State) -> Result<(), Error> {
    // OK to cast: at most `EDGE`.
    let zeros = Aligned::zeros(len as usize);
    match len {
        0 => Ok(()),
        _ => put(medium, at, zeros.bytes(), "it cannot be erased", state),
    }
}

pub(crate) fn flush(medium: &dyn Medium, state: State) -> Result<(), Error> {
    medium.flush().map_err(|source| Error::Flush { source, state })
}
