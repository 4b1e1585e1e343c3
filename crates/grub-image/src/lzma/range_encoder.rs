//! The range encoder: bits and their chances in, bytes out.

/// The chance that a bit is 0, in 2048ths.
pub(super) type Prob = u16;

/// The value that each chance starts with: 0 and 1 are equally likely.
pub(super) const EVEN: Prob = ONE / 2;
const ONE: Prob = 1 << 11;
/// The shift by which a chance moves towards each bit that comes: by a 32nd of what is missing.
const MOVE_BITS: u32 = 5;
/// The width of the interval below which its highest byte is settled and goes out.
const TOP: u32 = 1 << 24;

/// An interval that every bit narrows. Any number inside the last one decodes to these bits.
#[derive(Debug)]
pub(super) struct RangeEncoder {
    low: u64,
    range: u32,
    out: Vec<u8>,
}

impl RangeEncoder {
    pub(super) fn new() -> Self {
        // The decoder skips the first byte, and no carry ever reaches it.
        Self { low: 0, range: u32::MAX, out: vec![0] }
    }

    pub(super) fn bit(&mut self, prob: &mut Prob, bit: bool) {
        let bound = (self.range >> 11) * u32::from(*prob);
        if bit {
            self.low += u64::from(bound);
            self.range -= bound;
            *prob -= *prob >> MOVE_BITS;
        } else {
            self.range = bound;
            *prob += (ONE - *prob) >> MOVE_BITS;
        }
        if self.range < TOP {
            self.range <<= 8;
            self.shift();
        }
    }

    /// The lowest `count` bits of `value`, the highest first, without chances.
    pub(super) fn direct(&mut self, value: u32, count: u32) {
        for i in (0..count).rev() {
            self.range >>= 1;
            if value >> i & 1 != 0 {
                self.low += u64::from(self.range);
            }
            if self.range < TOP {
                self.range <<= 8;
                self.shift();
            }
        }
    }

    /// `symbol` below `N`, a power of two, the highest bit first; each bit's chance depends on
    /// those before it.
    pub(super) fn tree<const N: usize>(&mut self, probs: &mut [Prob; N], symbol: usize) {
        let mut node = 1;
        for i in (0..N.trailing_zeros()).rev() {
            let bit = symbol >> i & 1;
            self.bit(&mut probs[node & (N - 1)], bit != 0);
            node = node << 1 | bit;
        }
    }

    /// `symbol` of `bits` bits, the lowest first.
    pub(super) fn reverse_tree(&mut self, probs: &mut [Prob], bits: u32, symbol: usize) {
        let mut node = 1;
        for i in 0..bits {
            let bit = symbol >> i & 1;
            self.bit(&mut probs[node], bit != 0);
            node = node << 1 | bit;
        }
    }

    /// Puts out the highest of the four bytes in `low`.
    fn shift(&mut self) {
        if self.low >> 32 != 0 {
            for byte in self.out.iter_mut().rev() {
                *byte = byte.wrapping_add(1);
                if *byte != 0 {
                    break;
                }
            }
        }
        self.out.push((self.low >> 24) as u8);
        self.low = self.low << 8 & 0xffff_ffff;
    }

    /// The fewest bytes with which any bytes behind them decode the same: the decoder reads up
    /// to three more than it gets, whatever lies there.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let end = self.low + u64::from(self.range);
        // All numbers that differ only in the spare bytes must be inside the interval. It is at
        // least `TOP` wide, so two are always spare.
        let fits = |any: u64| self.low.next_multiple_of(any) + any <= end;
        let spare = if fits(1 << 24) { 3 } else { 2 };
        self.low = self.low.next_multiple_of(1 << (8 * spare));
        for _ in spare..4 {
            self.shift();
        }
        self.out
    }
}
