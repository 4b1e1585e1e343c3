//! The block map beside an image, as `bootkey build --bmap` and `bmaptool create` write it: its
//! checksums are compared before anything is written.
//!
//! Which blocks it leaves out changes nothing: these are the holes of an image, and holes are zeros,
//! whatever was on the stick before.

use crate::failure::Failure;
use crate::progress::{Meter, Style};
use crate::say::Say;
use bootkey::Progress;
use bootkey::image_layout::{Part, Positioned, ReadAt};
use input_file::{open_regular, sha256_hex, sha256_of};
use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Longest block map that is read: of half a million ranges.
const LONGEST: u64 = 64 << 20;

/// Compares an image with the block map beside it, if there is one.
pub(super) fn check(
    image_path: &Path,
    image: &dyn ReadAt,
    progress: Style,
    say: &Say,
) -> Result<(), Failure> {
    let Some(path) = beside(image_path) else { return Ok(()) };
    let fail = |what: String| Failure::BlockMap { path: path.clone(), what };
    let (file, _) = open_regular(&path).map_err(|e| fail(e.to_string()))?;
    let mut text = String::new();
    let read = file.take(LONGEST).read_to_string(&mut text);
    read.map_err(|e| fail(format!("cannot be read: {e}")))?;
    let map = BlockMap::read(&text).map_err(|what| fail(what.to_owned()))?;
    if map.image_len != image.len() {
        let (says, has) = (map.image_len, image.len());
        return Err(fail(format!("is of an image of {says} bytes, and this one has {has}")));
    }
    let mut meter = Meter::new(progress, say);
    meter.phase("checking");
    for (range, sha256) in &map.ranges {
        let part = Part::new(image, range.start, range.end - range.start);
        let found = sha256_of(Positioned::new(part));
        let found = found.map_err(|e| fail(format!("the image cannot be read: {e}")))?;
        if found != *sha256 {
            let Range { start, end } = range;
            let what = format!("the image has another checksum than it says in {start}..{end}");
            return Err(fail(what));
        }
        meter.writing(&Progress { region: "checking", done: range.end, total: map.image_len });
    }
    meter.finish();
    say.note(&format!("`{}`: all checksums are right", input_file::shown(&path)));
    Ok(())
}

/// The block map of an image: `key.img.bmap` is that of `key.img`, and of `key.img.zst`.
fn beside(image: &Path) -> Option<PathBuf> {
    let mut name = image.to_owned();
    loop {
        let mut map = name.clone().into_os_string();
        map.push(".bmap");
        let map = PathBuf::from(map);
        if map.is_file() {
            return Some(map);
        }
        name.extension()?;
        name.set_extension("");
    }
}

/// A block map.
#[derive(Debug)]
struct BlockMap {
    image_len: u64,
    /// Ranges of bytes of the image, each with its SHA-256 in hex.
    ranges: Vec<(Range<u64>, String)>,
}

impl BlockMap {
    /// Reads a block map of version 1.4 or 2.0: flat, so that no more of XML is needed.
    fn read(text: &str) -> Result<Self, &'static str> {
        let malformed = "is no block map";
        let without_comments = without_comments(text);
        let value = |tag: &str| element(&without_comments, tag);
        let number = |tag: &str| value(tag)?.parse::<u64>().ok();
        if value("ChecksumType").is_none_or(|kind| kind != "sha256") {
            return Err("has no checksums of SHA-256, the only ones that are read here");
        }
        let own = value("BmapFileChecksum").filter(|own| own.len() == 64).ok_or(malformed)?;
        if sha256_hex(text.replacen(own, &"0".repeat(64), 1).as_bytes()) != own {
            return Err("is damaged: it does not have its own checksum");
        }
        let image_len = number("ImageSize").ok_or(malformed)?;
        let block = number("BlockSize").filter(|block| *block > 0).ok_or(malformed)?;
        let mut ranges = Vec::new();
        for range in without_comments.split("<Range").skip(1) {
            let (attributes, rest) = range.split_once('>').ok_or(malformed)?;
            let sha256 = attributes.split_once("chksum=\"").and_then(|(_, v)| v.split_once('"'));
            let (sha256, _) = sha256.ok_or("has a range without a checksum")?;
            let (blocks, _) = rest.split_once('<').ok_or(malformed)?;
            let (first, last) = blocks.split_once('-').unwrap_or((blocks, blocks));
            let byte = |blocks: &str, more: u64| {
                blocks.trim().parse::<u64>().ok()?.checked_add(more)?.checked_mul(block)
            };
            let start = byte(first, 0).ok_or(malformed)?;
            let end = byte(last, 1).ok_or(malformed)?.min(image_len);
            if start >= end {
                return Err("has a range that is not in the image");
            }
            ranges.push((start..end, sha256.to_owned()));
        }
        Ok(Self { image_len, ranges })
    }
}

fn without_comments(text: &str) -> String {
    let mut parts = text.split("<!--");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once("-->").map_or("", |(_, rest)| rest))
}

/// The text of the first element of that name.
fn element<'a>(text: &'a str, tag: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{tag}>"))?;
    let (text, _) = rest.split_once(&format!("</{tag}>"))?;
    Some(text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_build_writes_is_read_and_nothing_damaged() {
        let text =
            bootkey::image_write::block_map(10_000, &[(0..8192, [7; 32]), (8192..10_000, [9; 32])]);
        let map = BlockMap::read(&text).unwrap();
        assert_eq!(map.image_len, 10_000);
        let expected = [(0..8192, "07".repeat(32)), (8192..10_000, "09".repeat(32))];
        assert_eq!(map.ranges, expected);
        let changed = [
            (text.replace("0-1", "0-2"), "own checksum"),
            (text.replace("sha256", "sha1"), "no checksums of SHA-256"),
            (text.replace("BmapFileChecksum", "Other"), "is no block map"),
            (String::new(), "no checksums of SHA-256"),
        ];
        for (text, why) in changed {
            let said = BlockMap::read(&text).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn comments_are_nothing() {
        assert_eq!(without_comments("a<!-- <Range> --><b><!-- c"), "a<b>");
        assert_eq!(element("<A> 1 </A>", "A"), Some("1"));
    }
}
