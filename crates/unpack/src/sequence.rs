//! Sequences of streams that follow each other in one input.

use crate::Streams;
use crate::meter::Input;
use std::io::{self, BufRead, Read};

/// A decoder of a codec's streams, one after the other.
pub(crate) trait Decoder {
    /// Begins a stream and reads its header.
    fn begin<R: BufRead>(&mut self, input: &mut Input<'_, R>) -> io::Result<()>;

    /// Unpacks more of the stream into `buf`. Returns 0 only at the end of the stream, once its
    /// checksum has been verified.
    fn read<R: BufRead>(&mut self, input: &mut Input<'_, R>, buf: &mut [u8]) -> io::Result<usize>;
}

/// A reader of the streams in an input.
pub(crate) struct Sequence<'b, R, D> {
    input: Input<'b, R>,
    decoder: D,
    streams: Streams,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    InStream,
    Between,
}

impl<'b, R: BufRead, D: Decoder> Sequence<'b, R, D> {
    pub(crate) fn new(input: Input<'b, R>, streams: Streams, decoder: D) -> Self {
        Self { input, decoder, streams, state: State::Start }
    }
}

impl<R: BufRead, D: Decoder> Read for Sequence<'_, R, D> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            match self.state {
                State::InStream => match self.decoder.read(&mut self.input, buf)? {
                    0 => self.state = State::Between,
                    n => return Ok(n),
                },
                State::Between if self.streams == Streams::First || self.input.is_at_end()? => {
                    return Ok(0);
                }
                State::Start | State::Between => {
                    self.input.charge_unit()?;
                    self.decoder.begin(&mut self.input)?;
                    self.state = State::InStream;
                }
            }
        }
    }
}
