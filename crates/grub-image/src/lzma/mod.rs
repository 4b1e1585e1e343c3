//! The payload's compression: a raw LZMA1 stream as `lzma_decompress.img` expects it.
//!
//! ```text
//! payload ─► match_finder ─► parser ─► symbols ─► model ─► bits ─► range_encoder ─► stream
//!            where bytes     cheapest             how symbols
//!            were before     way, by prices       are made of bits
//! ```
//!
//! Our own, since the packaged encoder takes as long as that of GRUB for the same size; and where
//! the length is known, the stream can end sooner than packaged decoders like it.

mod match_finder;
mod model;
mod parser;
mod prices;
mod range_encoder;

use crate::Error;
use model::{History, LITERAL, Model};
use parser::{Costs, Parser};
use prices::Prices;
use range_encoder::RangeEncoder;

/// Symbols with a length, and with a distance, after which their prices are brought up to date.
const LENGTHS: u32 = 32;
const DISTANCES: u32 = 64;

/// So many bytes are compared at once, and are readable behind what is compressed.
const AHEAD: usize = 8;

/// Compresses `payload`: lc 3, lp 0, pb 2, which the decoder has built in; neither a header nor an
/// end marker, since it knows the length and stops there. It may read up to three bytes behind
/// the stream; what these are makes no difference.
pub(crate) fn compress(payload: &[u8]) -> Result<Vec<u8>, Error> {
    let len = payload.len();
    u32::try_from(len).map_err(|_| Error::PayloadTooLong { len: len as u64 })?;
    let mut data = payload.to_vec();
    data.extend([0; AHEAD]);
    Ok(match len {
        // Small ones take little time in any case.
        0..0x2_0000 => encode(&data, Parser::<8>::new(&data, 64)),
        0x2_0000..0x7_0000 => encode(&data, Parser::<3>::new(&data, 32)),
        0x7_0000..0xa_0000 => encode(&data, Parser::<1>::new(&data, 32)),
        _ => encode(&data, Parser::<1>::new(&data, 20)),
    })
}

fn encode<const WAYS: usize>(data: &[u8], mut parser: Parser<'_, WAYS>) -> Vec<u8> {
    let mut out = RangeEncoder::new();
    let mut model = Model::new();
    let mut prices = Prices::new(&model, parser.long_enough());
    let mut history = History::default();
    let mut path = Vec::new();
    let (mut at, mut lengths, mut distances) = (0, 0, 0);
    while at + AHEAD < data.len() {
        if lengths >= LENGTHS {
            lengths = 0;
            prices.update_lengths(&model);
        }
        if distances >= DISTANCES {
            distances = 0;
            prices.update_distances(&model);
        }
        let costs = Costs { model: &model, prices: &prices };
        parser.stretch(at, history, costs, &mut path);
        for symbol in path.iter().rev() {
            model.encode(&mut out, data, at, &history, *symbol);
            history = history.after(*symbol);
            at += symbol.len;
            lengths += u32::from(symbol.len > 1);
            distances += u32::from(symbol.from >= 4 && symbol.from != LITERAL);
        }
    }
    out.finish()
}

/// The bytes at `at`, as a number.
#[inline]
fn word(data: &[u8], at: usize) -> u64 {
    data.get(at..).and_then(|d| d.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// How many bytes at `a` are those at `b`, which is behind; `most` at most.
#[inline]
fn common(data: &[u8], a: usize, b: usize, most: usize) -> usize {
    let most = most.min(data.len() - AHEAD - b);
    let differ = word(data, a) ^ word(data, b);
    if differ == 0 { common_more(data, a, b, most) } else { most.min(equal(differ)) }
}

/// The same, where the first bytes are known to be the same.
fn common_more(data: &[u8], a: usize, b: usize, most: usize) -> usize {
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

/// How many bytes of two words are the same, by what differs.
#[inline]
fn equal(differ: u64) -> usize {
    (differ.trailing_zeros() / 8) as usize
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
        for len in (0..40).chain([63, 64, 65, 4095, 0x1_ffff, 0x2_0000, 300_000]) {
            let packed = round_trip(&text(len, len as u32));
            assert!(len < 1000 || packed.len() < len / 2, "{len}: {}", packed.len());
        }
        for seed in 0..200 {
            round_trip(&text(700, seed));
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
