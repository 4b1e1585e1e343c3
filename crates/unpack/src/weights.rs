//! The codecs' rates: the work that is charged for a byte, a block, a read.
//!
//! Each is the time in nanoseconds that the slowest streams found for the codec take, on one
//! processor of a virtual machine of 2024, with a release build. `examples/rates.rs` makes and
//! measures these streams, and any file.
//!
//! Honest streams take a fourth to a half of the time that they are charged for. So, in an ISO of
//! up to 64 MiB, about 20 MiB of an initrd packed by xz or lzma are read, and 9 MiB of one by
//! bzip2; in larger ISOs more, in proportion. A limit that let more through would not bound the
//! time: to unpack 64 MiB of system files takes a processor 3.9 s by xz, and 12 s by bzip2.

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Budget, Streams};
    use serde::Deserialize as _;
    use serde::de::value::{Error, StrDeserializer};
    use testbench::HOSTILE_STREAMS;

    /// Each block and each stream is charged, besides its bytes: by itself, or where the codec has
    /// no rate for that by the reads that it takes.
    #[test]
    fn every_block_and_every_stream_is_charged() {
        for stream in HOSTILE_STREAMS {
            let compression =
                Compression::deserialize(StrDeserializer::<Error>::new(stream.codec)).unwrap();
            let (bytes, units) = stream.of_len(1 << 16);
            let budget = Budget::new(u64::MAX, u64::MAX);
            let mut reader = compression.reader(&bytes[..], Streams::All, &budget);
            // OK to ignore: some of them have no end.
            let _ = std::io::copy(&mut reader, &mut std::io::sink());
            let rates = of(compression);
            let of_bytes = rates.input * bytes.len() as u64 + rates.output * budget.unpacked();
            let charged = budget.work().saturating_sub(of_bytes);
            let each = rates.unit.max(rates.read);
            // The last piece may be cut.
            let expected = (units as u64).saturating_sub(4) * each;
            assert!(each > 0 && charged >= expected, "{}: {charged} of {expected}", stream.name);
        }
    }
}
