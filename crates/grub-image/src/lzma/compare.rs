//! Comparing bytes, eight at once.

/// The number of bytes that are compared at once, and are readable behind what is compressed.
pub(super) const AHEAD: usize = 8;

/// The bytes at `at`, as a number.
#[inline]
pub(super) fn word(data: &[u8], at: usize) -> u64 {
    data.get(at..).and_then(|d| d.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// The number of bytes from `a` on that equal those from `b` on, which lies behind `a`; at most
/// `most`. 0 if the first or the second byte differs: no match is shorter than two bytes.
#[inline]
pub(super) fn common(data: &[u8], a: usize, b: usize, most: usize) -> usize {
    let most = most.min(data.len() - AHEAD - b);
    match word(data, a) ^ word(data, b) {
        // The usual case.
        differ if differ & 0xffff != 0 => 0,
        0 => common_more(data, a, b, most),
        differ => most.min(equal(differ)),
    }
}

/// As [`common`], where the first [`AHEAD`] bytes are known to be equal.
pub(super) fn common_more(data: &[u8], a: usize, b: usize, most: usize) -> usize {
    let mut len = AHEAD;
    while len < most {
        let differ = word(data, a + len) ^ word(data, b + len);
        if differ != 0 {
            len += equal(differ);
            break;
        }
        len += AHEAD;
    }
    len.min(most)
}

/// The number of equal bytes at the start of two words, given the bits in which they differ.
#[inline]
pub(super) fn equal(differ: u64) -> usize {
    (differ.trailing_zeros() / 8) as usize
}
