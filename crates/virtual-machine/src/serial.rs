//! A guest's serial port, as text that grows.

use std::io::Read;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::terminal::Terminal;

/// What came over a serial line so far.
#[derive(Debug, Default)]
pub(crate) struct Serial {
    state: Mutex<State>,
    more: Condvar,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) said: Terminal,
    pub(crate) closed: bool,
}

impl Serial {
    /// A line of which a thread takes what comes, until it is closed.
    pub(crate) fn listen(mut from: impl Read + Send + 'static) -> Arc<Self> {
        let serial = Arc::new(Self::default());
        let taker = Arc::clone(&serial);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = from.read(&mut buffer) {
                taker.lock().said.take(buffer.get(..n).unwrap_or_default());
                taker.more.notify_all();
            }
            taker.lock().closed = true;
            taker.more.notify_all();
        });
        serial
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A reader that panicked leaves the bytes it took before, which are still true.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for more. `None`: the deadline has passed.
    pub(crate) fn wait<'a>(
        &self,
        state: MutexGuard<'a, State>,
        deadline: Instant,
    ) -> Option<MutexGuard<'a, State>> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        Some(self.more.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0)
    }
}
