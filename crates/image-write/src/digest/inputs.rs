//! Digests of the inputs that an image holds.
//!
//! ```text
//! regions  │ file /x.iso 1/2 │ backup superblock │ file /x.iso 2/2 │.....│ file /y.iso │
//! inputs   [ 0 ──────────────                     ─────────────── n ]     [ 0 ─────── n ]
//! ```
//!
//! An input that lies in one piece has the digest of its region. On ext, a large one is cut into
//! pieces by the tables at the start of some block groups: it is hashed once more, in a thread of
//! its own.

use super::digester::{Digester, Sha256Digest, Whole};
use image_layout::{Content, Layout, Region, SourceId};
use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;

/// An input whose regions follow each other from its first byte on.
struct Input {
    /// The length of the input as far as its regions have it, in bytes.
    len: u64,
    /// The index of its first region.
    first: usize,
    regions: usize,
}

fn inputs(image: &Layout) -> BTreeMap<SourceId, Input> {
    let mut inputs = BTreeMap::new();
    let mut broken = BTreeSet::new();
    for (n, region) in image.regions().enumerate() {
        let Content::Source { id, offset, len } = region.content else { continue };
        let input = inputs.entry(id).or_insert(Input { len: 0, first: n, regions: 0 });
        if offset != input.len {
            broken.insert(id);
        }
        input.len = offset.saturating_add(len);
        input.regions += 1;
    }
    inputs.retain(|id, _| !broken.contains(id));
    inputs
}

/// The digests of all inputs that lie in the image from their first byte on without a hole, with
/// how many bytes of them do: from those of its regions, and of the inputs that are in several.
pub(super) fn digests(
    image: &Layout,
    regions: &[Sha256Digest],
    cut: &BTreeMap<SourceId, Sha256Digest>,
) -> BTreeMap<SourceId, (u64, Sha256Digest)> {
    let digest = |(id, input): (_, Input)| {
        let digest = if input.regions == 1 { regions.get(input.first) } else { cut.get(&id) };
        Some((id, (input.len, *digest?)))
    };
    inputs(image).into_iter().filter_map(digest).collect()
}

/// Hashes the inputs that lie in several regions.
pub(super) struct Cut<'a> {
    to_come: Peekable<Box<dyn Iterator<Item = Region<'a>> + Send + 'a>>,
    /// The hashes of inputs, with their lengths.
    hashes: BTreeMap<SourceId, (u64, Whole)>,
}

impl<'a> Cut<'a> {
    /// The digester of the inputs that lie in several regions; `None` if there are none.
    pub(super) fn new(image: &'a Layout) -> Option<Self> {
        let cut = inputs(image).into_iter().filter(|(_, input)| input.regions > 1);
        let hashes: BTreeMap<_, _> =
            cut.map(|(id, input)| (id, (input.len, Whole::default()))).collect();
        let to_come: Box<dyn Iterator<Item = _> + Send> = Box::new(image.regions());
        (!hashes.is_empty()).then(|| Self { to_come: to_come.peekable(), hashes })
    }
}

impl Digester for Cut<'_> {
    type Digest = BTreeMap<SourceId, Sha256Digest>;

    fn bytes(&mut self, at: u64, bytes: &[u8]) {
        let end = at + bytes.len() as u64;
        while let Some(region) = self.to_come.peek().filter(|region| region.at < end) {
            let (from, to) = (region.at.max(at), region.end().min(end));
            if from < to
                && let Content::Source { id, offset, .. } = region.content
                && let Some((_, hash)) = self.hashes.get_mut(&id)
            {
                // OK to cast: within `bytes`.
                let seen = &bytes[(from - at) as usize..(to - at) as usize];
                hash.bytes(offset + (from - region.at), seen);
            }
            if region.end() > end {
                break;
            }
            self.to_come.next();
        }
    }

    fn finish(self, _: u64) -> Self::Digest {
        self.hashes.into_iter().map(|(id, (len, hash))| (id, hash.finish(len))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest as _, Sha256};

    #[test]
    fn whole_inputs_have_the_digest_of_their_bytes() {
        let mut image = Layout::new(1 << 20);
        let bytes: Vec<u8> = (0..image.len()).map(|n| ((n * n) >> 7) as u8).collect();
        let source = |id, offset, len| Content::Source { id: SourceId(id), offset, len };
        // Cut in three, the second of them a hole; in one; without its start; with something left out.
        for (at, content) in [
            (1000, source(3, 0, 70_000)),
            (80_000, source(3, 70_000, 5000)),
            (100_000, source(3, 75_000, 30_001)),
            (140_000, vec![7; 10].into()),
            (150_000, source(4, 0, 9)),
            (160_000, source(5, 1, 9)),
            (170_000, source(6, 0, 9)),
            (180_000, source(6, 10, 9)),
        ] {
            image.claim(at, format!("{at}"), content).unwrap();
        }
        let stored = |r: &Region<'_>| &bytes[r.at as usize..r.end() as usize];
        let regions: Vec<Sha256Digest> =
            image.regions().map(|r| Sha256::digest(stored(&r)).into()).collect();
        let expected = [&bytes[1000..71_000], &[0; 5000], &bytes[100_000..130_001]].concat();
        for step in [1, 4001, 1 << 20] {
            let mut cut = Cut::new(&image).unwrap();
            // Regions by themselves, as they are read, and what lies between them.
            for region in image.regions().filter(|r| r.at != 80_000) {
                for (n, some) in stored(&region).chunks(step).enumerate() {
                    cut.bytes(region.at + (n * step) as u64, some);
                }
            }
            let digests = digests(&image, &regions, &cut.finish(image.len()));
            let whole: Sha256Digest = Sha256::digest(&expected).into();
            let one: Sha256Digest = Sha256::digest(&bytes[150_000..150_009]).into();
            let expected = [(SourceId(3), (105_001, whole)), (SourceId(4), (9, one))];
            assert!(digests.into_iter().eq(expected), "{step}");
        }
        let mut at_once = Cut::new(&image).unwrap();
        at_once.bytes(0, &bytes);
        let whole = [&bytes[1000..71_000], &bytes[80_000..85_000], &bytes[100_000..130_001]];
        let whole: Sha256Digest = Sha256::digest(whole.concat()).into();
        assert!(at_once.finish(image.len()).into_iter().eq([(SourceId(3), whole)]));
        assert!(Cut::new(&Layout::new(9)).is_none());
    }
}
