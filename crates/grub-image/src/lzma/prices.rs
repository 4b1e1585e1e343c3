//! The prices of symbols, in bits, by the chances as they are now.

use super::model::{
    ALIGN, FULL_DISTANCES, LONGEST, Lengths, Model, POSITION_STATES, SHORTEST, State, by_length,
    slot,
};
use super::range_encoder::Prob;

/// A price in units of 1/64 bit.
pub(super) type Price = u32;

const BIT: Price = 1 << PRECISION;
const PRECISION: u32 = 6;

/// The price of a bit by its chance, in 128ths.
static PRICES: [u16; 128] = {
    let mut prices = [0; 128];
    let mut i = 0;
    while i < 128 {
        // -log2 of the middle, (2 i + 1) / 256. Each squaring gives a bit of the logarithm.
        let (mut x, mut log, mut bits) = ((2 * i as u64 + 1) << 7, 0, 0);
        while bits < PRECISION {
            x *= x;
            log *= 2;
            while x >= 1 << 16 {
                x >>= 1;
                log += 1;
            }
            bits += 1;
        }
        prices[i] = (15 * BIT - 15 - log) as u16;
        i += 1;
    }
    prices
};

/// The price of `bit`.
#[inline]
pub(super) fn bit(prob: Prob, bit: bool) -> Price {
    let flip = if bit { 0x7ff } else { 0 };
    u32::from(PRICES[usize::from((prob ^ flip) >> 4) & 127])
}

/// The prices of all symbols of a tree.
fn tree<const N: usize>(probs: &[Prob; N]) -> [Price; N] {
    // The prices of the ways to the nodes of one level. Those of the next level replace them in
    // place, from the last on.
    let mut prices = [0; N];
    let mut nodes = 1;
    while nodes < N {
        for i in (0..nodes).rev() {
            let (price, prob) = (prices[i], probs[nodes + i]);
            prices[2 * i + 1] = price + bit(prob, true);
            prices[2 * i] = price + bit(prob, false);
        }
        nodes *= 2;
    }
    prices
}

fn reverse_tree(probs: &[Prob], bits: u32, symbol: usize) -> Price {
    let (mut node, mut price) = (1, 0);
    for i in 0..bits {
        let one = symbol >> i & 1;
        price += bit(probs[node], one != 0);
        node = node << 1 | one;
    }
    price
}

/// The price of one symbol of a tree.
fn branch<const N: usize>(probs: &[Prob; N], symbol: usize) -> Price {
    let (mut node, mut price) = (N | symbol, 0);
    while node > 1 {
        price += bit(probs[node >> 1], node & 1 != 0);
        node >>= 1;
    }
    price
}

impl Lengths {
    /// Computes the prices of lengths up to `longest` anew; those of longer ones stay.
    fn update(&self, prices: &mut [LengthPrices; POSITION_STATES], longest: usize) {
        let [c0, c1] = self.choice;
        let before =
            [bit(c0, false), bit(c0, true) + bit(c1, false), bit(c0, true) + bit(c1, true)];
        let middle = SHORTEST + self.low[0].len();
        let long = middle + self.mid[0].len();
        for (position, prices) in prices.iter_mut().enumerate() {
            let (low, mid) = (tree(&self.low[position]), tree(&self.mid[position]));
            let short = low.iter().map(|p| p + before[0]);
            let short = short.chain(mid.iter().map(|p| p + before[1]));
            for (to, price) in prices[SHORTEST..].iter_mut().zip(short) {
                *to = price;
            }
        }
        for len in long..=longest {
            let price = before[2] + branch(&self.high, len - long);
            prices.iter_mut().for_each(|prices| prices[len] = price);
        }
    }
}

type LengthPrices = [Price; LONGEST + 1];

/// Tables of prices, which are computed anew only from time to time.
#[derive(Debug)]
pub(super) struct Prices {
    /// By the position's state and the length.
    pub match_lengths: [LengthPrices; POSITION_STATES],
    pub rep_lengths: [LengthPrices; POSITION_STATES],
    /// The greatest length whose price is ever asked for.
    longest: usize,
    slots: [[Price; 64]; 4],
    full: [[Price; FULL_DISTANCES]; 4],
    align: [Price; ALIGN],
}

impl Prices {
    /// The tables for the chances of `model`, with prices of lengths up to `longest`.
    pub(super) fn new(model: &Model, longest: usize) -> Self {
        let mut new = Self {
            longest,
            match_lengths: [[0; LONGEST + 1]; POSITION_STATES],
            rep_lengths: [[0; LONGEST + 1]; POSITION_STATES],
            slots: [[0; 64]; 4],
            full: [[0; FULL_DISTANCES]; 4],
            align: [0; ALIGN],
        };
        new.update_lengths(model);
        new.update_distances(model);
        new
    }

    pub(super) fn update_lengths(&mut self, model: &Model) {
        model.match_lengths.update(&mut self.match_lengths, self.longest);
        model.rep_lengths.update(&mut self.rep_lengths, self.longest);
    }

    pub(super) fn update_distances(&mut self, model: &Model) {
        for i in 0..ALIGN {
            self.align[i] = reverse_tree(&model.align, 4, i);
        }
        let mut rest = [0; FULL_DISTANCES];
        for (distance, rest) in rest.iter_mut().enumerate().skip(4) {
            let slot = slot(distance as u32);
            let bits = (slot as u32 >> 1) - 1;
            let base = (2 | slot & 1) << bits;
            *rest = reverse_tree(&model.special[base - slot..], bits, distance - base);
        }
        for set in 0..4 {
            let slots = tree(&model.slots[set]);
            for (distance, rest) in rest.iter().enumerate() {
                self.full[set][distance] = slots[slot(distance as u32)] + rest;
            }
            self.slots[set] = slots;
            for slot in 14..64 {
                // The price of the bits that are encoded without chances: all below the two highest
                // but the last four.
                self.slots[set][slot] += ((slot as u32 >> 1) - 1 - 4) * BIT;
            }
        }
    }

    /// The price of a distance less one, for a match of `len`.
    #[inline]
    pub(super) fn distance(&self, distance: u32, len: usize) -> Price {
        let set = by_length(len);
        match self.full[set].get(distance as usize) {
            Some(price) => *price,
            None => self.slots[set][slot(distance) & 63] + self.align[distance as usize % ALIGN],
        }
    }
}

impl Model {
    /// The price of the byte at `at` as a literal, without the bit that says so.
    #[inline]
    pub(super) fn literal_price(&self, byte: u8, before: u8, expected: Option<u8>) -> Price {
        let probs = &self.literals[usize::from(before >> 5)];
        let byte = usize::from(byte) | 0x100;
        let mut price = 0;
        match expected {
            None => {
                for bits in 0..8 {
                    price += bit(probs[byte >> (bits + 1)], byte >> bits & 1 != 0);
                }
            }
            Some(expected) => {
                // 0x100 as long as all bits were as expected.
                let (mut same, mut expected) = (0x100, usize::from(expected));
                for bits in (0..8).rev() {
                    expected <<= 1;
                    let hint = expected & same;
                    let one = byte >> bits & 1;
                    price += bit(probs[(same + hint + (byte >> (bits + 1))) & 0x3ff], one != 0);
                    same &= !(expected ^ byte << (8 - bits));
                }
            }
        }
        price
    }

    /// The price of a symbol that repeats one of the last distances, without its length.
    #[inline]
    pub(super) fn rep_price(&self, rep: usize, state: State, position: usize) -> Price {
        let state = state.index();
        let first = bit(self.is_rep0[state], rep > 0);
        first
            + match rep {
                0 => bit(self.is_rep0_long[state][position % POSITION_STATES], true),
                1 => bit(self.is_rep1[state], false),
                _ => bit(self.is_rep1[state], true) + bit(self.is_rep2[state], rep > 2),
            }
    }
}
