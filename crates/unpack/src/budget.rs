//! Budgets: limits to the work of unpacking and to the unpacked bytes.

use std::cell::Cell;
use std::fmt;
use std::io;

/// Work that may be spent on an input of up to [`SMALL`] bytes: four seconds.
const WORK: u64 = 4_000_000_000;
/// Length in bytes up to which all inputs have the same budget; for longer ones it is proportional.
const SMALL: u64 = 64 << 20;

/// The budget for unpacking an input: most work, and most unpacked bytes. All streams that are read
/// with one budget share it.
///
/// A unit of work takes about a nanosecond on the machine where the codecs' rates were measured
/// (`weights.rs`). No clock is read: the same input always costs the same.
#[derive(Debug)]
pub struct Budget {
    work: Cell<u64>,
    work_left: Cell<u64>,
    bytes: Cell<u64>,
    bytes_left: Cell<u64>,
    exhausted: Cell<Option<Limit>>,
}

/// The limit of a budget that an input has exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The input takes more work than the budget allows.
    Work,
    /// The input unpacks to more bytes than the budget allows.
    Bytes,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Work => "it takes more work to unpack than anything of its size should",
            Self::Bytes => "it unpacks to more bytes than may come of it",
        })
    }
}

impl std::error::Error for Limit {}

impl Budget {
    /// A budget of `work` units and of `bytes` unpacked bytes.
    pub fn new(work: u64, bytes: u64) -> Self {
        Self {
            work: Cell::new(0),
            work_left: Cell::new(work),
            bytes: Cell::new(0),
            bytes_left: Cell::new(bytes),
            exhausted: Cell::new(None),
        }
    }

    /// The budget for an input of `len` bytes that may unpack to `bytes`: four seconds of work for
    /// inputs of up to 64 MiB, and in proportion more for longer ones.
    ///
    /// `len` need not be the length of one stream: callers that read an ISO pass the length of the
    /// whole ISO, and those that read a package four times that of the whole package. It follows
    /// that a single hostile stream, however short, may take the work allowed for the whole file,
    /// about four minutes in an ISO of 4 GiB; and that all streams read with the budget take no
    /// more than that together.
    pub fn for_input(len: u64, bytes: u64) -> Self {
        let times = u128::from(len.max(SMALL)) * u128::from(WORK) / u128::from(SMALL);
        Self::new(u64::try_from(times).unwrap_or(u64::MAX), bytes)
    }

    /// The work that was spent, in units.
    pub fn work(&self) -> u64 {
        self.work.get()
    }

    /// The work that may still be spent, in units.
    pub fn work_left(&self) -> u64 {
        self.work_left.get()
    }

    /// The number of bytes that were unpacked.
    pub fn unpacked(&self) -> u64 {
        self.bytes.get()
    }

    /// The limit that was exceeded first, if one was.
    pub fn exhausted(&self) -> Option<Limit> {
        self.exhausted.get()
    }

    /// The number of bytes that may still be unpacked.
    pub(crate) fn bytes_left(&self) -> u64 {
        self.bytes_left.get()
    }

    /// Checks that no limit has been exceeded.
    pub(crate) fn check(&self) -> io::Result<()> {
        self.exhausted.get().map_or(Ok(()), |limit| Err(limit_error(limit)))
    }

    /// Charges `work` units: what a caller does with what it has unpacked takes time, too.
    ///
    /// # Errors
    /// The limit that is exceeded, as a [`Limit`].
    pub fn charge(&self, work: u64) -> io::Result<()> {
        self.work.set(self.work.get().saturating_add(work));
        self.take(&self.work_left, work, Limit::Work)
    }

    pub(crate) fn charge_bytes(&self, bytes: u64) -> io::Result<()> {
        self.bytes.set(self.bytes.get().saturating_add(bytes));
        self.take(&self.bytes_left, bytes, Limit::Bytes)
    }

    fn take(&self, left: &Cell<u64>, amount: u64, limit: Limit) -> io::Result<()> {
        match left.get().checked_sub(amount) {
            Some(rest) => left.set(rest),
            None => {
                left.set(0);
                if self.exhausted.get().is_none() {
                    self.exhausted.set(Some(limit));
                }
            }
        }
        self.check()
    }
}

fn limit_error(limit: Limit) -> io::Error {
    io::Error::other(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_grows_with_what_is_longer_than_64_mib() {
        let work = |len| Budget::for_input(len, 0).work_left.get();
        assert_eq!(work(0), WORK);
        assert_eq!(work(64 << 20), WORK);
        assert_eq!(work(640 << 20), 10 * WORK);
        assert_eq!(work(u64::MAX), u64::MAX);
    }

    #[test]
    fn the_limit_that_was_reached_first_stays() {
        let budget = Budget::new(10, 10);
        budget.charge(10).unwrap();
        budget.charge_bytes(10).unwrap();
        assert_eq!(budget.exhausted(), None);
        assert!(budget.charge_bytes(1).is_err());
        assert!(budget.charge(1).is_err());
        assert_eq!(budget.exhausted(), Some(Limit::Bytes));
        assert_eq!((budget.work(), budget.unpacked()), (11, 11));
    }
}
