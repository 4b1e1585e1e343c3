//! The meter between a decoder and its input, which charges the work and knows why a decoder
//! failed.

use crate::invalid::invalid;
use crate::weights::{self, Weights};
use crate::{Budget, Compression};
use std::cell::{Cell, RefCell};
use std::io::{self, BufRead, Read};
use std::rc::Rc;

/// Most bytes of the input that a decoder gets at once. They are charged when the decoder is done
/// with them, so this bounds how far a budget is overdrawn.
const CHUNK: usize = 1 << 14;

/// The meter of one decoder, shared by its input and its output.
#[derive(Clone)]
pub(crate) struct Meter<'b>(Rc<Shared<'b>>);

struct Shared<'b> {
    budget: &'b Budget,
    weights: Weights,
    /// Whether the decoder wanted to read beyond the end of the input.
    ended: Cell<bool>,
    /// The error of the input, kept here because decoders wrap or drop it.
    failure: RefCell<Option<io::Error>>,
}

impl<'b> Meter<'b> {
    pub(crate) fn new(compression: Compression, budget: &'b Budget) -> Self {
        Self(Rc::new(Shared {
            budget,
            weights: weights::of(compression),
            ended: Cell::new(false),
            failure: RefCell::new(None),
        }))
    }

    /// The number of bytes, at most `bytes`, that may still be unpacked.
    pub(crate) fn room(&self, bytes: usize) -> usize {
        usize::try_from(self.0.budget.bytes_left()).unwrap_or(usize::MAX).min(bytes)
    }

    pub(crate) fn output(&self, bytes: usize) -> io::Result<()> {
        self.0.budget.charge_bytes(bytes as u64)?;
        self.0.budget.charge(self.0.weights.output * bytes as u64)
    }

    /// The error to return for a decoder's error `e`: its cause, if this meter knows it.
    pub(crate) fn explain(&self, e: io::Error) -> io::Error {
        if let Err(limit) = self.0.budget.check() {
            return limit;
        }
        if let Some(failure) = self.0.failure.take() {
            return failure;
        }
        match e.kind() {
            _ if self.0.ended.get() => truncated(),
            io::ErrorKind::UnexpectedEof => truncated(),
            io::ErrorKind::InvalidData => e,
            _ => invalid(e.to_string()),
        }
    }
}

fn truncated() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "it ends too early: it is truncated")
}

/// The input of a decoder, which charges what is read.
pub(crate) struct Input<'b, R> {
    inner: R,
    meter: Meter<'b>,
}

impl<'b, R: BufRead> Input<'b, R> {
    pub(crate) fn new(inner: R, meter: Meter<'b>) -> Self {
        Self { inner, meter }
    }

    /// Charges the work of one block or one stream.
    pub(crate) fn charge_unit(&self) -> io::Result<()> {
        self.charge(self.meter.0.weights.unit)
    }

    fn charge(&self, work: u64) -> io::Result<()> {
        self.meter.0.budget.charge(work)
    }

    /// Whether the input is at its end. Asking does not count as wanting to read beyond it.
    pub(crate) fn is_at_end(&mut self) -> io::Result<bool> {
        let (ended, end) = (self.meter.0.ended.get(), self.fill_buf()?.is_empty());
        self.meter.0.ended.set(ended);
        Ok(end)
    }

    /// Reads `N` bytes, all of which must be there.
    pub(crate) fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl<R: BufRead> BufRead for Input<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let shared = &self.meter.0;
        shared.budget.check()?;
        // `fill_buf` is called again below, because a borrow cannot leave the loop; it then returns
        // what is buffered.
        loop {
            match self.inner.fill_buf() {
                Ok([]) => shared.ended.set(true),
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => {
                    let kind = e.kind();
                    shared.failure.replace(Some(e));
                    return Err(kind.into());
                }
            }
            break;
        }
        let chunk = self.inner.fill_buf()?;
        Ok(&chunk[..chunk.len().min(CHUNK)])
    }

    fn consume(&mut self, bytes: usize) {
        self.inner.consume(bytes);
        // OK to ignore: the next read returns the error.
        let _ = self.charge(self.meter.0.weights.input * bytes as u64);
    }
}

impl<R: BufRead> Read for Input<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.charge(self.meter.0.weights.read)?;
        let chunk = self.fill_buf()?;
        let n = chunk.len().min(buf.len());
        buf[..n].copy_from_slice(&chunk[..n]);
        self.consume(n);
        Ok(n)
    }
}
