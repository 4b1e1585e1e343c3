//! Making what was on a medium unreadable, the partition table first.

use crate::aligned::Aligned;
use crate::{Error, Medium, PAGE, State};

/// Where tables and signatures lie: at the start of a disk, and at its end.
const EDGE: u64 = 1 << 20;

/// Erases the first page, and with it the partition table, then the rest of both edges, or all of the
/// medium if it can forget. Returns whether all of it is zeros.
///
/// `image`: the length of the image; what is behind its end is nobody's.
pub(crate) fn erase(medium: &dyn Medium, image: u64) -> Result<bool, Error> {
    zero(medium, 0, PAGE.min(medium.len()), State::Untouched)?;
    flush(medium, State::Unknown)?;
    let (doing, at, state) = ("it cannot be erased", 0, State::NoTable);
    if medium.discard().map_err(|source| Error::Medium { doing, at, source, state })? {
        // A tail that is no whole page, and the table once more: a medium may not have forgotten it.
        let tail = medium.len() / PAGE * PAGE;
        zero(medium, tail, medium.len() - tail, State::NoTable)?;
        flush(medium, State::NoTable)?;
        return Ok(true);
    }
    let len = medium.len();
    let image = (image / PAGE * PAGE).min(len);
    for (start, end) in [(PAGE, EDGE), (image, image + EDGE), (len.saturating_sub(EDGE), len)] {
        let (start, end) = ((start / PAGE * PAGE).min(len), end.min(len));
        zero(medium, start, end.saturating_sub(start), State::NoTable)?;
    }
    flush(medium, State::NoTable)?;
    Ok(false)
}

/// Writes zeros.
pub(crate) fn zero(medium: &dyn Medium, at: u64, len: u64, state: State) -> Result<(), Error> {
    // OK to cast: at most `EDGE`.
    let zeros = Aligned::zeros(len as usize);
    let written = match len {
        0 => Ok(()),
        _ => medium.write_at(at, zeros.bytes()),
    };
    let doing = "it cannot be erased";
    written.map_err(|source| Error::Medium { doing, at, source, state })
}

pub(crate) fn flush(medium: &dyn Medium, state: State) -> Result<(), Error> {
    let doing = "it did not keep what was written";
    medium.flush().map_err(|source| Error::Medium { doing, at: 0, source, state })
}
