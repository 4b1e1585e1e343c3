//! The compressions of packages. dpkg-deb writes none, gzip, xz, Zstandard; rpm has written all
//! but none, and once bzip2 and raw LZMA.

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::{LzmaReader, XzReader};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::{self, BufRead, Read};

/// Most memory an xz or LZMA stream may ask for, in KiB; `xz -9` needs 65 MiB to decompress.
const XZ_MEMORY_KIB: u32 = 80 << 10;
/// Largest Zstandard window, in bytes: what `zstd -d` accepts without being told to.
const ZSTD_WINDOW: u64 = 128 << 20;

/// How a member of the outer archive is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Xz,
    Zstd,
    Bzip2,
    Lzma,
}

impl Compression {
    /// From what follows `control.tar` or `data.tar` in a member's name.
    pub(crate) fn from_suffix(suffix: &str) -> Option<Self> {
        match suffix {
            "" => Some(Self::None),
            ".gz" => Some(Self::Gzip),
            ".xz" => Some(Self::Xz),
            ".zst" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// From the name that rpm has for it.
    pub(crate) fn from_rpm(name: &str) -> Option<Self> {
        match name {
            "gzip" => Some(Self::Gzip),
            "xz" => Some(Self::Xz),
            "zstd" => Some(Self::Zstd),
            "bzip2" => Some(Self::Bzip2),
            "lzma" => Some(Self::Lzma),
            _ => None,
        }
    }

    /// Reads `input` decompressed, to the end and with its checksums verified. Anything behind
    /// the last stream is an error.
    pub(crate) fn reader<'a>(self, input: impl BufRead + 'a) -> Box<dyn Read + 'a> {
        match self {
            Self::None => Box::new(input),
            Self::Gzip => Box::new(MultiGzDecoder::new(input)),
            Self::Xz => Box::new(XzReader::new_mem_limit(input, true, XZ_MEMORY_KIB)),
            Self::Zstd => Box::new(ZstdReader::new(input)),
            Self::Bzip2 => Box::new(MultiBzDecoder::new(input)),
            // It reads the header at once.
            Self::Lzma => match LzmaReader::new_mem_limit(input, XZ_MEMORY_KIB, None) {
                Ok(reader) => Box::new(reader),
                Err(e) => Box::new(Failing(Some(e))),
            },
        }
    }
}

/// Fails once, and is at its end then.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Zstandard frames, one after the other. `ruzstd` decodes one frame, computes its checksum and
/// leaves the comparison and the skippable frames to its caller.
struct ZstdReader<R> {
    input: R,
    decoder: Box<FrameDecoder>,
    in_frame: bool,
}

impl<R: BufRead> ZstdReader<R> {
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
                    let length = u64::from(length);
                    let skipped = io::copy(&mut (&mut self.input).take(length), &mut io::sink())?;
                    if skipped < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(e) => return Err(invalid(e)),
            }
        }
    }

    fn end_frame(&self) -> io::Result<()> {
        let computed = self.decoder.get_calculated_checksum();
        match self.decoder.get_checksum_from_data() {
            Some(stored) if Some(stored) != computed => Err(invalid("wrong checksum")),
            _ => Ok(()),
        }
    }
}

impl<R: BufRead> Read for ZstdReader<R> {
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
                0 => {
                    self.end_frame()?;
                    self.in_frame = false;
                }
                n => return Ok(n),
            }
        }
    }
}

fn invalid(e: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, e)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    fn decode(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        Compression::Zstd.reader(bytes).read_to_end(&mut out).map(|_| out)
    }

    #[test]
    fn zstd_frames_follow_each_other_and_skippable_ones_are_skipped() {
        let frame = |bytes: &[u8]| compress_to_vec(bytes, CompressionLevel::Fastest);
        let mut file = frame(b"one ");
        file.extend([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9]);
        file.extend(frame(b"two"));
        assert_eq!(decode(&file).unwrap(), b"one two");
        assert!(decode(&file[..file.len() - 1]).is_err());
        file.extend(b"more");
        assert!(decode(&file).is_err());
    }

    #[test]
    fn a_window_of_gigabytes_is_refused() {
        // Magic, descriptor without single segment, window descriptor of 2^(10+31) bytes.
        let file = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 0x01, 0x00, 0x00];
        let e = decode(&file).unwrap_err();
        assert!(e.to_string().to_lowercase().contains("window"), "{e}");
    }
}
