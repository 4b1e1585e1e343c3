//! Many regions, in order, in little memory.
//!
//! ```text
//! chunks  [ r r r r ] [ r r r r ] [ r r ]     up to 256 regions each, none empty, all in order
//! ```
//!
//! File systems claim from front to back, here and there. A full chunk is cut where a region comes
//! between two, so that chunks fill up in whatever direction they are claimed; a `BTreeMap` would leave half of
//! every node empty.

use crate::Region;

/// Most regions in a chunk.
const CHUNK: usize = 256;

/// Regions by where they start.
#[derive(Debug, Clone, Default)]
pub(crate) struct Regions(Vec<Vec<Region>>);

impl Regions {
    /// All of them, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Region> {
        self.0.iter().flatten()
    }

    pub fn into_iter(self) -> impl Iterator<Item = Region> {
        self.0.into_iter().flatten()
    }

    /// The chunk of the last region that starts before `at`, or the first chunk.
    fn chunk(&self, at: u64) -> usize {
        let before = |c: &Vec<Region>| c.first().is_some_and(|r| r.at < at);
        self.0.partition_point(before).saturating_sub(1)
    }

    /// The last region that starts before `at`.
    pub fn before(&self, at: u64) -> Option<&Region> {
        let chunk = self.0.get(self.chunk(at))?;
        let index = chunk.partition_point(|r| r.at < at);
        chunk.get(index.checked_sub(1)?)
    }

    /// The first region that starts at or behind `at`.
    pub fn from(&self, at: u64) -> Option<&Region> {
        let n = self.chunk(at);
        let chunk = self.0.get(n)?;
        let index = chunk.partition_point(|r| r.at < at);
        chunk.get(index).or_else(|| self.0.get(n + 1)?.first())
    }

    /// Puts a region where it belongs; none starts where it does.
    pub fn insert(&mut self, region: Region) {
        let n = self.chunk(region.at);
        let Some(chunk) = self.0.get_mut(n) else {
            self.0.push(vec![region]);
            return;
        };
        let index = chunk.partition_point(|r| r.at < region.at);
        if chunk.len() < CHUNK {
            chunk.insert(index, region);
        } else if index == chunk.len() {
            self.0.insert(n + 1, vec![region]);
        } else {
            let behind = chunk.split_off(index);
            chunk.push(region);
            self.0.insert(n + 1, behind);
        }
    }
}

/// However they lie in chunks.
impl PartialEq for Regions {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Regions {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Content;
    use std::collections::BTreeMap;

    fn region(at: u64) -> Region {
        Region { at, name: "".into(), content: Content::Zero { len: 1 } }
    }

    /// Numbers below 3000 in an order that jumps about.
    fn shuffled() -> Vec<u64> {
        (0..3000).map(|n| n * 1013 % 3000).collect()
    }

    #[test]
    fn finds_what_a_map_finds() {
        let up: Vec<u64> = (0..3000).collect();
        let down = up.iter().rev().copied().collect();
        let two = (0..1500).flat_map(|n| [n, 1500 + n]).collect();
        for order in [up, down, two, shuffled()] {
            let (mut regions, mut map) = (Regions::default(), BTreeMap::new());
            for (count, at) in order.into_iter().enumerate() {
                regions.insert(region(2 * at));
                map.insert(2 * at, ());
                if count % 37 == 0 {
                    for at in [0, 1, 2 * at, 2 * at + 1, 2999, 6000] {
                        let before = map.range(..at).next_back().map(|(k, ())| *k);
                        assert_eq!(regions.before(at).map(|r| r.at), before, "before {at}");
                        let from = map.range(at..).next().map(|(k, ())| *k);
                        assert_eq!(regions.from(at).map(|r| r.at), from, "from {at}");
                    }
                }
            }
            assert!(regions.iter().map(|r| r.at).eq(map.into_keys()));
            assert!(regions.0.iter().all(|c| (1..=CHUNK).contains(&c.len())));
        }
    }

    #[test]
    fn chunks_are_full_in_either_direction() {
        let (mut up, mut down) = (Regions::default(), Regions::default());
        for n in 0..10 * CHUNK as u64 {
            up.insert(region(n));
            down.insert(region(10 * CHUNK as u64 - 1 - n));
        }
        assert_eq!((up.0.len(), down.0.len()), (10, 10));
        assert_eq!(up, down);
        down.insert(region(1 << 20));
        assert_ne!(up, down);
    }
}
