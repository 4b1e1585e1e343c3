//! A reader that gives up on a server that sends next to nothing.

use crate::deadline::within;
use crate::error::Fault;
use crate::limits::Pace;
use std::io::{self, Read};
use std::time::{Duration, Instant};

/// The body of an answer, read at no less than the least rate.
pub(crate) struct Paced<R> {
    inner: R,
    pace: Pace,
    /// Time spent waiting, and bytes that came, since the window began.
    waited: Duration,
    came: u64,
}

impl<R: Read> Paced<R> {
    pub(crate) fn new(inner: R, pace: Pace) -> Self {
        Self { inner, pace, waited: Duration::ZERO, came: 0 }
    }

    /// Reads some bytes; none at the end.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Fault> {
        let began = Instant::now();
        let read = loop {
            match within(self.pace.window.max(self.pace.patience), || self.inner.read(buffer)) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                read => break read.map_err(|e| Fault::of(e.into(), self.pace))?,
            }
        };
        self.waited += began.elapsed();
        self.came += read as u64;
        if read != 0 && self.waited >= self.pace.window {
            if self.came < self.pace.least {
                return Err(Fault::Slow { came: self.came, within: self.waited });
            }
            (self.waited, self.came) = (Duration::ZERO, 0);
        }
        Ok(read)
    }
}
