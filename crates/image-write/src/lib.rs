//! Writes a layout. The only crate that writes.
//!
//! ```text
//!              ┌ gap, Zero ──────► zeros ─┐   ┌─ sparse file: a hole
//! Layout ──walk┼ Bytes ──────────► bytes ─┼──►├─ stream: the bytes
//!              └ Source ─┬─ hole ► zeros ─┤   ├─ gz, xz, zst: blocks, in parallel
//!                        └─ data ► copy ──┘   └─ digests, in threads
//! ```
//!
//! One walk over the regions, in order, feeds one sink; every byte of payload is read at
//! most once (where blocks are shared: read once if there are digests, else not at all),
//! by a thread that is a few MiB ahead of the one that writes. Small neighbours are
//! written together. [`to_file`] copies from file to file where nobody looks on (sharing the blocks
//! where the file system can, else with two threads), [`to_stream`] writes to a pipe, [`digest`] writes nothing.
//!
//! What is written is the image, a compressed stream of it, or a virtual disk: see [`Format`]. A
//! virtual disk is a layout again, made from the image's; so all that is said here holds for it.
//!
//! ```
//! # use image_layout::{Layout, SourceId, Sources};
//! # use std::{fs::File, io, path::Path, ops::ControlFlow};
//! # struct NoInputs;
//! # impl Sources for NoInputs {
//! #     fn read_exact_at(&self, _: SourceId, _: u64, _: &mut [u8]) -> io::Result<()> { unreachable!() }
//! # }
//! # impl image_write::Payloads for NoInputs {
//! #     fn file(&self, _: SourceId) -> Option<&File> { None }
//! #     fn path(&self, _: SourceId) -> &Path { Path::new("") }
//! # }
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("key.img");
//! let mut layout = Layout::new(32 << 20);
//! layout.claim(510, "boot signature", vec![0x55, 0xaa])?;
//! let options = image_write::Options { sha256: true, ..Default::default() };
//! let written = image_write::to_file(&layout, &NoInputs, &path, options, &mut |_| ControlFlow::Continue(()))?;
//! assert_eq!((written.len, written.data), (32 << 20, 2));
//! assert_eq!(written.sha256, Some(image_write::digest(&layout, &NoInputs)?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Nothing or all of it.** The image grows in a file without a name, in the target's directory,
//! and gets its name when it is complete; whatever ends the program before leaves nothing behind.
//! What a power cut may do is a matter of [`Durability`]. Where the file system knows no unnamed files, it grows in
//! `.NAME.bootkey-PID-N.tmp`: only a killed program leaves that, and the next run to the same
//! target removes it. An output that exists keeps its permissions and is replaced as a whole; a
//! symbolic link stays, and what it points to is replaced.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // the crate that writes

mod block_map;
mod chunk;
mod compress;
mod digest;
mod error;
mod format;
mod output;
mod output_format;
mod payloads;
mod pending;
mod read_ahead;
mod segment;
mod sink;
mod space;
mod target;
mod virtual_disk;
mod walk;

pub use block_map::{block_map, hex, sha256};
pub use digest::{PieceDigests, Sha256Digest};
pub use error::Error;
pub use output::{Ready, digest, prepare, prepare_bytes, to_file, to_stream};
pub use output_format::Format;
pub use payloads::Payloads;
pub use walk::Progress;

use std::num::NonZero;

/// How to write, and what to do besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// What the image is put into.
    pub format: Format,
    /// Compute the image's SHA-256 in the same pass. The payload then goes through memory
    /// instead of being copied from file to file; where blocks can be shared, they are, and the
    /// payload is read for the digest alone. So it is for the other digests.
    pub sha256: bool,
    /// Likewise of the file, which is another one if it is compressed or a virtual disk.
    pub file_sha256: bool,
    /// Likewise of each region, and of the inputs.
    pub region_sha256: bool,
    /// Likewise of the ranges of blocks that a block map lists.
    pub range_sha256: bool,
    /// For formats that want one.
    pub identity: Identity,
    /// How many threads compress; as many as there are processors if not said. No byte depends
    /// on it.
    pub threads: Option<NonZero<usize>>,
    /// When to wait for the disk. Files only.
    pub durability: Durability,
}

/// What identifies a virtual disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Identity {
    /// A UUID.
    pub uuid: [u8; 16],
    /// When it was made, in seconds since 1970.
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

/// What was written.
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
