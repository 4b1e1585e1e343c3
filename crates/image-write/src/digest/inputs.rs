//! Digests of the inputs that an image holds.
//!
//! ```text
//! regions  │ file /x.iso 1/2 │ backup superblock │ file /x.iso 2/2 │.....│ file /y.iso │
//! inputs   [ 0 ──────────────                     ─────────────── n ]     [ 0 ─────── n ]
//! ```
//!
//! An input that lies in one piece has the digest of its region. On ext, a large one is cut into
//! pieces by the tables at the start of some block groups: it is hashed once more, in a thread of
//! its own. Of some inputs there are copies of parts, too: the kernel of an ISO in the boot partition.

use super::digester::{Digester, Sha256Digest, Whole};
use image_layout::{Content, Layout, Region, SourceId};
use std::collections::{BTreeMap, BTreeSet};
use std::iter::{Enumerate, Peekable};

/// The part of an input from its first byte on that lies in the image.
#[derive(Default)]
struct Input {
    /// Its length, in bytes.
    len: u64,
    /// The indices of the regions that have it, in its order.
    regions: Vec<usize>,
}

fn inputs(image: &Layout) -> BTreeMap<SourceId, Input> {
    let mut inputs = BTreeMap::<SourceId, Input>::new();
    for (n, region) in image.regions().enumerate() {
        let Content::Source { id, offset, len } = region.content else { continue };
        let input = inputs.entry(id).or_default();
        if offset == 0 && len > input.len {
            // What was there was a copy of a part.
            *input = Input { len, regions: vec![n] };
        } else if offset == input.len && offset > 0 {
            input.len = offset.saturating_add(len);
            input.regions.push(n);
        }
    }
    inputs.retain(|_, input| !input.regions.is_empty());
    inputs
}

/// The digests of all inputs that lie in the image from their first byte on, as far as they do without
/// a hole, with how many bytes that are: from those of its regions, and of the inputs that are in several.
pub(super) fn digests(
    image: &Layout,
    regions: &[Sha256Digest],
    cut: &BTreeMap<SourceId, Sha256Digest>,
) -> BTreeMap<SourceId, (u64, Sha256Digest)> {
    let digest = |(id, input): (_, Input)| {
        let digest = match input.regions[..] {
            [region] => regions.get(region),
            _ => cut.get(&id),
        };
        Some((id, (input.len, *digest?)))
    };
    inputs(image).into_iter().filter_map(digest).collect()
}

/// Hashes the inputs that lie in several regions.
pub(super) struct Cut<'a> {
    to_come: Peekable<Enumerate<Box<dyn Iterator<Item = Region<'a>> + Send + 'a>>>,
    /// The indices of the regions that have them.
    regions: BTreeSet<usize>,
    /// The hashes of inputs, with their lengths.
    hashes: BTreeMap<SourceId, (u64, Whole)>,
}

impl<'a> Cut<'a> {
    /// The digester of the inputs that lie in several regions; `None` if there are none.
    pub(super) fn new(image: &'a Layout) -> Option<Self> {
        let mut cut = inputs(image);
        cut.retain(|_, input| input.regions.len() > 1);
        let regions: BTreeSet<usize> =
            cut.values().flat_map(|i| i.regions.iter().copied()).collect();
        let hashes: BTreeMap<_, _> =
            cut.into_iter().map(|(id, input)| (id, (input.len, Whole::default()))).collect();
        let to_come: Box<dyn Iterator<Item = _> + Send> = Box::new(image.regions());
        let to_come = to_come.enumerate().peekable();
        (!hashes.is_empty()).then_some(Self { to_come, regions, hashes })
    }
}

impl Digester for Cut<'_> {
    type Digest = BTreeMap<SourceId, Sha256Digest>;

    fn bytes(&mut self, at: u64, bytes: &[u8]) {
        let end = at + bytes.len() as u64;
        while let Some((n, region)) = self.to_come.peek().filter(|(_, region)| region.at < end) {
            let (from, to) = (region.at.max(at), region.end().min(end));
            if from < to
                && self.regions.contains(n)
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
        // Cut in three, the second of them a hole; in one; without its start; with something left out;
        // in one, with copies of parts before and behind it. And of the first, copies of parts as well.
        for (at, content) in [
            (10, source(3, 0, 20)),
            (40, source(3, 5000, 20)),
            (70, source(7, 3, 5)),
            (1000, source(3, 0, 70_000)),
            (75_000, source(3, 4, 70)),
            (80_000, source(3, 70_000, 5000)),
            (100_000, source(3, 75_000, 30_001)),
            (140_000, vec![7; 10].into()),
            (150_000, source(4, 0, 9)),
            (160_000, source(5, 1, 9)),
            (170_000, source(6, 0, 9)),
            (180_000, source(6, 10, 9)),
            (190_000, source(7, 0, 50)),
            (200_000, source(7, 8, 5)),
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
            let at = |at: usize, len: usize| {
                let digest: Sha256Digest = Sha256::digest(&bytes[at..at + len]).into();
                (len as u64, digest)
            };
            let expected = [
                (SourceId(3), (105_001, whole)),
                (SourceId(4), at(150_000, 9)),
                (SourceId(6), at(170_000, 9)),
                (SourceId(7), at(190_000, 50)),
            ];
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
