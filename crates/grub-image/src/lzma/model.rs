//! The model: the chances of all bits, which the decoder follows, and how symbols are made of bits.
//! <https://www.7-zip.org/sdk.html>, `lzma-specification.txt`

use super::range_encoder::{EVEN, Prob, RangeEncoder};

/// pb 2: chances differ by the lowest two bits of the position.
pub(super) const POSITION_STATES: usize = 4;
pub(super) const SHORTEST: usize = 2;
pub(super) const LONGEST: usize = 273;
/// Distances (less one) below this have a price and chances for each bit of their own.
pub(super) const FULL_DISTANCES: usize = 128;
pub(super) const ALIGN: usize = 16;

/// A piece of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Symbol {
    /// The source of the bytes: 0 to 3 for one of the last four distances, from 4 on a distance
    /// less one, plus 4; [`LITERAL`] for a byte by itself.
    pub from: u32,
    /// Bytes; 1 for a literal, and for the byte at the last distance.
    pub len: usize,
}

pub(super) const LITERAL: u32 = u32::MAX;

/// The state: of what kinds the last symbols were. Below 7 the last one was a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct State(u8);

impl State {
    pub(super) fn index(self) -> usize {
        usize::from(self.0 & 15)
    }

    pub(super) fn after_literal(self) -> bool {
        self.0 < 7
    }

    pub(super) fn literal(self) -> Self {
        Self(match self.0 {
            0..4 => 0,
            4..10 => self.0 - 3,
            _ => self.0 - 6,
        })
    }

    pub(super) fn matched(self) -> Self {
        Self(if self.0 < 7 { 7 } else { 10 })
    }

    pub(super) fn repeated(self) -> Self {
        Self(if self.0 < 7 { 8 } else { 11 })
    }

    pub(super) fn short_repeated(self) -> Self {
        Self(if self.0 < 7 { 9 } else { 11 })
    }
}

/// The history: what the encoding of a symbol depends on of those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct History {
    pub state: State,
    /// The last four distances, less one, the last first.
    pub reps: [u32; 4],
}

impl History {
    /// The symbol in a form that is independent of the history: with its distance in place of the
    /// number of a repeated one.
    pub(super) fn globalize(&self, symbol: Symbol) -> Symbol {
        match self.reps.get(symbol.from as usize) {
            Some(distance) => Symbol { from: distance + 4, ..symbol },
            None => symbol,
        }
    }

    /// The reverse of [`Self::globalize`]; this history may be another one than was used there.
    pub(super) fn localize(&self, symbol: Symbol) -> Symbol {
        let rep = (0..).zip(self.reps).find(|(_, rep)| rep + 4 == symbol.from);
        match rep {
            Some((0, _)) => Symbol { from: 0, ..symbol },
            _ if symbol.len == 1 => Symbol { from: LITERAL, ..symbol },
            Some((from, _)) => Symbol { from, ..symbol },
            None => symbol,
        }
    }

    pub(super) fn after(mut self, symbol: Symbol) -> Self {
        let reps = self.reps;
        match symbol.from {
            LITERAL => self.state = self.state.literal(),
            0 if symbol.len == 1 => self.state = self.state.short_repeated(),
            rep @ 0..4 => {
                self.state = self.state.repeated();
                self.reps = match rep {
                    0 => reps,
                    1 => [reps[1], reps[0], reps[2], reps[3]],
                    2 => [reps[2], reps[0], reps[1], reps[3]],
                    _ => [reps[3], reps[0], reps[1], reps[2]],
                };
            }
            from => {
                self.state = self.state.matched();
                self.reps = [from - 4, reps[0], reps[1], reps[2]];
            }
        }
        self
    }
}

/// The chances of a length's bits.
#[derive(Debug)]
pub(super) struct Lengths {
    pub choice: [Prob; 2],
    pub low: [[Prob; 8]; POSITION_STATES],
    pub mid: [[Prob; 8]; POSITION_STATES],
    pub high: [Prob; 256],
}

impl Lengths {
    const NEW: Self = Self {
        choice: [EVEN; 2],
        low: [[EVEN; 8]; POSITION_STATES],
        mid: [[EVEN; 8]; POSITION_STATES],
        high: [EVEN; 256],
    };

    fn encode(&mut self, out: &mut RangeEncoder, len: usize, position: usize) {
        let len = len - SHORTEST;
        out.bit(&mut self.choice[0], len >= 8);
        if len < 8 {
            return out.tree(&mut self.low[position], len);
        }
        out.bit(&mut self.choice[1], len >= 16);
        if len < 16 {
            return out.tree(&mut self.mid[position], len - 8);
        }
        out.tree(&mut self.high, len - 16);
    }
}

/// All chances. Those by state have room for 16, so that no index is out of bounds.
#[derive(Debug)]
pub(super) struct Model {
    pub is_match: [[Prob; POSITION_STATES]; 16],
    pub is_rep: [Prob; 16],
    pub is_rep0: [Prob; 16],
    pub is_rep0_long: [[Prob; POSITION_STATES]; 16],
    pub is_rep1: [Prob; 16],
    pub is_rep2: [Prob; 16],
    /// By the highest three bits of the byte before: lc 3, lp 0.
    pub literals: Box<[[Prob; 0x300]; 8]>,
    pub match_lengths: Lengths,
    pub rep_lengths: Lengths,
    /// The chances of the slots of distances, by the length of the match: 2, 3, 4, and from 5 on.
    pub slots: [[Prob; 64]; 4],
    pub special: [Prob; FULL_DISTANCES],
    pub align: [Prob; ALIGN],
}

impl Model {
    pub(super) fn new() -> Self {
        Self {
            is_match: [[EVEN; POSITION_STATES]; 16],
            is_rep: [EVEN; 16],
            is_rep0: [EVEN; 16],
            is_rep0_long: [[EVEN; POSITION_STATES]; 16],
            is_rep1: [EVEN; 16],
            is_rep2: [EVEN; 16],
            literals: Box::new([[EVEN; 0x300]; 8]),
            match_lengths: Lengths::NEW,
            rep_lengths: Lengths::NEW,
            slots: [[EVEN; 64]; 4],
            special: [EVEN; FULL_DISTANCES],
            align: [EVEN; ALIGN],
        }
    }

    /// Encodes the symbol that stands for the bytes of `data` from `at` on.
    pub(super) fn encode(
        &mut self,
        out: &mut RangeEncoder,
        data: &[u8],
        at: usize,
        history: &History,
        symbol: Symbol,
    ) {
        let (state, position) = (history.state.index(), at % POSITION_STATES);
        out.bit(&mut self.is_match[state][position], symbol.from != LITERAL);
        match symbol.from {
            LITERAL => self.encode_literal(out, data, at, history),
            from @ 0..4 => {
                out.bit(&mut self.is_rep[state], true);
                out.bit(&mut self.is_rep0[state], from > 0);
                if from == 0 {
                    out.bit(&mut self.is_rep0_long[state][position], symbol.len > 1);
                } else {
                    out.bit(&mut self.is_rep1[state], from > 1);
                    if from > 1 {
                        out.bit(&mut self.is_rep2[state], from > 2);
                    }
                }
                if symbol.len > 1 {
                    self.rep_lengths.encode(out, symbol.len, position);
                }
            }
            from => {
                out.bit(&mut self.is_rep[state], false);
                self.match_lengths.encode(out, symbol.len, position);
                self.encode_distance(out, from - 4, symbol.len);
            }
        }
    }

    fn encode_literal(
        &mut self,
        out: &mut RangeEncoder,
        data: &[u8],
        at: usize,
        history: &History,
    ) {
        let before = at.checked_sub(1).map_or(0, |i| data[i]);
        let probs = &mut self.literals[usize::from(before >> 5)];
        let byte = usize::from(data[at]);
        let mut node = 1;
        let mut bits = 8;
        if !history.state.after_literal() {
            // Behind a match, the byte at the last distance is known not to be this one, and so
            // gives a hint.
            let expected = usize::from(data[at - history.reps[0] as usize - 1]);
            while bits > 0 {
                bits -= 1;
                let (hint, bit) = (expected >> bits & 1, byte >> bits & 1);
                out.bit(&mut probs[((1 + hint) << 8) + node], bit != 0);
                node = node << 1 | bit;
                if hint != bit {
                    break;
                }
            }
        }
        while bits > 0 {
            bits -= 1;
            let bit = byte >> bits & 1;
            out.bit(&mut probs[node], bit != 0);
            node = node << 1 | bit;
        }
    }

    fn encode_distance(&mut self, out: &mut RangeEncoder, distance: u32, len: usize) {
        let slot = slot(distance);
        out.tree(&mut self.slots[by_length(len)], slot);
        if slot < 4 {
            return;
        }
        let bits = (slot as u32 >> 1) - 1;
        let base = (2 | slot as u32 & 1) << bits;
        let rest = distance - base;
        if (distance as usize) < FULL_DISTANCES {
            let probs = &mut self.special[base as usize - slot..];
            out.reverse_tree(probs, bits, rest as usize);
        } else {
            out.direct(rest >> 4, bits - 4);
            out.reverse_tree(&mut self.align, 4, rest as usize % ALIGN);
        }
    }
}

/// The number, of four, of the set of chances for the distances of matches of `len` bytes.
pub(super) fn by_length(len: usize) -> usize {
    (len - SHORTEST).min(3)
}

/// The slot of a distance less one: twice the number of its highest bit, plus the value of the bit
/// below that one. Distances below 4 are their own slots.
pub(super) fn slot(distance: u32) -> usize {
    if distance < 4 {
        return distance as usize;
    }
    let highest = distance.ilog2();
    (highest << 1 | distance >> (highest - 1) & 1) as usize
}
