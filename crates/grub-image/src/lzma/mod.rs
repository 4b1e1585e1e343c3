//! The payload's compression: a raw LZMA1 stream as `lzma_decompress.img` expects it.
//!
//! ```text
//! payload ─► match_finder ─► parser ─► symbols ─► model ─► bits ─► range_encoder ─► stream
//!            where bytes     cheapest             how symbols
//!            were before     way, by prices       are made of bits
//! ```
//!
//! The encoder is the project's own, since the packaged one takes as long as GRUB's for the same
//! size. Besides, the decoder knows the length, so that the stream can end sooner here than
//! packaged decoders allow.

mod compare;
mod match_finder;
mod model;
mod parser;
mod prices;
mod range_encoder;

use crate::Error;
use compare::AHEAD;
use model::{History, LITERAL, Model, Symbol};
use parser::{Costs, Parser};
use prices::Prices;
use range_encoder::RangeEncoder;
use std::{panic, thread};

/// The numbers of symbols with a length, and of symbols with a distance, after which the prices of
/// lengths and of distances are computed anew.
const LENGTHS: u32 = 32;
const DISTANCES: u32 = 64;

/// The number of bytes in front of the second half with which its thread learns the chances before
/// it starts.
const LEARN: usize = 0x4000;

/// Compresses `payload`: lc 3, lp 0, pb 2, which the decoder has built in; neither a header nor an
/// end marker, since it knows the length and stops there. It may read up to three bytes behind
/// the stream; what these are makes no difference.
pub(crate) fn compress(payload: &[u8]) -> Result<Vec<u8>, Error> {
    let len = payload.len();
    u32::try_from(len).map_err(|_| Error::PayloadTooLong { len: len as u64 })?;
    let mut data = payload.to_vec();
    data.extend([0; AHEAD]);
    Ok(match len {
        // Small payloads take little time in any case.
        0..0x2_0000 => encode::<8>(&data, 64),
        0x2_0000..0x7_0000 => encode::<3>(&data, 32),
        // The payloads of keys have this size. Two threads finish in two thirds of the time, and
        // use a sixth more processor time in all.
        0x7_0000..0xa_8000 => encode_halves::<2>(&data, 32),
        // Payloads with all of GRUB's modules, for which a closer search would take longer than
        // GRUB's own encoder does.
        _ => encode::<1>(&data, 20),
    })
}

fn encode<const WAYS: usize>(data: &[u8], long_enough: usize) -> Vec<u8> {
    let mut encoder = Encoder::<WAYS>::new(data, 0, long_enough);
    while encoder.next().is_some() {}
    encoder.coder.out.finish()
}

/// As [`encode`], with a thread for each half. Where they meet depends on the data alone, not on the
/// number of processors or who is faster.
///
/// ```text
/// first   0 ─────────────────────────────► middle ─► both are at one place ─► codes the second's
/// second                learns chances ──► middle ──────────────────────────► end
/// ```
fn encode_halves<const WAYS: usize>(data: &[u8], long_enough: usize) -> Vec<u8> {
    // The second has more to do.
    let middle = data.len() * 9 / 16;
    thread::scope(|scope| {
        let second_half = || {
            let encoder = Encoder::<WAYS>::new(data, middle.saturating_sub(LEARN), long_enough);
            encoder.skip_while(|(at, _)| *at < middle).collect::<Vec<_>>()
        };
        let second = thread::Builder::new().spawn_scoped(scope, second_half);
        let mut encoder = Encoder::<WAYS>::new(data, 0, long_enough);
        while encoder.coder.at < middle && encoder.next().is_some() {}
        let found = match second {
            Ok(thread) => thread.join().unwrap_or_else(|panic| panic::resume_unwind(panic)),
            // No thread can be started, so this one does the second half, too.
            Err(_) => second_half(),
        };
        let met = loop {
            match found.binary_search_by_key(&encoder.coder.at, |(at, _)| *at) {
                Ok(met) => break met,
                Err(_) if encoder.next().is_some() => {}
                Err(_) => break found.len(),
            }
        };
        let mut coder = encoder.coder;
        for (_, symbol) in &found[met..] {
            coder.encode(coder.history.localize(*symbol));
        }
        coder.out.finish()
    })
}

/// The part of an encoder that turns symbols into the stream.
struct Coder<'a> {
    data: &'a [u8],
    out: RangeEncoder,
    model: Model,
    history: History,
    at: usize,
}

impl Coder<'_> {
    fn encode(&mut self, symbol: Symbol) {
        self.model.encode(&mut self.out, self.data, self.at, &self.history, symbol);
        self.history = self.history.after(symbol);
        self.at += symbol.len;
    }
}

/// The encoder of one part of the data. It finds symbols and encodes them at once, because the
/// prices of the next symbols depend on the chances that these leave.
struct Encoder<'a, const WAYS: usize> {
    coder: Coder<'a>,
    parser: Parser<'a, WAYS>,
    prices: Prices,
    /// The numbers of symbols with a length and with a distance since the prices of these were last
    /// computed.
    lengths: u32,
    distances: u32,
    /// The next symbols, the last first.
    path: Vec<Symbol>,
}

impl<'a, const WAYS: usize> Encoder<'a, WAYS> {
    /// An encoder of `data` from `at` on; the last [`AHEAD`] bytes of `data` are padding.
    fn new(data: &'a [u8], at: usize, long_enough: usize) -> Self {
        let model = Model::new();
        let prices = Prices::new(&model, long_enough);
        let (out, history) = (RangeEncoder::new(), History::default());
        Self {
            coder: Coder { data, out, model, history, at },
            parser: Parser::new(data, long_enough),
            prices,
            lengths: 0,
            distances: 0,
            path: Vec::new(),
        }
    }

    fn find_stretch(&mut self) {
        if self.lengths >= LENGTHS {
            self.lengths = 0;
            self.prices.update_lengths(&self.coder.model);
        }
        if self.distances >= DISTANCES {
            self.distances = 0;
            self.prices.update_distances(&self.coder.model);
        }
        let costs = Costs { model: &self.coder.model, prices: &self.prices };
        self.parser.stretch(self.coder.at, self.coder.history, costs, &mut self.path);
    }
}

/// Gives each symbol once it is encoded: its place, and the symbol itself with its distance in
/// place of the number of a repeated one.
impl<const WAYS: usize> Iterator for Encoder<'_, WAYS> {
    type Item = (usize, Symbol);

    #[inline]
    fn next(&mut self) -> Option<(usize, Symbol)> {
        let Coder { data, at, history, .. } = self.coder;
        if self.path.is_empty() && at + AHEAD < data.len() {
            self.find_stretch();
        }
        let symbol = self.path.pop()?;
        self.coder.encode(symbol);
        self.lengths += u32::from(symbol.len > 1);
        self.distances += u32::from(symbol.from >= 4 && symbol.from != LITERAL);
        Some((at, history.globalize(symbol)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lzma_rust2::LzmaReader;
    use std::io::Read as _;

    /// What a decoder of others makes of it, when `behind` follows for ever.
    fn unpack(stream: &[u8], behind: u8, len: u64) -> std::io::Result<Vec<u8>> {
        let stream = stream.chain(std::io::repeat(behind));
        let mut out = Vec::new();
        LzmaReader::new(stream, len, 3, 0, 2, 1 << 20, None)?.read_to_end(&mut out)?;
        Ok(out)
    }

    /// Decodes what it should, whatever follows: a stream is a number, numbers in order decode
    /// to payloads in order, and these two are the lowest and the highest.
    #[track_caller]
    fn round_trip(payload: &[u8]) -> Vec<u8> {
        let stream = compress(payload).unwrap();
        // The range coder's first byte; a header would start with 0x5d.
        assert_eq!(stream[0], 0);
        for behind in [0, 0xff] {
            let back = unpack(&stream, behind, payload.len() as u64).unwrap();
            assert!(back == payload, "{} bytes, {behind:#x} behind", payload.len());
        }
        stream
    }

    /// Words of few letters: much repeats, near and far, in one piece and with a byte changed.
    fn text(len: usize, seed: u32) -> Vec<u8> {
        let mut state = seed.wrapping_mul(2) | 1;
        let mut next = |below: u32| {
            state = state.wrapping_mul(0x915f_77f5).wrapping_add(0x3c6e_f35f);
            (state >> 16) % below
        };
        let mut text: Vec<u8> = Vec::new();
        while text.len() < len {
            match text.len() {
                earlier @ 1.. if next(4) > 0 => {
                    let from = next(earlier as u32) as usize;
                    let word = text[from..].iter().take(2 + next(40) as usize);
                    let mut word: Vec<u8> = word.copied().collect();
                    let changed = next(2 * word.len() as u32) as usize;
                    if let Some(byte) = word.get_mut(changed) {
                        *byte ^= 1;
                    }
                    text.extend(word);
                }
                _ => text.extend((0..next(6)).map(|_| next(256) as u8)),
            }
        }
        text.truncate(len);
        text
    }

    #[test]
    fn a_decoder_that_knows_the_length_gives_it_back() {
        for len in
            (0..40).chain([63, 64, 65, 4095, 0x1_ffff, 0x2_0000, 300_000, 0x7_0000, 0xa_8000])
        {
            let packed = round_trip(&text(len, len as u32));
            assert!(len < 1000 || packed.len() < len / 2, "{len}: {}", packed.len());
        }
        for seed in 0..200 {
            round_trip(&text(700, seed));
        }
    }

    #[test]
    fn halves_of_which_one_is_something_else() {
        let noise: Vec<u8> = (0..0x4_0000u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect();
        let (zeros, text) = (vec![0; 0x4_0000], text(0x4_0000, 1));
        for halves in [[&noise, &zeros], [&zeros, &noise], [&noise, &text], [&text, &zeros]] {
            let payload = halves.map(Vec::as_slice).concat();
            assert!((0x7_0000..0xa_8000).contains(&payload.len()));
            round_trip(&payload);
        }
    }

    #[test]
    fn a_symbol_for_any_history_is_one_for_another() {
        let history = History { reps: [9, 8, 7, 6], ..History::default() };
        for (here, anywhere) in [(0, 13), (2, 11), (3, 10), (70, 70), (LITERAL, LITERAL)] {
            let (here, anywhere) =
                (Symbol { from: here, len: 5 }, Symbol { from: anywhere, len: 5 });
            assert_eq!(history.globalize(here), anywhere);
            assert_eq!(history.localize(anywhere), here);
            // No byte by itself is at a distance but the last.
            let byte = history.localize(Symbol { len: 1, ..anywhere });
            assert_eq!(byte.from, if here.from == 0 { 0 } else { LITERAL });
        }
    }

    #[test]
    fn noise_and_silence() {
        let noise: Vec<u8> = (0..50_000u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect();
        round_trip(&noise);
        assert!(round_trip(&[0; 1_000_000]).len() < 400);
        // Carries run through many bytes of 0xff.
        round_trip(&[0xff; 5000]);
    }

    #[test]
    fn there_is_no_end_marker() {
        // With the length unknown, only a marker could end the stream: the decoder runs dry.
        let packed = compress(b"abc").unwrap();
        let mut reader =
            LzmaReader::new(packed.as_slice(), u64::MAX, 3, 0, 2, 1 << 20, None).unwrap();
        assert!(reader.read_to_end(&mut Vec::new()).is_err());
    }

    #[test]
    fn a_byte_less_would_not_do() {
        for seed in 0..100 {
            let payload = text(300, seed);
            let stream = compress(&payload).unwrap();
            let short = &stream[..stream.len() - 1];
            let good = |behind| {
                unpack(short, behind, payload.len() as u64).is_ok_and(|back| back == payload)
            };
            assert!(!(good(0) && good(0xff)), "seed {seed}");
        }
    }

    #[test]
    fn a_flipped_bit_gives_something_else() {
        let payload = text(3000, 1);
        let stream = compress(&payload).unwrap();
        // Of the last, some values are as good.
        for at in 1..stream.len() - 1 {
            let mut bad = stream.clone();
            bad[at] ^= 0x10;
            let back = unpack(&bad, 0, payload.len() as u64);
            assert!(back.is_err() || back.unwrap() != payload, "byte {at} may be anything");
        }
    }
}
