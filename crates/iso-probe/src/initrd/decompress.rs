//! The kernel's compressions, each by a decoder in Rust that allocates no more than it may.

use crate::Compression;
use flate2::bufread::GzDecoder;
use lzma_rust2::{LzmaReader, XzReader};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::{self, BufRead, Read};

/// Most memory an xz or lzma stream may ask for, in KiB; `xz -9` needs 65 MiB to decompress.
const XZ_MEMORY_KIB: u32 = 80 << 10;
/// Largest Zstandard window, in bytes: what `zstd -d` accepts without being told to.
const ZSTD_WINDOW: u64 = 128 << 20;
/// `lz4 -l` cuts its input into blocks of this size.
const LZ4_BLOCK: usize = 8 << 20;
const LZ4_LEGACY: [u8; 4] = 0x184c_2102_u32.to_le_bytes();

/// By the first bytes, as the kernel does.
pub(super) fn recognise(head: &[u8; 6]) -> Option<Compression> {
    Some(match head {
        b"070701" | b"070702" => Compression::None,
        [0x1f, 0x8b | 0x9e, ..] => Compression::Gzip,
        [0xfd, b'7', b'z', b'X', b'Z', 0] => Compression::Xz,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
        [b'B', b'Z', b'h', ..] => Compression::Bzip2,
        [0x5d, 0, 0, ..] => Compression::Lzma,
        [a, b, c, d, ..] if [*a, *b, *c, *d] == LZ4_LEGACY => Compression::Lz4,
        _ => return None,
    })
}

/// `input` decompressed: one stream of it, where streams could follow each other.
pub(super) fn reader<'a>(compression: Compression, input: impl BufRead + 'a) -> Box<dyn Read + 'a> {
    match compression {
        Compression::None => Box::new(input),
        Compression::Gzip => Box::new(GzDecoder::new(input)),
        Compression::Xz => Box::new(XzReader::new_mem_limit(input, false, XZ_MEMORY_KIB)),
        Compression::Zstd => Box::new(Zstd::new(input)),
        Compression::Lz4 => Box::new(Lz4 { input, block: Vec::new(), at: 0, started: false }),
        Compression::Bzip2 => Box::new(bzip2_rs::DecoderReader::new(input)),
        Compression::Lzma => match LzmaReader::new_mem_limit(input, XZ_MEMORY_KIB, None) {
            Ok(reader) => Box::new(reader),
            Err(e) => Box::new(Failed(Some(e))),
        },
    }
}

/// A stream whose header was refused already.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Zstandard frames, one after the other.
struct Zstd<R> {
    input: R,
    decoder: Box<FrameDecoder>,
    in_frame: bool,
}

impl<R: BufRead> Zstd<R> {
    fn new(input: R) -> Self {
        let mut decoder = Box::new(FrameDecoder::new());
        decoder.set_max_window_size(ZSTD_WINDOW);
        Self { input, decoder, in_frame: false }
    }

    /// Starts the next frame; `false` at the end of the input.
    fn next_frame(&mut self) -> io::Result<bool> {
        loop {
            if self.input.fill_buf()?.is_empty() {
                return Ok(false);
            }
            match self.decoder.init(&mut self.input) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut frame = (&mut self.input).take(u64::from(length));
                    io::copy(&mut frame, &mut io::sink())?;
                }
                Err(e) => return Err(invalid(e)),
            }
        }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.in_frame {
                if !self.next_frame()? {
                    return Ok(0);
                }
                self.in_frame = true;
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder
                    .decode_blocks(&mut self.input, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(invalid)?;
            }
            match self.decoder.read(buf)? {
                0 => self.in_frame = false,
                n => return Ok(n),
            }
        }
    }
}

/// The legacy form of lz4: a magic number, then blocks with their size in front.
struct Lz4<R> {
    input: R,
    block: Vec<u8>,
    at: usize,
    started: bool,
}

impl<R: BufRead> Lz4<R> {
    /// A little-endian number; `None` when the input ends before it.
    fn number(&mut self) -> io::Result<Option<[u8; 4]>> {
        if self.input.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let mut number = [0; 4];
        self.input.read_exact(&mut number)?;
        Ok(Some(number))
    }

    /// Unpacks the next block; `false` at the end.
    fn next_block(&mut self) -> io::Result<bool> {
        if !self.started {
            self.started = true;
            if self.number()? != Some(LZ4_LEGACY) {
                return Err(invalid("no lz4"));
            }
        }
        let size = loop {
            match self.number()? {
                None => return Ok(false),
                Some(LZ4_LEGACY) => {}
                // Zeros fill the initrd up; or another part follows.
                Some([0, 0, 0, 0]) => return Ok(false),
                Some(size) => break u32::from_le_bytes(size) as usize,
            }
        };
        if size > lz4_flex::block::get_maximum_output_size(LZ4_BLOCK) {
            return Err(invalid("an lz4 block is too large"));
        }
        let mut packed = Vec::new();
        if (&mut self.input).take(size as u64).read_to_end(&mut packed)? < size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.block.resize(LZ4_BLOCK, 0);
        let len = lz4_flex::block::decompress_into(&packed, &mut self.block).map_err(invalid)?;
        self.block.truncate(len);
        self.at = 0;
        Ok(true)
    }
}

impl<R: BufRead> Read for Lz4<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.at == self.block.len() {
            if buf.is_empty() || !self.next_block()? {
                return Ok(0);
            }
        }
        let ready = self.block.get(self.at..).unwrap_or_default();
        let n = ready.len().min(buf.len());
        buf[..n].copy_from_slice(&ready[..n]);
        self.at += n;
        Ok(n)
    }
}

fn invalid(e: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, e)
}
