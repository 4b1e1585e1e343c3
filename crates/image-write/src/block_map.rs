//! Block maps, version 2.0: which blocks of an image mean something, with their checksums.
//! `bmaptool copy` and `bmap-rs` write those alone. The format is described in what `bmaptool create`
//! writes at the top of each: <https://docs.yoctoproject.org/dev-manual/bmaptool.html>
//!
//! A block is mapped if anything claims it: what must read as zero too, because the stick held
//! something else before. `bmaptool create` sees only a file with holes and leaves those out.

use crate::Sha256Digest;
use crate::digest::BLOCK;
use core::fmt::Write as _;
use input_file::sha256_hex;
use std::ops::Range;

/// Digits of a digest in `BmapFileChecksum` while the digest itself is computed.
const NONE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The block map of an image of `len` bytes, from the digests of its ranges.
pub fn block_map(len: u64, ranges: &[(Range<u64>, Sha256Digest)]) -> String {
    let blocks = |r: &Range<u64>| r.start / BLOCK..r.end.div_ceil(BLOCK);
    let mapped: u64 = ranges.iter().map(|(r, _)| blocks(r).end - blocks(r).start).sum();
    let mut out = format!(
        "<?xml version=\"1.0\" ?>\n<bmap version=\"2.0\">\n\
         \x20   <ImageSize> {len} </ImageSize>\n\
         \x20   <BlockSize> {BLOCK} </BlockSize>\n\
         \x20   <BlocksCount> {} </BlocksCount>\n\
         \x20   <MappedBlocksCount> {mapped} </MappedBlocksCount>\n\
         \x20   <ChecksumType> sha256 </ChecksumType>\n\
         \x20   <BmapFileChecksum> {NONE} </BmapFileChecksum>\n\
         \x20   <BlockMap>\n",
        len.div_ceil(BLOCK)
    );
    for (range, digest) in ranges {
        let blocks = blocks(range);
        let numbers = match blocks.end - blocks.start {
            1 => blocks.start.to_string(),
            _ => format!("{}-{}", blocks.start, blocks.end - 1),
        };
        let digest = base16ct::lower::encode_string(digest);
        // OK to ignore: writing to a String does not fail.
        let _ = writeln!(out, "        <Range chksum=\"{digest}\"> {numbers} </Range>");
    }
    out.push_str("    </BlockMap>\n</bmap>\n");
    let digest = sha256_hex(out.as_bytes());
    out.replacen(NONE, &digest, 1)
}
