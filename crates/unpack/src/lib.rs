//! Decompresses streams of gzip, xz, zstd, lz4, bzip2 and lzma, each with a decoder in Rust; and
//! reads the headers in the archives that are in most of them ([`newc`]).
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
//! **Errors say the cause.** Checksums are verified. A stream that ends too early gives
//! [`std::io::ErrorKind::UnexpectedEof`], a damaged one [`std::io::ErrorKind::InvalidData`], and an
//! error of the input itself is passed on unchanged. (`lz4 -l` writes neither a checksum nor an
//! end: a stream cut off between two blocks is taken for a shorter stream.)
//!
//! **Work and memory are bounded.** Bytes read, bytes unpacked, blocks and streams are charged to a
//! [`Budget`] at the codec's own rates, so that a budget allows about the same time for every codec
//! and every stream, hostile ones included: empty blocks cost work too. Dictionaries of xz and lzma
//! have at most 80 MiB, zstd's window at most 128 MiB.
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
mod compression;
mod gzip;
mod invalid;
mod lz4;
mod lzma;
mod meter;
pub mod newc;
mod reader;
mod sequence;
mod weights;
mod xz;
mod zstd;

pub use budget::{Budget, Limit};
pub use compression::{Compression, Streams};
pub use reader::Reader;
