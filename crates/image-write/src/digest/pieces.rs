//! Digests of the parts of an image: its regions, and the ranges of blocks that a block map lists.
//!
//! ```text
//! regions  │ superblock │..│ bitmap │.....│ file /x.iso            │....
//! ranges   [ 0 ─────────────────── 3 ]     [ 9 ──────────────────── 21 ]
//! ```
//!
//! The range of a large file's region starts where that does: then one pass of the hash gives both
//! digests.
//!
//! Where there are more hashes than processors, that of the whole image is taken here too.

use super::digester::{Digester, Sha256Digest, update};
use super::selection::DigestSelection;
use crate::sink::in_zeros;
use image_layout::{Content, Layout, Region, SourceId};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes of a block of a block map.
pub(crate) const BLOCK: u64 = 4096;

/// From this size on, a file has a range of its own.
const LARGE: u64 = 1 << 20;

/// The digests of the parts of an image: its regions, its inputs and its ranges of blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PieceDigests {
    /// The digests of the regions, in their order, if wanted.
    pub regions: Vec<Sha256Digest>,
    /// The digests of inputs that lie in the image from their first byte on, as far as they do without a
    /// hole, with how many bytes that are. Empty unless the digests of regions were asked for.
    pub sources: BTreeMap<SourceId, (u64, Sha256Digest)>,
    /// The digests of the ranges of bytes, in blocks, that hold anything, if wanted.
    pub ranges: Vec<(Range<u64>, Sha256Digest)>,
}

/// The ranges of the image that hold anything, in whole blocks. Zeros that are claimed count,
/// because they must read as zero.
pub(crate) fn ranges(image: &Layout) -> Vec<Range<u64>> {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    let mut cut = false;
    for region in image.regions() {
        let start = region.at / BLOCK * BLOCK;
        let end = region.end().next_multiple_of(BLOCK).min(image.len());
        let large = is_large(&region);
        match ranges.last_mut() {
            Some(last) if start < last.end => last.end = last.end.max(end),
            Some(last) if start == last.end && !cut && !large => last.end = end,
            _ => ranges.push(start..end),
        }
        cut = large;
    }
    ranges
}

fn is_large(region: &Region<'_>) -> bool {
    let source = matches!(region.content, Content::Source { .. });
    source && region.at.is_multiple_of(BLOCK) && region.content.len() >= LARGE
}

/// A region that is being hashed.
struct Open<'a> {
    region: Region<'a>,
    /// `None`: the hash of the range, which starts with this region, serves for both.
    hash: Option<Sha256>,
}

pub(super) struct Pieces<'a> {
    /// The digest of the image.
    whole: Option<Sha256>,
    to_come: Box<dyn Iterator<Item = Region<'a>> + Send + 'a>,
    next: Option<Region<'a>>,
    open: Option<Open<'a>>,
    ranges: std::vec::IntoIter<Range<u64>>,
    next_range: Option<Range<u64>>,
    range: Option<(Range<u64>, Sha256)>,
    /// The digests of zeros, by their number.
    zeros: BTreeMap<u64, Sha256Digest>,
    at: u64,
    done: PieceDigests,
}

impl<'a> Pieces<'a> {
    /// The digester of an image's regions and ranges, as far as they are wanted, and of the whole
    /// image if that is wanted here.
    pub(super) fn new(image: &'a Layout, wanted: DigestSelection) -> Self {
        let mut to_come: Box<dyn Iterator<Item = _> + Send> = match wanted.regions {
            true => Box::new(image.regions()),
            false => Box::new(std::iter::empty()),
        };
        let next = to_come.next();
        let all = if wanted.ranges { ranges(image) } else { Vec::new() };
        let mut ranges = all.into_iter();
        let next_range = ranges.next();
        Self {
            whole: wanted.image.then(Sha256::new),
            to_come,
            next,
            open: None,
            ranges,
            next_range,
            range: None,
            zeros: BTreeMap::new(),
            at: 0,
            done: PieceDigests::default(),
        }
    }

    /// Opens the range and the region that start at the present place.
    fn open(&mut self) {
        if let Some(range) = self.next_range.take_if(|r| r.start == self.at) {
            self.range = Some((range, Sha256::new()));
            self.next_range = self.ranges.next();
        }
        let at = self.at;
        if let Some(region) = self.next.take_if(|r| r.at == at) {
            let shared = is_large(&region) && self.range.as_ref().is_some_and(|r| r.0.start == at);
            self.open = Some(Open { region, hash: (!shared).then(Sha256::new) });
            self.next = self.to_come.next();
        }
    }

    /// Closes the region and the range that end at the present place, and keeps their digests.
    fn close(&mut self) {
        if let Some(open) = self.open.take_if(|o| o.region.end() == self.at) {
            let hash = match (open.hash, &self.range) {
                (Some(hash), _) => hash,
                (None, Some((_, hash))) => hash.clone(),
                // A range covers its regions.
                (None, None) => unreachable!("a range that ended before its region"),
            };
            let digest: Sha256Digest = match open.region.content {
                Content::Zero { len } => zeros(&mut self.zeros, len),
                _ => hash.finalize().into(),
            };
            self.done.regions.push(digest);
        }
        if let Some((range, hash)) = self.range.take_if(|(r, _)| r.end == self.at) {
            self.done.ranges.push((range, hash.finalize().into()));
        }
    }

    /// The next place at which a region or a range starts or ends.
    fn boundary(&self) -> u64 {
        let region = match &self.open {
            Some(open) => Some(open.region.end()),
            None => self.next.as_ref().map(|r| r.at),
        };
        let range = match &self.range {
            Some((range, _)) => Some(range.end),
            None => self.next_range.as_ref().map(|r| r.start),
        };
        region.into_iter().chain(range).min().unwrap_or(u64::MAX)
    }

    /// Whether anything hashes what comes next.
    fn hashes(&self) -> bool {
        self.whole.is_some() || self.range.is_some() || self.open.is_some()
    }

    fn hash(&mut self, bytes: &[u8]) {
        let region = self.open.as_mut().and_then(|open| match open.region.content {
            Content::Zero { .. } => None,
            _ => open.hash.as_mut(),
        });
        let range = self.range.as_mut().map(|(_, hash)| hash);
        update([self.whole.as_mut(), range, region], bytes);
    }

    /// Goes on to the place `to`: over `bytes`, or over zeros if there are none.
    fn advance(&mut self, to: u64, bytes: Option<&[u8]>) {
        let start = self.at;
        while self.at < to {
            self.open();
            let next = self.boundary().min(to);
            match bytes {
                // OK to cast: within `bytes`.
                Some(all) => self.hash(&all[(self.at - start) as usize..(next - start) as usize]),
                None if self.hashes() => {
                    let Ok(()) = in_zeros(next - self.at, |zeros| {
                        self.hash(zeros);
                        Ok::<(), std::convert::Infallible>(())
                    });
                }
                None => {}
            }
            self.at = next;
            self.close();
        }
    }
}

/// The digest of `len` zeros; file systems have many of the same length.
fn zeros(known: &mut BTreeMap<u64, Sha256Digest>, len: u64) -> Sha256Digest {
    *known.entry(len).or_insert_with(|| {
        let mut hash = Sha256::new();
        let Ok(()) = in_zeros(len, |zeros| {
            hash.update(zeros);
            Ok::<(), std::convert::Infallible>(())
        });
        hash.finalize().into()
    })
}

impl Digester for Pieces<'_> {
    /// The digests of the pieces, and that of the image if it was asked for.
    type Digest = (PieceDigests, Option<Sha256Digest>);

    fn bytes(&mut self, at: u64, bytes: &[u8]) {
        self.advance(at, None);
        self.advance(at + bytes.len() as u64, Some(bytes));
    }

    fn finish(mut self, len: u64) -> Self::Digest {
        self.advance(len, None);
        debug_assert!(self.next.is_none());
        (self.done, self.whole.map(|hash| hash.finalize().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sha(bytes: &[u8]) -> Sha256Digest {
        Sha256::digest(bytes).into()
    }

    /// An image of 3 MiB: a file of 2 MiB less 9 bytes, cut in two, and small things around it.
    fn image() -> Layout {
        let mut l = Layout::new(3 << 20);
        l.claim(0, "mbr", vec![1; 512]).unwrap();
        l.claim(8191, "edge", vec![2; 2]).unwrap();
        l.claim(12288, "zero", Content::Zero { len: 4096 }).unwrap();
        let file = |offset, len| Content::Source { id: SourceId(3), offset, len };
        l.claim(65_536, "file/1", file(0, 1 << 20)).unwrap();
        l.claim(65_536 + (1 << 20) + 4096, "file/2", file(1 << 20, (1 << 20) - 9)).unwrap();
        l
    }

    #[test]
    fn ranges_are_whole_blocks_and_large_files_start_one() {
        let mib = 1 << 20;
        let expected = [0..16384, 65_536..65_536 + mib, 69_632 + mib..69_632 + 2 * mib];
        assert_eq!(ranges(&image()), expected);
    }

    #[test]
    fn each_part_has_the_digest_of_its_bytes() {
        let image = image();
        let bytes: Vec<u8> = (0..image.len()).map(|n| ((n * n) >> 7) as u8).collect();
        let mut all = vec![0; bytes.len()];
        for (regions, ranges, whole, step) in [
            (true, true, true, 1 << 20),
            (true, true, false, 1 << 20),
            (true, false, true, 4001),
            (false, true, true, 7),
        ] {
            let wanted = DigestSelection { image: whole, file: false, regions, ranges };
            let mut pieces = Pieces::new(&image, wanted);
            for region in image.regions().filter(|r| !matches!(r.content, Content::Zero { .. })) {
                let part = region.at as usize..region.end() as usize;
                all[part.clone()].copy_from_slice(&bytes[part.clone()]);
                for (n, some) in bytes[part.clone()].chunks(step).enumerate() {
                    pieces.bytes(region.at + (n * step) as u64, some);
                }
            }
            let (done, digest) = pieces.finish(image.len());
            assert_eq!(digest, whole.then(|| sha(&all)));
            let of = |r: Range<u64>| sha(&all[r.start as usize..r.end as usize]);
            let expected: Vec<_> = image.regions().map(|r| of(r.at..r.end())).collect();
            assert_eq!(done.regions, if regions { expected } else { vec![] });
            let expected: Vec<_> =
                super::ranges(&image).into_iter().map(|r| (r.clone(), of(r))).collect();
            assert_eq!(done.ranges, if ranges { expected } else { vec![] });
        }
    }
}
