//! xz: streams of blocks of LZMA2 chunks.
//!
//! The decoder reads each header, chunk and checksum with a call of its own, so these are charged
//! by reads.

use crate::Streams;
use crate::meter::Input;
use lzma_rust2::XzReader;
use std::io::{BufRead, Read};

/// Most memory that an xz or lzma stream may ask for, in KiB; `xz -9` needs 65 MiB to decompress.
pub(crate) const MEMORY_KIB: u32 = 80 << 10;

/// A reader of xz streams.
pub(crate) fn reader<'b, R: BufRead>(input: Input<'b, R>, streams: Streams) -> impl Read {
    XzReader::new_mem_limit(input, streams == Streams::All, MEMORY_KIB)
}
