//! The reader of a decompressed stream: the decoder for its compression, with a meter.

use crate::budget::Budget;
use crate::compression::{Compression, Streams};
use crate::invalid::invalid;
use crate::meter::{Input, Meter};
use crate::sequence::Sequence;
use crate::{bzip2, gzip, lz4, lzma, xz, zstd};
use std::io::{self, BufRead, BufReader, Read};

impl Compression {
    /// A reader of the decompressed `input`.
    pub fn reader<'a>(
        self,
        input: impl BufRead + 'a,
        streams: Streams,
        budget: &'a Budget,
    ) -> Reader<'a> {
        let meter = Meter::new(self, budget);
        let input = Input::new(input, meter.clone());
        let decoder: Box<dyn Read + 'a> = match self {
            Self::None => Box::new(input),
            Self::Gzip => Box::new(Sequence::new(input, streams, gzip::Gzip::new())),
            Self::Xz => Box::new(xz::reader(input, streams)),
            Self::Zstd => Box::new(Sequence::new(input, streams, zstd::Zstd::new())),
            Self::Lz4 => Box::new(Sequence::new(input, streams, lz4::Lz4::new())),
            Self::Bzip2 => Box::new(Sequence::new(input, streams, bzip2::Bzip2::new())),
            Self::Lzma => Box::new(Sequence::new(input, streams, lzma::Lzma::new())),
        };
        // Decoders are asked for much at a time, because some are charged a block for each call.
        // Input that is not compressed is read no further than asked.
        let buffer = if self == Self::None { 0 } else { 1 << 16 };
        Reader(BufReader::with_capacity(buffer, Metered { decoder, meter, failed: false }))
    }
}

/// A reader of a decompressed stream.
pub struct Reader<'a>(BufReader<Metered<'a>>);

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

/// A decoder whose output is charged and whose errors are replaced by their cause.
struct Metered<'a> {
    decoder: Box<dyn Read + 'a>,
    meter: Meter<'a>,
    failed: bool,
}

impl Read for Metered<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.failed {
            return Err(invalid("it could not be unpacked any further"));
        }
        let most = self.meter.room(buf.len());
        // With no room left, one byte is tried: a stream that is at its end is within the budget.
        let mut one = [0];
        let into = if most == 0 && !buf.is_empty() { &mut one[..] } else { &mut buf[..most] };
        let read = match self.decoder.read(into) {
            Ok(n) => self.meter.output(n).map(|()| n),
            Err(e) => Err(self.meter.explain(e)),
        };
        self.failed = read.is_err();
        read
    }
}
