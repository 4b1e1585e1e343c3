//! Streams decompressed: gzip, xz, zstd, lz4, bzip2 and lzma, each by a decoder in Rust.
//!
//! ```text
//! packages  ─┐                      gzip   zlib-rs      one call of it a deflate block
//! initrds   ─┼─► Compression::reader xz     lzma-rust2
//!            │        │             zstd   ruzstd       one call of it a block
//!            │     Budget ◄─ Meter  lz4    lz4_flex     `lz4 -l`, the form that Linux boots
//!            │                      bzip2  bzip2        (its backend in Rust)
//!            └─                     lzma   lzma-rust2   as `xz --format=lzma` writes it
//! ```
//!
//! **They tell the truth.** Checksums are verified. A stream that ends too early gives
//! [`io::ErrorKind::UnexpectedEof`], a damaged one [`io::ErrorKind::InvalidData`], and what the
//! input itself says when it cannot be read comes through as it is. (`lz4 -l` writes neither
//! checksum nor end: a stream cut off between two blocks is a shorter stream.)
//!
//! **They are bounded.** Bytes read, bytes given, blocks and streams are charged to a [`Budget`]
//! at the codec's own rates, so that what a budget allows takes about the same time whatever the
//! codec and however hostile the stream: blocks that hold nothing are work too. Memory is bounded
//! by 80 MiB for dictionaries of xz and lzma, and by zstd's window of at most 128 MiB.
//!
//! ```
//! use std::io::Read as _;
//! use unpack::{Budget, Compression, Streams};
//!
//! let gz = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcbH\xcd\xc9\xc9\x07\0\x86\xa6\x106\x05\0\0\0";
//! let budget = Budget::for_input(gz.len() as u64, 1 << 20);
//! let compression = Compression::recognise(gz).unwrap();
//! let mut text = String::new();
//! compression.reader(&gz[..], Streams::All, &budget).read_to_string(&mut text)?;
//! assert_eq!(text, "hello");
//! assert_eq!(budget.unpacked(), 5);
//! # Ok::<(), std::io::Error>(())
//! ```

mod budget;
mod bzip2;
mod gzip;
mod lz4;
mod lzma;
mod meter;
mod sequence;
mod weights;
mod xz;
mod zstd;

pub use budget::{Budget, Limit};

use meter::{Input, Meter};
use sequence::Sequence;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, BufReader, Read};

/// The compression of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
#[allow(missing_docs)] // they are called as their programs are
pub enum Compression {
    None,
    Gzip,
    Xz,
    Zstd,
    Lz4,
    Bzip2,
    Lzma,
}

/// The number of streams to read, where several may follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streams {
    /// The first one. The input is left right behind it.
    First,
    /// All, up to the end of the input. Anything behind the last is an error.
    All,
}

impl Compression {
    /// The compression of a stream that begins with `head`, of which six bytes are enough.
    pub fn recognise(head: &[u8]) -> Option<Self> {
        Some(match head {
            [0x1f, 0x8b | 0x9e, ..] => Self::Gzip,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            [b'B', b'Z', b'h', ..] => Self::Bzip2,
            [0x5d, 0, 0, ..] => Self::Lzma,
            [0x02, 0x21, 0x4c, 0x18, ..] => Self::Lz4,
            _ => return None,
        })
    }

    /// A reader of what `input` holds, decompressed.
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
        // Decoders are asked for much at a time: each call of some of them is charged as a block.
        // What is not compressed is read no further than asked.
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

/// A decoder whose output is charged and whose errors are told by their cause.
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
        // With no room left, one byte more tells a stream that is over from one that is not.
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

fn invalid(e: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, e)
}
