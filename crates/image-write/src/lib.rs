//! Writes a layout. The only crate that writes.
//!
//! ```text
//!              ┌ gap, Zero ──────► zeros ─┐   ┌─ sparse file: a hole
//! Layout ──walk┼ Bytes ──────────► bytes ─┼──►├─ stream: the bytes
//!              └ Source ─┬─ hole ► zeros ─┤   └─ hash: the digest; or two of them at once
//!                        └─ data ► copy ──┘
//! ```
//!
//! One walk over the regions, in order, feeds one sink; every byte of payload is read at
//! most once. [`to_file`] copies inside the kernel where it can (sharing the blocks where the
//! file system can), [`to_stream`] writes to a pipe, [`digest`] writes nothing.
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
//! let options = image_write::Options { sha256: true };
//! let written = image_write::to_file(&layout, &NoInputs, &path, options, &mut |_| ControlFlow::Continue(()))?;
//! assert_eq!((written.len, written.data), (32 << 20, 2));
//! assert_eq!(written.sha256, Some(image_write::digest(&layout, &NoInputs)?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Nothing or all of it.** The image grows in a file without a name, in the target's directory,
//! and gets its name when it is complete and on the disk; whatever ends the program before leaves
//! nothing behind. Where the file system knows no unnamed files, it grows in
//! `.NAME.bootkey-PID-N.tmp`: only a killed program leaves that, and the next run to the same
//! target removes it. An output that exists keeps its permissions and is replaced as a whole; a
//! symbolic link stays, and what it points to is replaced.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // the crate that writes

mod error;
mod file;
mod payloads;
mod pending;
mod segment;
mod sink;
mod space;
mod stream;
mod target;
mod walk;

pub use error::Error;
pub use file::to_file;
pub use payloads::Payloads;
pub use stream::{digest, to_stream};
pub use walk::Progress;

/// What to do besides writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Compute the image's SHA-256 in the same pass. The payload then goes through memory
    /// instead of being copied, or shared, inside the kernel.
    pub sha256: bool,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Length of the image in bytes.
    pub len: u64,
    /// Bytes of it that are data; the others are gaps, zeros, and holes of the inputs, which
    /// take no space in a sparse file.
    pub data: u64,
    /// SHA-256 of the image, if asked for.
    pub sha256: Option<[u8; 32]>,
}
