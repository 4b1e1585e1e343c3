//! A deadline that no server gets past.
//!
//! One read of a body may be many reads of the connection: of a record of TLS that comes byte by
//! byte, of the length of a chunk, of trailers without end. The limits of `ureq` hold for each of
//! these. So whoever reads sets a deadline, and the connection, below TLS and HTTP, keeps to it. It
//! is a variable of the thread, since `ureq` does both in one.

use std::cell::Cell;
use std::time::{Duration, Instant};
use ureq::Timeout;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

thread_local! {
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Runs what reads from connections, and has them fail when that time is over.
pub(crate) fn within<T>(time: Duration, run: impl FnOnce() -> T) -> T {
    let before = DEADLINE.replace(Instant::now().checked_add(time));
    let result = run();
    DEADLINE.set(before);
    result
}

/// The time as it is given to the kernel. Where it is long, it is rounded up to a second, so that it is the same
/// for read after read, and the kernel need not be told again.
fn coarse(left: Duration) -> Duration {
    match left.as_secs() {
        0..10 => left,
        seconds => Duration::from_secs(seconds + 1),
    }
}

/// The connector of connections that keep to the deadline.
#[derive(Debug)]
pub(crate) struct Watched;

impl<In: Transport> Connector<In> for Watched {
    type Out = WatchedTransport<In>;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        Ok(chained.map(WatchedTransport))
    }
}

/// A connection that keeps to the deadline.
#[derive(Debug)]
pub(crate) struct WatchedTransport<T>(T);

impl<T: Transport> Transport for WatchedTransport<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, mut timeout: NextTimeout) -> Result<bool, ureq::Error> {
        if let Some(deadline) = DEADLINE.get() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ureq::Error::Timeout(Timeout::PerRead));
            }
            let left = coarse(left).into();
            timeout.per_read = Some(timeout.per_read.filter(|limit| *limit < left).unwrap_or(left));
        }
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}
