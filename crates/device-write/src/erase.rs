//! Making what was on a medium unreadable, the partition table first.

use crate::access::{get, put};
use crate::aligned::Aligned;
use crate::progress::{OnProgress, Phase, Progress, tell};
use crate::units::{EDGE, PAGE};
use crate::{Error, Medium, State};
use std::time::{Duration, Instant};

/// The bytes that are forgotten at once, so that somebody may stop it.
const STEP: u64 = 1 << 30;
/// A medium that takes longer for a step does not forget, but writes zeros itself.
const SLOW: Duration = Duration::from_secs(2);

/// Erases the first page, and with it the partition table, then the rest of both ends, or all of the
/// medium if it can forget. Returns whether all of it is zeros.
pub(crate) fn erase(medium: &dyn Medium, on_progress: &mut OnProgress<'_>) -> Result<bool, Error> {
    zero(medium, 0, PAGE.min(medium.len()), State::Unknown)?;
    flush(medium, State::Unknown)?;
    if forget(medium, on_progress)? {
        // A tail that is no whole page.
        let tail = medium.len() / PAGE * PAGE;
        zero(medium, tail, medium.len() - tail, State::NoTable)?;
        flush(medium, State::NoTable)?;
        return Ok(true);
    }
    let len = medium.len();
    for (start, end) in [(PAGE, EDGE), (len.saturating_sub(EDGE), len)] {
        clear(medium, (start / PAGE * PAGE).min(len), end.min(len))?;
    }
    flush(medium, State::NoTable)?;
    Ok(false)
}

/// Writes zeros over the pages of a range that are no zeros: reading is faster than writing.
fn clear(medium: &dyn Medium, start: u64, end: u64) -> Result<(), Error> {
    // OK to cast: at most `EDGE`.
    let len = end.saturating_sub(start) as usize;
    let state = State::NoTable;
    // What cannot be read may be anything.
    let Ok(there) = get(medium, start, len, state) else {
        return zero(medium, start, len as u64, state);
    };
    let mut dirty: Option<u64> = None;
    // OK to cast: a page.
    for (page, at) in there.chunks(PAGE as usize).zip((start..).step_by(PAGE as usize)) {
        if page.iter().any(|byte| *byte != 0) {
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

/// Has all whole pages forgotten, if the medium can do so, and without taking its time.
fn forget(medium: &dyn Medium, on_progress: &mut OnProgress<'_>) -> Result<bool, Error> {
    let state = State::NoTable;
    let total = medium.len() / PAGE * PAGE;
    let mut done = 0;
    while done < total {
        tell(on_progress, Progress { phase: Phase::Erasing, done, total }, state)?;
        let (started, len) = (Instant::now(), STEP.min(total - done));
        if !medium.discard(done, len) || started.elapsed() > SLOW {
            return Ok(false);
        }
        done += len;
    }
    Ok(true)
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
