//! Whether a medium is as long as it says. Sticks that are sold for larger than they are lose what
//! is written behind their true end, or write it over what lies at their start.

use crate::access::{get, put};
use crate::aligned::Aligned;
use crate::erase::{flush, zero};
use crate::units::PAGE;
use crate::{Error, Medium, State};

/// The first page that is tried.
const FIRST: u64 = 1 << 20;
const STATE: State = State::NoTable;

/// Writes a page at each power of two and at the end, each with its own place in it, reads all of
/// them, and erases them again. The first page of the medium must be zeros, and stays so.
pub(crate) fn probe(medium: &dyn Medium) -> Result<(), Error> {
    let last = (medium.len() / PAGE).saturating_sub(1) * PAGE;
    let powers = std::iter::successors(Some(FIRST), |at| at.checked_mul(2));
    let places: Vec<u64> = powers.take_while(|at| *at < last).chain([last]).collect();
    if last < FIRST {
        return Ok(());
    }
    for &at in &places {
        put(medium, at, marker(at).bytes(), "it cannot be written", STATE)?;
    }
    flush(medium, STATE)?;
    let lost = |at: u64, expected: &[u8]| -> Result<_, Error> {
        let read = get(medium, at, expected.len(), STATE)?;
        Ok((read != expected).then_some(at))
    };
    let mut first_lost = None;
    for &at in &places {
        first_lost = first_lost.or(lost(at, marker(at).bytes())?);
    }
    // OK to cast: a page.
    let wrapped = lost(0, Aligned::zeros(PAGE as usize).bytes())?;
    for &at in places.iter().chain(&wrapped) {
        zero(medium, at, PAGE, STATE)?;
    }
    match first_lost.or(wrapped.map(|_| last)) {
        Some(lost) => Err(Error::Capacity { says: medium.len(), lost, state: STATE }),
        None => Ok(()),
    }
}

/// A page that is like no other: its place, over and over.
fn marker(at: u64) -> Aligned {
    // OK to cast: a page.
    let mut page = Aligned::zeros(PAGE as usize);
    let text = format!("bootkey tries byte {at:020}.....\n");
    for (byte, letter) in page.bytes_mut().iter_mut().zip(text.bytes().cycle()) {
        *byte = letter;
    }
    page
}
