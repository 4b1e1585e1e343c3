//! The parser: it finds the symbols for a stretch of bytes, by the cheapest way through it.

use super::compare::{AHEAD, common};
use super::match_finder::{Match, MatchFinder};
use super::model::{History, LITERAL, LONGEST, Model, POSITION_STATES, SHORTEST, State, Symbol};
use super::prices::{Price, Prices, bit};

/// The number of bytes of a stretch behind which no further symbol of it begins.
const STRETCH: usize = 1024;

/// A step of a way through a stretch: one symbol, or two or three that are chosen together.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// The node where it starts.
    start: u32,
    from: u32,
    /// [`WHOLE`] if the step is the symbol `from` alone. Else the length of that symbol, behind
    /// which come a literal and a repetition at the last distance; 0 if the step begins with the
    /// literal.
    head: u32,
}

const WHOLE: u32 = u32::MAX;

/// A place in the stretch, and the cheapest way to it.
#[derive(Debug, Clone, Copy)]
struct Node {
    price: Price,
    step: Step,
    /// The history at this place, once the walk has come here.
    history: History,
}

impl Step {
    /// The step's symbols, the last first.
    fn symbols(self, len: usize, mut each: impl FnMut(Symbol)) {
        if self.head == WHOLE {
            return each(Symbol { from: self.from, len });
        }
        let head = self.head as usize;
        each(Symbol { from: 0, len: len - head - 1 });
        each(Symbol { from: LITERAL, len: 1 });
        if head > 0 {
            each(Symbol { from: self.from, len: head });
        }
    }

    #[inline]
    fn after(self, len: usize, before: History) -> History {
        if self.head == WHOLE {
            return before.after(Symbol { from: self.from, len });
        }
        let head = self.head as usize;
        let mut history = before;
        if head > 0 {
            history = history.after(Symbol { from: self.from, len: head });
        }
        history
            .after(Symbol { from: LITERAL, len: 1 })
            .after(Symbol { from: 0, len: len - head - 1 })
    }
}

#[derive(Debug)]
pub(super) struct Parser<'a, const WAYS: usize> {
    /// The data to compress, and [`AHEAD`] bytes more.
    data: &'a [u8],
    long_enough: usize,
    finder: MatchFinder<'a, WAYS>,
    /// The matches at the place that the finder has seen last.
    found: Vec<Match>,
    seen: Option<usize>,
    nodes: Vec<Node>,
    /// The last node that any step reaches.
    end: usize,
}

/// The chances and the tables by which prices are computed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Costs<'c> {
    pub model: &'c Model,
    pub prices: &'c Prices,
}

impl<'a, const WAYS: usize> Parser<'a, WAYS> {
    /// A parser of `data`, whose last [`AHEAD`] bytes are padding. A repetition of at least
    /// `long_enough` bytes is taken at once.
    pub(super) fn new(data: &'a [u8], long_enough: usize) -> Self {
        let history = History::default();
        let step = Step { start: 0, from: LITERAL, head: WHOLE };
        let node = Node { price: Price::MAX, step, history };
        Self {
            data,
            long_enough,
            finder: MatchFinder::new(data),
            found: Vec::new(),
            seen: None,
            nodes: vec![node; STRETCH + 2 * long_enough],
            end: 0,
        }
    }

    /// Finds the symbols for the next bytes from `start` on, and puts them into `path`, the last
    /// first.
    pub(super) fn stretch(
        &mut self,
        start: usize,
        history: History,
        costs: Costs<'_>,
        path: &mut Vec<Symbol>,
    ) {
        path.clear();
        self.end = 0;
        (self.nodes[0].price, self.nodes[0].history) = (0, history);
        let mut here = 0;
        loop {
            let at = start + here;
            if at + AHEAD == self.data.len() || here > 0 && here == self.end || here >= STRETCH {
                break;
            }
            if here > 0 {
                let Node { step, .. } = self.nodes[here];
                let before = step.start as usize;
                let history = step.after(here - before, self.nodes[before].history);
                self.nodes[here].history = history;
            }
            if self.seen != Some(at) {
                self.finder.find(at, LONGEST, &mut self.found);
                self.seen = Some(at);
            }
            let mut reps = [0; 4];
            for (len, rep) in reps.iter_mut().zip(self.nodes[here].history.reps) {
                *len = self.repeats(at, rep, LONGEST);
            }
            if let Some(symbol) = self.long(reps) {
                path.push(symbol);
                break;
            }
            self.steps(here, at, reps, costs);
            here += 1;
        }
        while here > 0 {
            let Node { step, .. } = self.nodes[here];
            let before = step.start as usize;
            step.symbols(here - before, |symbol| path.push(symbol));
            here = before;
        }
    }

    fn long(&self, reps: [usize; 4]) -> Option<Symbol> {
        if let Some((from, len)) = (0..).zip(reps).find(|(_, len)| *len >= self.long_enough) {
            return Some(Symbol { from, len });
        }
        let longest = self.found.last().filter(|m| m.len >= self.long_enough)?;
        Some(Symbol { from: longest.distance + 4, len: longest.len })
    }

    /// The number of bytes from `at` on that repeat those at a distance (less one), at most `most`.
    #[inline]
    fn repeats(&self, at: usize, distance: u32, most: usize) -> usize {
        match at.checked_sub(distance as usize + 1) {
            Some(place) if at + AHEAD < self.data.len() => common(self.data, place, at, most),
            _ => 0,
        }
    }

    /// Makes the nodes up to `to` reachable.
    #[inline]
    fn reach(&mut self, to: usize) {
        while self.end < to {
            self.end += 1;
            self.nodes[self.end].price = Price::MAX;
        }
    }

    /// Takes `step` as the way to node `to` if it is cheaper than the one known so far.
    #[inline]
    fn offer(&mut self, to: usize, price: Price, step: Step) {
        self.reach(to);
        let node = &mut self.nodes[to];
        if price < node.price {
            (node.price, node.step) = (price, step);
        }
    }

    /// All steps from a node.
    fn steps(&mut self, here: usize, at: usize, reps: [usize; 4], costs: Costs<'_>) {
        let (data, Costs { model, prices }) = (self.data, costs);
        let Node { price, history, .. } = self.nodes[here];
        let (state, position) = (history.state, at % POSITION_STATES);
        let i = state.index();
        let start = here as u32;

        // One byte.
        let byte = data[at];
        let before = at.checked_sub(1).map_or(0, |i| data[i]);
        let last = at.checked_sub(history.reps[0] as usize + 1).map(|i| data[i]);
        let expected = if state.after_literal() { None } else { last };
        let literal = price
            + bit(model.is_match[i][position], false)
            + model.literal_price(byte, before, expected);
        self.offer(here + 1, literal, Step { start, from: LITERAL, head: WHOLE });
        let any_match = price + bit(model.is_match[i][position], true);
        let any_rep = any_match + bit(model.is_rep[i], true);
        if last == Some(byte) {
            let short = any_rep
                + bit(model.is_rep0[i], false)
                + bit(model.is_rep0_long[i][position], false);
            self.offer(here + 1, short, Step { start, from: 0, head: WHOLE });
        } else {
            let rest = self.repeats(at + 1, history.reps[0], self.long_enough);
            if rest >= SHORTEST {
                let price = literal + rest_price(state, at + 1, rest, costs);
                self.offer(here + 1 + rest, price, Step { start, from: LITERAL, head: 0 });
            }
        }

        for (from, len) in (0u32..).zip(reps) {
            if len < SHORTEST {
                continue;
            }
            let base = any_rep + model.rep_price(from as usize, state, position);
            self.reach(here + len);
            let step = Step { start, from, head: WHOLE };
            let nodes = &mut self.nodes[here + SHORTEST..=here + len];
            for (node, price) in nodes.iter_mut().zip(&prices.rep_lengths[position][SHORTEST..]) {
                if base + price < node.price {
                    (node.price, node.step) = (base + price, step);
                }
            }
            let price = base + prices.rep_lengths[position][len];
            let distance = history.reps[from as usize];
            self.combined(
                at,
                Step { head: len as u32, ..step },
                state.repeated(),
                distance,
                price,
                costs,
            );
        }

        let base = any_match + bit(model.is_rep[i], false);
        let mut len = SHORTEST.max(reps[0] + 1);
        for m in 0..self.found.len() {
            let found = self.found[m];
            if found.len < len {
                continue;
            }
            self.reach(here + found.len);
            let step = Step { start, from: found.distance + 4, head: WHOLE };
            let mut last = 0;
            let nodes = &mut self.nodes[here + len..=here + found.len];
            for (node, price) in nodes.iter_mut().zip(&prices.match_lengths[position][len..]) {
                last = base + price + prices.distance(found.distance, len);
                if last < node.price {
                    (node.price, node.step) = (last, step);
                }
                len += 1;
            }
            self.combined(
                at,
                Step { head: found.len as u32, ..step },
                state.matched(),
                found.distance,
                last,
                costs,
            );
        }
    }

    /// Offers a step of three symbols: the one that `step` starts with, a literal, and a repetition
    /// at the distance of the first.
    #[inline]
    fn combined(
        &mut self,
        at: usize,
        step: Step,
        state: State,
        distance: u32,
        price: Price,
        costs: Costs<'_>,
    ) {
        let data = self.data;
        let len = step.head as usize;
        let then = at + len;
        let rest = self.repeats(then + 1, distance, self.long_enough);
        if rest < SHORTEST {
            return;
        }
        let to = step.start as usize + len + 1 + rest;
        let price = price
            + bit(costs.model.is_match[state.index()][then % POSITION_STATES], false)
            + rest_price(state, then + 1, rest, costs);
        // Most such ways cost too much even without the literal, whose price takes long to find.
        if to <= self.end && price >= self.nodes[to].price {
            return;
        }
        let last = data[then - distance as usize - 1];
        let literal = costs.model.literal_price(data[then], data[then - 1], Some(last));
        self.offer(to, price + literal, step);
    }
}

/// The price of `len` bytes at the last distance, from `at` on, behind a literal after `state`.
fn rest_price(state: State, at: usize, len: usize, costs: Costs<'_>) -> Price {
    let (state, position) = (state.literal(), at % POSITION_STATES);
    let (i, model) = (state.index(), costs.model);
    bit(model.is_match[i][position], true)
        + bit(model.is_rep[i], true)
        + model.rep_price(0, state, position)
        + costs.prices.rep_lengths[position][len]
}
