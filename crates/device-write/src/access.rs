//! Reading and writing a medium, with errors that say which of its pages is the bad one.

use crate::units::PAGE;
use crate::{Error, Medium, State};
use std::io;
use std::ops::Range;

/// Writes bytes.
pub(crate) fn put(
    medium: &dyn Medium,
    at: u64,
    bytes: &[u8],
    doing: &'static str,
    state: State,
) -> Result<(), Error> {
    medium.write_at(at, bytes).map_err(|error| {
        let page = |at, range| medium.write_at(at, &bytes[range]);
        let (at, source) = first_bad(at, bytes.len(), page).unwrap_or((at, error));
        Error::Medium { doing, at, source, state }
    })
}

/// Reads bytes.
pub(crate) fn get(
    medium: &dyn Medium,
    at: u64,
    len: usize,
    state: State,
) -> Result<Vec<u8>, Error> {
    medium.read_at(at, len).map_err(|error| {
        let page = |at, range: Range<usize>| medium.read_at(at, range.len()).map(|_| ());
        let (at, source) = first_bad(at, len, page).unwrap_or((at, error));
        Error::Medium { doing: "it cannot be read", at, source, state }
    })
}

/// The first page of which an order fails, too, when it is given for that page alone.
fn first_bad(
    at: u64,
    len: usize,
    mut order: impl FnMut(u64, Range<usize>) -> io::Result<()>,
) -> Option<(u64, io::Error)> {
    // OK to cast: a page.
    let step = PAGE as usize;
    (0..len).step_by(step).find_map(|start| {
        let page = at + start as u64;
        Some((page, order(page, start..len.min(start + step)).err()?))
    })
}
