//! A bit for every block or inode, which costs memory only where one is set.

/// Bytes that are kept at once.
const CHUNK: usize = 4096;

/// A set of numbers below a limit.
#[derive(Debug)]
pub(super) struct Bits(Vec<Option<Box<[u8; CHUNK]>>>);

impl Bits {
    /// The empty set of numbers below `limit`.
    pub(super) fn new(limit: u64) -> Self {
        let chunks = limit.div_ceil(CHUNK as u64 * 8);
        Self((0..chunks).map(|_| None).collect())
    }

    /// Adds a number. Returns whether it was in the set before; a number at or above the limit
    /// counts as being in it.
    pub(super) fn insert(&mut self, n: u64) -> bool {
        let (byte, mask) = (n / 8, 1 << (n % 8));
        let Some(chunk) = self.0.get_mut((byte / CHUNK as u64) as usize) else { return true };
        let byte = &mut chunk.get_or_insert_with(|| Box::new([0; CHUNK]))[byte as usize % CHUNK];
        let was = *byte & mask != 0;
        *byte |= mask;
        was
    }

    /// Whether a number is there.
    pub(super) fn contains(&self, n: u64) -> bool {
        self.byte(n / 8) & 1 << (n % 8) != 0
    }

    /// The bits of the numbers from `8 * n` on.
    pub(super) fn byte(&self, n: u64) -> u8 {
        let chunk = self.0.get((n / CHUNK as u64) as usize).and_then(Option::as_deref);
        chunk.map_or(0, |chunk| chunk[n as usize % CHUNK])
    }
}
