//! The match finder: it tells where the bytes at a place have occurred before.

use super::compare::{AHEAD, common_more, equal, word};

/// A repetition of earlier bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    pub len: usize,
    /// The distance back to the earlier bytes, less one.
    pub distance: u32,
}

/// The number of places that are looked up together. Each look-up waits for memory; within a batch
/// these waits overlap, since no look-up depends on what another finds.
const BATCH: usize = 64;

const PAIR_BITS: u32 = 10;
const TRIPLE_BITS: u32 = 14;
/// The most bits that the hashes of 4 and 6 bytes have.
const LONG_BITS: u32 = 16;

/// The earlier places that may match a place: the last one whose first 2 bytes have the same hash,
/// the last two for 3 bytes, and the last `WAYS` each for 4 and for 6 bytes. 0 where there is none:
/// it is compared like any other place.
#[derive(Debug, Clone, Copy)]
struct Candidates<const WAYS: usize> {
    near: [u32; 3],
    far: [[u32; WAYS]; 2],
    /// The bits that differ in the first [`AHEAD`] bytes.
    near_differ: [u64; 3],
    far_differ: [[u64; WAYS]; 2],
}

/// The places entered so far, by hashes of the bytes there; in each bucket the latest comes first.
#[derive(Debug)]
pub(super) struct MatchFinder<'a, const WAYS: usize> {
    /// The data to compress, and [`AHEAD`] bytes more.
    data: &'a [u8],
    pairs: Vec<u32>,
    triples: Vec<[u32; 2]>,
    long_bits: u32,
    quads: Vec<[u32; WAYS]>,
    sixes: Vec<[u32; WAYS]>,
    /// The first place that is not entered yet, a multiple of [`BATCH`].
    next: usize,
    /// The candidates of the last places that were entered, by the place modulo [`BATCH`].
    batch: Vec<Candidates<WAYS>>,
}

impl<'a, const WAYS: usize> MatchFinder<'a, WAYS> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        let long_bits = data.len().ilog2().min(LONG_BITS);
        let none = Candidates {
            near: [0; 3],
            far: [[0; WAYS]; 2],
            near_differ: [0; 3],
            far_differ: [[0; WAYS]; 2],
        };
        Self {
            data,
            pairs: vec![0; 1 << PAIR_BITS],
            triples: vec![[0; 2]; 1 << TRIPLE_BITS],
            long_bits,
            quads: vec![[0; WAYS]; 1 << long_bits],
            sixes: vec![[0; WAYS]; 1 << long_bits],
            next: 0,
            batch: vec![none; BATCH],
        }
    }

    /// Replaces `found` by the matches at `at`, each longer than the one before, none longer than
    /// `most`. Must be called with ascending `at`.
    pub(super) fn find(&mut self, at: usize, most: usize, found: &mut Vec<Match>) {
        found.clear();
        if self.next <= at {
            while self.next <= at {
                self.enter_batch();
            }
            self.compare_batch();
        }
        if at == 0 {
            return;
        }
        let most = most.min(self.data.len() - AHEAD - at);
        let Candidates { near, far, near_differ, far_differ } = &self.batch[at % BATCH];
        let mut growing = Growing { data: self.data, at, most, best: 1, found };
        let near = near.iter().zip(near_differ);
        let far = far.as_flattened().iter().zip(far_differ.as_flattened());
        // Two loops: one over both lists, chained, takes a quarter longer.
        near.for_each(|(place, differ)| growing.offer(*place, *differ));
        far.for_each(|(place, differ)| growing.offer(*place, *differ));
    }

    /// Looks up the candidates of the next [`BATCH`] places, and enters these places into the
    /// tables.
    fn enter_batch(&mut self) {
        let first = self.next;
        let count = BATCH.min(self.data.len() - AHEAD - first);
        for (at, candidates) in (first..first + count).zip(&mut self.batch) {
            // OK to cast: `compress` takes no more than 32 bits.
            let (bytes, place) = (word(self.data, at), at as u32);
            let pair = &mut self.pairs[hash(bytes, 2, PAIR_BITS)];
            let triple = &mut self.triples[hash(bytes, 3, TRIPLE_BITS)];
            let quad = &mut self.quads[hash(bytes, 4, self.long_bits)];
            let six = &mut self.sixes[hash(bytes, 6, self.long_bits)];
            candidates.near = [*pair, triple[0], triple[1]];
            candidates.far = [*quad, *six];
            *pair = place;
            put_first(triple, place);
            put_first(quad, place);
            put_first(six, place);
        }
        self.next += BATCH;
    }

    /// Compares the first [`AHEAD`] bytes at each place of the last batch with those at its
    /// candidates.
    fn compare_batch(&mut self) {
        let first = self.next - BATCH;
        let count = BATCH.min(self.data.len() - AHEAD - first);
        for (at, candidates) in (first..first + count).zip(&mut self.batch) {
            let bytes = word(self.data, at);
            let Candidates { near, far, near_differ, far_differ } = candidates;
            compare(self.data, bytes, near, near_differ);
            compare(self.data, bytes, far.as_flattened(), far_differ.as_flattened_mut());
        }
    }
}

/// The matches at a place, longer and longer ones.
struct Growing<'f> {
    data: &'f [u8],
    at: usize,
    most: usize,
    /// The length of the last; 1 if there is none.
    best: usize,
    found: &'f mut Vec<Match>,
}

impl Growing<'_> {
    /// Adds the match with the earlier place `place` if it is longer than the last one. `differ`
    /// has the bits in which the first [`AHEAD`] bytes at the two places differ.
    #[inline(always)]
    fn offer(&mut self, place: u32, differ: u64) {
        let Self { data, at, most, best, .. } = *self;
        // A longer match has at least `best + 1` equal bytes, so the lowest `best + 1` bytes of
        // `differ` must be zero.
        if differ << (8 * (AHEAD - 1).saturating_sub(best)) != 0 {
            return;
        }
        let place = place as usize;
        let len = match differ {
            0 if data[place + best] != data[at + best] => return,
            0 => common_more(data, place, at, most),
            _ => equal(differ).min(most),
        };
        if len > best {
            self.best = len;
            // OK to cast: places have 32 bits.
            self.found.push(Match { len, distance: (at - place - 1) as u32 });
        }
    }
}

/// Puts into `differ` the bits in which `bytes` differ from the bytes at each of `places`.
#[inline]
fn compare(data: &[u8], bytes: u64, places: &[u32], differ: &mut [u64]) {
    for (place, differ) in places.iter().zip(differ) {
        *differ = bytes ^ word(data, *place as usize);
    }
}

/// The hash of the first `len` bytes.
#[inline]
fn hash(bytes: u64, len: u32, bits: u32) -> usize {
    ((bytes << (64 - 8 * len)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - bits)) as usize
}

/// Puts `place` first into a bucket, and drops the last place in it.
#[inline]
fn put_first<const WAYS: usize>(bucket: &mut [u32; WAYS], place: u32) {
    for i in (1..WAYS).rev() {
        bucket[i] = bucket[i - 1];
    }
    bucket[0] = place;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_grow_and_are_as_long_as_said() {
        let text = b"to be or not to be, that is: to be or not to be; or to be\0\0\0\0\0\0\0\0";
        let len = text.len() - AHEAD;
        let mut finder = MatchFinder::<4>::new(text);
        let mut found = Vec::new();
        let mut longest = 0;
        for at in 0..len {
            finder.find(at, 12, &mut found);
            let mut best = 1;
            for Match { len, distance } in &found {
                let place = at - 1 - *distance as usize;
                assert!(*len > best && *len <= 12, "{found:?} at {at}");
                assert_eq!(text[place..place + len], text[at..at + len]);
                best = *len;
            }
            longest = longest.max(best);
        }
        assert_eq!(longest, 12);
        // Nothing reaches into what is behind the text.
        assert!(found.is_empty());
    }
}
