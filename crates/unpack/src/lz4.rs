//! lz4 in its legacy form (`lz4 -l`), which Linux boots from: a magic number, then blocks, each
//! behind its size.

use crate::invalid::invalid;
use crate::meter::Input;
use crate::sequence::Decoder;
use std::io::{self, BufRead, Read};

const MAGIC: [u8; 4] = 0x184c_2102_u32.to_le_bytes();
/// Unpacked length of every block but the last, which may be shorter, in bytes.
const BLOCK: usize = 8 << 20;

/// A decoder of lz4's legacy streams.
pub(crate) struct Lz4 {
    packed: Vec<u8>,
    /// The buffer for an unpacked block; empty until the first one.
    unpacked: Vec<u8>,
    /// The part of `unpacked` that was not returned yet.
    rest: std::ops::Range<usize>,
    ended: bool,
}

impl Lz4 {
    pub(crate) fn new() -> Self {
        Self { packed: Vec::new(), unpacked: Vec::new(), rest: 0..0, ended: false }
    }

    /// The size of the next block; `None` at the end of the stream.
    fn size<R: BufRead>(&mut self, input: &mut Input<'_, R>) -> io::Result<Option<usize>> {
        loop {
            if input.is_at_end()? {
                return Ok(None);
            }
            input.charge_unit()?;
            match input.array()? {
                // Another stream follows; the kernel reads on as well.
                MAGIC => {}
                // Zeros are padding of an initrd.
                [0, 0, 0, 0] => return Ok(None),
                size => return Ok(Some(u32::from_le_bytes(size) as usize)),
            }
        }
    }

    fn block<R: BufRead>(&mut self, size: usize, input: &mut Input<'_, R>) -> io::Result<()> {
        if size > lz4_flex::block::get_maximum_output_size(BLOCK) {
            return Err(invalid("an lz4 block is too large"));
        }
        self.packed.clear();
        // The buffer grows as bytes come: a hostile stream can declare any size.
        if input.take(size as u64).read_to_end(&mut self.packed)? < size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // Only the first time: filling it with zeros takes longer than unpacking most blocks.
        self.unpacked.resize(BLOCK, 0);
        let len = lz4_flex::block::decompress_into(&self.packed, &mut self.unpacked);
        self.rest = 0..len.map_err(invalid)?;
        Ok(())
    }
}

impl Decoder for Lz4 {
    fn begin<R: BufRead>(&mut self, input: &mut Input<'_, R>) -> io::Result<()> {
        (self.rest, self.ended) = (0..0, false);
        if input.array()? != MAGIC {
            return Err(invalid("it is no lz4 stream of the legacy form"));
        }
        Ok(())
    }

    fn read<R: BufRead>(&mut self, input: &mut Input<'_, R>, buf: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() && !self.ended {
            match self.size(input)? {
                Some(size) => self.block(size, input)?,
                None => self.ended = true,
            }
        }
        let ready = self.unpacked.get(self.rest.clone()).unwrap_or_default();
        let n = ready.len().min(buf.len());
        buf[..n].copy_from_slice(&ready[..n]);
        self.rest.start += n;
        Ok(n)
    }
}
