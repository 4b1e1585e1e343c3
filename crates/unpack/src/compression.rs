//! The compressions, and how a stream's is recognised.

use serde::{Deserialize, Serialize};

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
    /// The first stream. The input is left right behind it.
    First,
    /// All streams up to the end of the input. Anything else behind the last is an error.
    All,
}

impl Compression {
    /// The compression of a stream by its first bytes, of which six are enough.
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
}
