//! Zstandard: frames of blocks. RFC 8878.
//!
//! `ruzstd` decodes one frame, computes its checksum and leaves the comparison and the skippable
//! frames to its caller. It gives nothing out before a window is full, which after `zstd -19` are
//! 8 MiB. Who wants the first kilobytes should not wait for these: once the first blocks are
//! decoded, another decoder gets a frame of nothing else, and what it gives is left out later.
//!
//! ```text
//! the frame      header │ block │ block │ block │ … │ last block
//! its beginning  header │ block │ block │ last block, empty
//! ```

use crate::invalid::invalid;
use crate::meter::Input;
use crate::sequence::Decoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

/// Largest window, in bytes: the most that `zstd -d` accepts by default, and Linux ever.
const WINDOW: u64 = 128 << 20;

/// The number of blocks, of at most 128 KiB each, that are given out before a window is full.
const EARLY_BLOCKS: usize = 2;
/// The bytes that end a frame made of the early blocks alone: an empty last block, and room for a
/// checksum, which is not compared.
const EARLY_END: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

/// A decoder of Zstandard frames.
pub(crate) struct Zstd {
    decoder: Box<FrameDecoder>,
    /// Whether this frame was a skippable one.
    skipped: bool,
    /// The frame up to the last block that may be given out early.
    beginning: Vec<u8>,
    /// The bytes of the early blocks that were not given out yet.
    early: VecDeque<u8>,
    /// The number of bytes that the decoder will give out for the second time.
    repeated: usize,
}

impl Zstd {
    pub(crate) fn new() -> Self {
        let mut decoder = Box::new(FrameDecoder::new());
        decoder.set_max_window_size(WINDOW);
        let (beginning, early) = (Vec::new(), VecDeque::new());
        Self { decoder, skipped: false, beginning, early, repeated: 0 }
    }

    /// Decodes one more block. If the first blocks are decoded but held back until a window is
    /// full, another decoder decodes them once more, as a frame of their own, so that they can be
    /// given out.
    fn decode_block<R: BufRead>(&mut self, input: &mut Input<'_, R>) -> io::Result<()> {
        input.charge_unit()?;
        let (one, early) = (BlockDecodingStrategy::UptoBlocks(1), EARLY_BLOCKS);
        if self.decoder.blocks_decoded() >= early {
            return self.decoder.decode_blocks(input, one).map_err(invalid).map(drop);
        }
        let copied = Copied { input: &mut *input, copy: &mut self.beginning };
        self.decoder.decode_blocks(copied, one).map_err(invalid)?;
        let waits = self.decoder.can_collect() == 0 && !self.decoder.is_finished();
        if self.decoder.blocks_decoded() == early && waits {
            (0..early).try_for_each(|_| input.charge_unit())?;
            self.beginning.extend(EARLY_END);
            let mut decoder = FrameDecoder::new();
            decoder.set_max_window_size(WINDOW);
            let mut beginning = &self.beginning[..];
            decoder.init(&mut beginning).map_err(invalid)?;
            decoder.decode_blocks(beginning, BlockDecodingStrategy::All).map_err(invalid)?;
            self.early = decoder.collect().unwrap_or_default().into();
            self.repeated = self.early.len();
        }
        Ok(())
    }
}

impl Decoder for Zstd {
    fn begin<R: BufRead>(&mut self, input: &mut Input<'_, R>) -> io::Result<()> {
        self.skipped = false;
        self.beginning.clear();
        match self.decoder.init(Copied { input: &mut *input, copy: &mut self.beginning }) {
            Ok(()) => Ok(()),
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                self.skipped = true;
                let length = u64::from(length);
                let skipped = io::copy(&mut input.take(length), &mut io::sink())?;
                if skipped < length {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Ok(())
            }
            Err(e) => Err(invalid(e)),
        }
    }

    fn read<R: BufRead>(&mut self, input: &mut Input<'_, R>, buf: &mut [u8]) -> io::Result<usize> {
        if self.skipped {
            return Ok(0);
        }
        loop {
            while self.early.is_empty()
                && self.decoder.can_collect() == 0
                && !self.decoder.is_finished()
            {
                self.decode_block(input)?;
            }
            if !self.early.is_empty() {
                return self.early.read(buf);
            }
            let n = self.decoder.read(buf)?;
            let known = self.repeated.min(n);
            self.repeated -= known;
            if n > 0 && known == n {
                continue;
            }
            buf.copy_within(known..n, 0);
            let stored = self.decoder.get_checksum_from_data();
            if n == 0 && stored.is_some() && stored != self.decoder.get_calculated_checksum() {
                return Err(invalid("the zstd frame's checksum is wrong"));
            }
            return Ok(n - known);
        }
    }
}

/// A reader that keeps a copy of what was read.
struct Copied<'c, R> {
    input: R,
    copy: &'c mut Vec<u8>,
}

impl<R: Read> Read for Copied<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buf)?;
        self.copy.extend(&buf[..read]);
        Ok(read)
    }
}
