//! The parts of the outside world that fetching needs: a client, the time, a listener.

use super::get::Get;

/// The parts of the outside world that fetching needs, handed in by the caller.
pub struct Fetching<'a> {
    /// The client.
    pub client: &'a dyn Get,
    /// The time, in seconds since 1970.
    pub now: u64,
    /// Gets a line for the user at each step: what is being got, and how large it is.
    pub progress: &'a mut dyn FnMut(&str),
}

impl core::fmt::Debug for Fetching<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Fetching").field("now", &self.now).finish_non_exhaustive()
    }
}

impl Fetching<'_> {
    pub(super) fn say(&mut self, line: &str) {
        (self.progress)(line);
    }
}
