//! Many regions, in order, in little memory.
//!
//! ```text
//! chunks  [ c c c c ] [ c c c c ] [ c c ]     up to 256 claims each, none empty, all in order
//! claim   where, content, zeros behind it, number of its name
//! names   file /afile /bsuperblock…           one behind the other
//! ```
//!
//! File systems claim from front to back, here and there. A full chunk is cut where a claim comes
//! between two, so that chunks fill up in whatever direction they are claimed; a `BTreeMap` would
//! leave half of every node empty.
//!
//! What a file leaves of its last block is claimed for zeros under the file's name: half of all
//! regions of a file system are of that kind, and they are kept with the ones before them.

use crate::Content;

/// A named claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region<'a> {
    /// First byte, from the start of the image.
    pub at: u64,
    /// The name: who owns it and what it is, e.g. `isos/group 0/block bitmap`.
    pub name: &'a str,
    /// The bytes it holds, or where they come from.
    pub content: Content,
}

impl Region<'_> {
    /// The end of the region: one past its last byte.
    pub fn end(&self) -> u64 {
        self.at + self.content.len()
    }
}

/// Most claims in a chunk.
const CHUNK: usize = 256;

/// A region, and one of zeros behind it that has the same name.
#[derive(Debug, Clone)]
struct Claim {
    at: u64,
    content: Content,
    /// Bytes of the region behind it; 0: there is none.
    zeros: u32,
    /// Number of its name.
    name: u32,
}

impl Claim {
    /// One past the last byte of the content.
    fn zeros_at(&self) -> u64 {
        self.at + self.content.len()
    }

    fn regions<'a>(
        &self,
        names: &'a Names,
    ) -> impl DoubleEndedIterator<Item = Region<'a>> + use<'a> {
        let name = names.get(self.name);
        let zeros = Content::Zero { len: self.zeros.into() };
        let zeros = Region { at: self.zeros_at(), name, content: zeros };
        let first = Region { at: self.at, name, content: self.content.clone() };
        [first, zeros].into_iter().take(1 + usize::from(self.zeros > 0))
    }
}

/// Names, by number, one behind the other.
#[derive(Debug, Clone, Default)]
struct Names {
    text: String,
    /// The end of each name in `text`.
    ends: Vec<usize>,
}

impl Names {
    fn get(&self, number: u32) -> &str {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[number]]
    }

    /// The number of the last name.
    fn last(&self) -> Option<u32> {
        // OK to cast: there are no more than there are numbers for.
        Some(self.ends.len().checked_sub(1)? as u32)
    }

    /// Number of `name`, which often is the last one; `None`: there are no more numbers.
    fn number(&mut self, name: &str) -> Option<u32> {
        if let Some(last) = self.last().filter(|last| self.get(*last) == name) {
            return Some(last);
        }
        let number = u32::try_from(self.ends.len()).ok()?;
        self.text.push_str(name);
        self.ends.push(self.text.len());
        Some(number)
    }
}

/// Regions by where they start.
#[derive(Debug, Clone, Default)]
pub(crate) struct Regions {
    chunks: Vec<Vec<Claim>>,
    names: Names,
}

impl Regions {
    /// All of them, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Region<'_>> {
        self.chunks.iter().flatten().flat_map(|claim| claim.regions(&self.names))
    }

    /// Takes all of them out, in order; memory is given back on the way.
    pub fn drain<E>(self, mut each: impl FnMut(Region<'_>) -> Result<(), E>) -> Result<(), E> {
        let names = self.names;
        self.chunks
            .into_iter()
            .flatten()
            .try_for_each(|claim| claim.regions(&names).try_for_each(&mut each))
    }

    /// The chunk of the last claim that starts before `at`, or the first chunk.
    fn chunk(&self, at: u64) -> usize {
        let before = |c: &Vec<Claim>| c.first().is_some_and(|r| r.at < at);
        self.chunks.partition_point(before).saturating_sub(1)
    }

    /// The chunk and the index in it of the first claim that starts at or behind `at`, should there
    /// be one.
    fn place(&self, at: u64) -> (usize, usize) {
        let n = self.chunk(at);
        (n, self.chunks.get(n).map_or(0, |chunk| chunk.partition_point(|c| c.at < at)))
    }

    /// The last claim that starts before `at`.
    fn claim_before(&self, at: u64) -> Option<&Claim> {
        let (n, index) = self.place(at);
        self.chunks.get(n)?.get(index.checked_sub(1)?)
    }

    /// The last region that starts before `at`.
    pub fn before(&self, at: u64) -> Option<Region<'_>> {
        self.claim_before(at)?.regions(&self.names).rev().find(|r| r.at < at)
    }

    /// The start of the first region that starts at or behind `at`.
    pub fn from(&self, at: u64) -> Option<u64> {
        if let Some(zeros) = self.claim_before(at).filter(|c| c.zeros > 0 && c.zeros_at() >= at) {
            return Some(zeros.zeros_at());
        }
        let (n, index) = self.place(at);
        let claim = self.chunks.get(n)?.get(index).or_else(|| self.chunks.get(n + 1)?.first());
        claim.map(|c| c.at)
    }

    /// Adds a region, whose range must be free. `None`: there are too many names.
    pub fn insert(&mut self, at: u64, name: &str, content: Content) -> Option<()> {
        let name = self.names.number(name)?;
        let (n, index) = self.place(at);
        let Some(chunk) = self.chunks.get_mut(n) else {
            self.chunks.push(vec![Claim { at, content, zeros: 0, name }]);
            return Some(());
        };
        if let Content::Zero { len } = content
            && let Ok(zeros) = u32::try_from(len)
            && let Some(before) = index.checked_sub(1).and_then(|before| chunk.get_mut(before))
            && (before.name, before.zeros, before.zeros_at()) == (name, 0, at)
        {
            before.zeros = zeros;
            return Some(());
        }
        let claim = Claim { at, content, zeros: 0, name };
        if chunk.len() < CHUNK {
            chunk.insert(index, claim);
        } else if index == chunk.len() {
            self.chunks.insert(n + 1, vec![claim]);
        } else {
            let behind = chunk.split_off(index);
            chunk.push(claim);
            self.chunks.insert(n + 1, behind);
        }
        Some(())
    }
}

/// Compares the regions, not the way in which they are kept.
impl PartialEq for Regions {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Regions {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Claims one byte of zeros.
    fn claim(regions: &mut Regions, at: u64) {
        regions.insert(at, "", Content::Zero { len: 1 }).unwrap();
    }

    /// Numbers below 3000 in an order that jumps about.
    fn shuffled() -> Vec<u64> {
        (0..3000).map(|n| n * 1013 % 3000).collect()
    }

    /// Regions with gaps between them, and regions without: every other one becomes a claim's zeros
    /// then.
    #[test]
    fn finds_what_a_map_finds() {
        let up: Vec<u64> = (0..3000).collect();
        let down = up.iter().rev().copied().collect();
        let two = (0..1500).flat_map(|n| [n, 1500 + n]).collect();
        for (order, step) in [up, down, two, shuffled()].iter().flat_map(|o| [(o, 1), (o, 2)]) {
            let (mut regions, mut map) = (Regions::default(), BTreeMap::new());
            for (count, at) in order.iter().enumerate() {
                claim(&mut regions, step * at);
                map.insert(step * at, ());
                if count % 37 == 0 {
                    for at in [0, 1, step * at, step * at + 1, 2999, 6000] {
                        let before = map.range(..at).next_back().map(|(k, ())| *k);
                        assert_eq!(regions.before(at).map(|r| r.at), before, "before {at}");
                        let from = map.range(at..).next().map(|(k, ())| *k);
                        assert_eq!(regions.from(at), from, "from {at}");
                    }
                }
            }
            assert!(regions.iter().map(|r| r.at).eq(map.keys().copied()));
            assert!(regions.iter().rev().map(|r| r.at).eq(map.into_keys().rev()));
            assert!(regions.chunks.iter().all(|c| (1..=CHUNK).contains(&c.len())));
        }
    }

    #[test]
    fn chunks_are_full_in_either_direction() {
        let (mut up, mut down) = (Regions::default(), Regions::default());
        for n in 0..10 * CHUNK as u64 {
            claim(&mut up, 2 * n);
            claim(&mut down, 2 * (10 * CHUNK as u64 - 1 - n));
        }
        assert_eq!((up.chunks.len(), down.chunks.len()), (10, 10));
        assert_eq!(up, down);
        claim(&mut down, 1 << 20);
        assert_ne!(up, down);
    }

    #[test]
    fn zeros_behind_a_region_of_their_name_take_no_claim() {
        let mut regions = Regions::default();
        let long = u64::from(u32::MAX) + 1;
        let zero = |len| Content::Zero { len };
        let all = [
            (0, "a", Content::from(vec![1])),
            (1, "a", zero(9)),
            (10, "a", zero(5)),
            (15, "b", zero(5)),
            (20, "b", zero(long)),
            (21 + long, "b", zero(1)),
        ];
        for (at, name, content) in all.clone() {
            regions.insert(at, name, content).unwrap();
        }
        let listed = regions.iter().map(|r| (r.at, r.name, r.content));
        assert!(listed.eq(all));
        assert_eq!((regions.chunks[0].len(), regions.names.ends.len()), (5, 2));
    }
}
