//! The writer of images: layouts → files and streams. No other crate writes any.
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
//! written together. [`to_file`] lets the kernel copy from file to file (sharing the blocks
//! where the file system can, else with two threads) unless a digest or a compressor needs the bytes, [`to_stream`] writes to a pipe, [`digest`] writes nothing.
//!
//! A plain file can be written before all of its layout is known: [`write_unnamed`] asks for the rest when
//! that is needed, and goes through it with the same walk.
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
//! # impl image_write::SourceFiles for NoInputs {
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
//! symbolic link stays, and what it points to is replaced. Files that belong together get their
//! names [`Together`].
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // the crate that writes

mod block_map;
mod chunk;
mod compress;
mod digest;
mod donor;
mod error;
mod fault;
mod file_system;
pub mod format;
mod options;
mod output;
mod output_format;
mod pending;
mod read_ahead;
mod segment;
mod sink;
mod source_files;
mod space;
mod target;
mod together;
mod virtual_disk;
mod walk;

pub use block_map::block_map;
pub use digest::{PieceDigests, Sha256Digest};
pub use donor::Donor;
pub use error::Error;
pub use options::{DiskIdentity, Durability, Options, Written};
pub use output::{digest, to_file, to_stream, write_bytes_unnamed, write_unnamed};
pub use output_format::Format;
pub use source_files::SourceFiles;
pub use target::{check_output, check_outputs};
pub use together::{DirectoryLocks, List, Ready, Together, lock_directories};
pub use walk::Progress;
