//! Zstandard: frames of blocks. RFC 8878.
//!
//! `ruzstd` decodes one frame, computes its checksum and leaves the comparison and the skippable
//! frames to its caller.

use crate::invalid::invalid;
use crate::meter::Input;
use crate::sequence::Decoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::{self, BufRead, Read};

/// Largest window, in bytes: the most that `zstd -d` accepts by default, and Linux ever.
const WINDOW: u64 = 128 << 20;

/// A decoder of Zstandard frames.
pub(crate) struct Zstd {
    decoder: Box<FrameDecoder>,
    /// Whether this frame was a skippable one.
    skipped: bool,
}

impl Zstd {
    pub(crate) fn new() -> Self {
        let mut decoder = Box::new(FrameDecoder::new());
        decoder.set_max_window_size(WINDOW);
        Self { decoder, skipped: false }
    }
}

impl Decoder for Zstd {
    fn begin<R: BufRead>(&mut self, input: &mut Input<'_, R>) -> io::Result<()> {
        self.skipped = false;
        match self.decoder.init(&mut *input) {
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
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            input.charge_unit()?;
            self.decoder
                .decode_blocks(&mut *input, BlockDecodingStrategy::UptoBlocks(1))
                .map_err(invalid)?;
        }
        let n = self.decoder.read(buf)?;
        if n == 0 {
            let stored = self.decoder.get_checksum_from_data();
            if stored.is_some() && stored != self.decoder.get_calculated_checksum() {
                return Err(invalid("the zstd frame's checksum is wrong"));
            }
        }
        Ok(n)
    }
}
