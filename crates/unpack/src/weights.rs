//! The codecs' rates: the work that is charged for a byte, a block, a read.
//!
//! Each is the time in nanoseconds that the slowest streams found for the codec take, on one
//! processor of a virtual machine of 2024, with a release build. `examples/rates.rs` makes and
//! measures these streams.

use crate::Compression;

/// The rates of one codec.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weights {
    /// Work for each read of the input.
    pub read: u64,
    /// Work for each byte of the input.
    pub input: u64,
    /// Work for each unpacked byte.
    pub output: u64,
    /// Work for each block and each stream.
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
