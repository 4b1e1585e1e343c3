//! bzip2: streams of blocks of up to 900,000 bytes.
//!
//! The decoder does not say when it begins a block. Blocks are therefore counted by the magic
//! number at the start of each, which can begin at any bit.

use crate::invalid::invalid;
use crate::meter::Input;
use crate::sequence::Decoder;
use bzip2::{Decompress, Status};
use std::io::{self, BufRead};

/// The magic number of a block, 48 bits.
const BLOCK: u64 = 0x3141_5926_5359;
/// The mask of those bits.
const BLOCK_MASK: u64 = (1 << 48) - 1;

/// A decoder of bzip2 streams.
pub(crate) struct Bzip2 {
    data: Decompress,
    ended: bool,
    /// The last 64 bits that were read; the newest is the lowest.
    last: u64,
}

impl Bzip2 {
    pub(crate) fn new() -> Self {
        Self { data: Decompress::new(false), ended: false, last: 0 }
    }

    /// The number of blocks whose magic number ends in the next `bytes`.
    fn blocks(&mut self, bytes: &[u8]) -> u32 {
        let mut found = 0;
        for byte in bytes {
            self.last = self.last << 8 | u64::from(*byte);
            found += (0..8).filter(|shift| self.last >> shift & BLOCK_MASK == BLOCK).count() as u32;
        }
        found
    }
}

impl Decoder for Bzip2 {
    fn begin<R: BufRead>(&mut self, _: &mut Input<'_, R>) -> io::Result<()> {
        (self.data, self.ended) = (Decompress::new(false), false);
        Ok(())
    }

    fn read<R: BufRead>(&mut self, input: &mut Input<'_, R>, buf: &mut [u8]) -> io::Result<usize> {
        while !self.ended {
            let chunk = input.fill_buf()?;
            let (before_in, before_out) = (self.data.total_in(), self.data.total_out());
            let status = self.data.decompress(chunk, buf);
            // OK to cast, twice: not longer than the slices.
            let consumed = (self.data.total_in() - before_in) as usize;
            let produced = (self.data.total_out() - before_out) as usize;
            let blocks = self.blocks(&chunk[..consumed]);
            let nothing = chunk.is_empty() && produced == 0;
            input.consume(consumed);
            for _ in 0..blocks {
                input.charge_unit()?;
            }
            match status {
                Ok(Status::StreamEnd) => self.ended = true,
                Ok(_) if nothing => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(e) => return Err(invalid(e)),
            }
            if produced > 0 {
                return Ok(produced);
            }
        }
        Ok(0)
    }
}
