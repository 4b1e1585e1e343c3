//! The options that a caller chooses, and the report about what was written.

use crate::{Format, PieceDigests, Sha256Digest};
use std::num::NonZero;

/// The options of writing an image: its format, digests, threads and durability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// The format that the image is put into.
    pub format: Format,
    /// Compute the image's SHA-256 in the same pass. The payload then goes through memory
    /// instead of being copied from file to file; where blocks can be shared, they are, and the
    /// payload is read for the digest alone. The other digests cost the same.
    pub sha256: bool,
    /// Compute the SHA-256 of the file too, which is another one if it is compressed or a virtual
    /// disk.
    pub file_sha256: bool,
    /// Compute the SHA-256 of each region, and of the inputs.
    pub region_sha256: bool,
    /// Compute the SHA-256 of the ranges of blocks that a block map lists.
    pub range_sha256: bool,
    /// The identity of a virtual disk, for formats that have one.
    pub identity: DiskIdentity,
    /// The number of threads that compress; as many as there are processors if not said. No byte
    /// depends on it.
    pub threads: Option<NonZero<usize>>,
    /// Whether to wait until a written file is on the disk; streams ignore it.
    pub durability: Durability,
}

/// The identity of a virtual disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DiskIdentity {
    /// A UUID.
    pub uuid: [u8; 16],
    /// The time when it was made, in seconds since 1970.
    pub time: i64,
}

/// Whether an image is on the disk before it gets its name, and so survives a power cut.
///
/// It is complete when it gets its name in any case; a program that fails or is killed leaves no
/// part of it. But what is written stays in memory for some seconds, and the power may fail before
/// the kernel has brought it to the disk. Then there may be a file with the right name and length
/// that is not, or not all, there. Waiting for the disk prevents that, and takes as long as the
/// disk does: often more than everything else together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Never wait, as `cp` and `tar` do: for an image that is only a step to something
    /// else, such as one in a CI job.
    Never,
    /// Wait when a file is replaced: a power cut must not cost the old image and the new one. A
    /// new one has nothing to lose but itself, and the same inputs give the same bytes again.
    #[default]
    WhenReplacing,
    /// Always wait.
    Always,
}

/// The report about what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Length of the image in bytes.
    pub len: u64,
    /// Bytes of it that are data; the others are gaps, zeros, and holes of the inputs, which
    /// take no space in a sparse file.
    pub data: u64,
    /// SHA-256 of the image, if asked for.
    pub sha256: Option<Sha256Digest>,
    /// Length of the file in bytes; the image's if it is raw.
    pub file_len: u64,
    /// SHA-256 of the file, if asked for.
    pub file_sha256: Option<Sha256Digest>,
    /// Digests of regions, inputs and ranges, if asked for.
    pub pieces: Option<PieceDigests>,
}
