//! lzma: the format before xz, without checksums, as `xz --format=lzma` writes it.

use crate::invalid::invalid;
use crate::meter::Input;
use crate::sequence::Decoder;
use crate::xz::MEMORY_KIB;
use lzma_rust2::{Action, LzmaStream, Status};
use std::io::{self, BufRead};

/// A decoder of lzma streams.
pub(crate) struct Lzma {
    stream: LzmaStream,
    ended: bool,
}

impl Lzma {
    pub(crate) fn new() -> Self {
        Self { stream: LzmaStream::new_mem_limit(MEMORY_KIB, None), ended: false }
    }
}

impl Decoder for Lzma {
    fn begin<R: BufRead>(&mut self, _: &mut Input<'_, R>) -> io::Result<()> {
        *self = Self::new();
        Ok(())
    }

    fn read<R: BufRead>(&mut self, input: &mut Input<'_, R>, buf: &mut [u8]) -> io::Result<usize> {
        while !self.ended {
            let chunk = input.fill_buf()?;
            let end = chunk.is_empty();
            // Not `Action::Finish` at the end: it would forgive a missing last byte, which `xz`
            // does not.
            let done = self.stream.process(chunk, buf, Action::Run).map_err(invalid)?;
            self.ended = done.status == Status::StreamEnd;
            // At the end the decoder has taken some bytes too many, which are put back by not
            // consuming them. Those of the chunk before cannot be put back: that is an error unless
            // they are zeros, the padding of initrds.
            let unused = if self.ended { self.stream.unused_input() } else { &[] };
            let lost = unused.len().saturating_sub(done.bytes_consumed);
            if unused.iter().take(lost).any(|b| *b != 0) {
                return Err(invalid("what follows the lzma stream cannot be read"));
            }
            let used = done.bytes_consumed.saturating_sub(unused.len());
            input.consume(used);
            if done.bytes_produced > 0 {
                return Ok(done.bytes_produced);
            }
            if end && !self.ended {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(0)
    }
}
