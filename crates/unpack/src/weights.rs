//! The codecs' rates: what is charged for a byte, a block, a read.
//!
//! In nanoseconds, of the slowest streams that could be found for each (`examples/rates.rs` makes
//! and measures them) on one processor of a virtual machine of 2024, with a release build.

use crate::Compression;

/// The rates of one codec.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weights {
    /// Each read of the input.
    pub read: u64,
    /// Each byte of the input.
    pub input: u64,
    /// Each byte that comes of it.
    pub output: u64,
    /// Each block, and each stream.
    pub unit: u64,
}

pub(crate) fn of(compression: Compression) -> Weights {
    let weights = |read, input, output, unit| Weights { read, input, output, unit };
    match compression {
        Compression::None => weights(0, 1, 0, 0),
        Compression::Gzip => weights(0, 6, 2, 1_000),
        Compression::Xz => weights(500, 170, 7, 0),
        Compression::Zstd => weights(0, 40, 2, 10_000),
        Compression::Lz4 => weights(0, 9, 2, 200),
        Compression::Bzip2 => weights(0, 20, 150, 130_000),
        Compression::Lzma => weights(0, 200, 2, 20_000),
    }
}
