//! The parity behind core.img, from which `lzma_decompress.img` repairs sectors that other
//! software has overwritten.
//!
//! Systematic Reed-Solomon code over GF(256) with the polynomial x^8+x^4+x^3+x^2+1, first root
//! alpha^0 (<https://en.wikipedia.org/wiki/Reed–Solomon_error_correction>). Codewords are spread
//! over the sectors: byte i of each sector of a block belongs to codeword i, so a lost sector
//! costs every codeword one symbol.

use crate::SECTOR;
use std::collections::VecDeque;

/// Sectors of data and parity in a block, hence the longest codeword.
const BLOCK_SECTORS: usize = 200;

/// Powers of alpha = 2, twice over, and their inverse.
struct Field {
    exp: [u8; 510],
    log: [u8; 256],
}

const FIELD: Field = {
    let mut f = Field { exp: [0; 510], log: [0; 256] };
    let mut power = 1u16;
    let mut i = 0;
    while i < 255 {
        f.exp[i] = power as u8;
        f.exp[i + 255] = power as u8;
        f.log[power as usize] = i as u8;
        power <<= 1;
        if power > 255 {
            power ^= 0x11D;
        }
        i += 1;
    }
    f
};

fn multiply(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    FIELD.exp[usize::from(FIELD.log[usize::from(a)]) + usize::from(FIELD.log[usize::from(b)])]
}

/// The product of (x - alpha^j) for j < `len`, highest power first, without the leading 1.
/// `len` is below 255.
fn generator(len: usize) -> Vec<u8> {
    let mut g = vec![1u8];
    for root in &FIELD.exp[..len] {
        g.push(0);
        for i in (1..g.len()).rev() {
            g[i] ^= multiply(g[i - 1], *root);
        }
    }
    g.split_off(1)
}

/// `len` bytes of parity for `data`. Where they do not fit one block, data must have at least
/// 1/200 of the bytes of both (a core image has about half), or there is no parity to give.
pub(crate) fn parity(data: &[u8], len: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(len);
    let (mut data, mut left) = (data, len);
    while !data.is_empty() {
        let both = data.len() + left;
        let share = |part: usize| part * BLOCK_SECTORS / both * SECTOR;
        let (here, parity_here) = if both <= BLOCK_SECTORS * SECTOR {
            (data.len(), left)
        } else {
            (share(data.len()), share(left))
        };
        if here == 0 {
            break;
        }
        let (block, rest) = data.split_at(here);
        out.extend(block_parity(block, parity_here));
        data = rest;
        left -= parity_here;
    }
    out.resize(len, 0);
    out
}

/// One block: column i of the sectors of data gives column i of the sectors of parity.
fn block_parity(data: &[u8], len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    // Between two cuts, all columns have the same number of symbols of data, and of parity.
    let mut cuts = [0, data.len() % SECTOR, len % SECTOR, SECTOR];
    cuts.sort_unstable();
    for cut in cuts.windows(2) {
        let generator = generator((len + SECTOR - 1 - cut[0]) / SECTOR);
        for start in (cut[0]..cut[1]).step_by(STRIP) {
            let strip = start..cut[1].min(start + STRIP);
            let symbols = data.chunks(SECTOR).filter_map(|sector| sector.get(strip.clone()));
            let parity = strip_parity(symbols, &generator);
            let sectors = out.chunks_mut(SECTOR).filter_map(|s| s.get_mut(strip.clone()));
            for (sector, row) in sectors.zip(parity) {
                sector.copy_from_slice(&row[..strip.len()]);
            }
        }
    }
    out
}

/// The number of codewords that are computed at a time: their symbols stay in the processor's
/// cache, and its instructions for many bytes at once can be used.
const STRIP: usize = 64;

/// A row of symbols, one of each codeword.
type Row = [u8; STRIP];

/// Parity symbols of some codewords: the remainders of data · x^r by the generator.
fn strip_parity<'a>(data: impl Iterator<Item = &'a [u8]>, generator: &[u8]) -> VecDeque<Row> {
    let mut rest = VecDeque::from(vec![[0; STRIP]; generator.len()]);
    for symbols in data {
        let Some(mut factors) = rest.pop_front() else { break };
        rest.push_back([0; STRIP]);
        for (factor, symbol) in factors.iter_mut().zip(symbols) {
            *factor ^= symbol;
        }
        let [low, high] = products(factors);
        for (row, g) in rest.iter_mut().zip(generator) {
            // Addition in this field is an exclusive or, so the product with a factor is the sum of
            // the products with its two halves.
            add(row, &low[usize::from(g & 0xF)]);
            add(row, &high[usize::from(g >> 4)]);
        }
    }
    rest
}

/// The products of `symbols` with 0 to 15, and with 16 times these.
fn products(symbols: Row) -> [[Row; 16]; 2] {
    let mut products = [[[0; STRIP]; 16]; 2];
    let mut power = symbols;
    for by in &mut products {
        for bit in [1, 2, 4, 8] {
            for n in 0..bit {
                by[bit + n] = by[n];
                add(&mut by[bit + n], &power);
            }
            // Multiplies by x: the bit that leaves at the top comes back as the polynomial's lower
            // powers.
            power = power.map(|s| (s << 1) ^ ((s >> 7) * 0x1D));
        }
    }
    products
}

fn add(row: &mut Row, other: &Row) {
    for (sum, other) in row.iter_mut().zip(other) {
        *sum ^= other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn field_and_generators() {
        assert_eq!(FIELD.exp[..9], [1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x1D]);
        assert_eq!(FIELD.exp[254], 0x8E);
        assert_eq!(generator(1), [1]);
        assert_eq!(generator(2), [3, 2]);
        assert_eq!(generator(3), [7, 0x0E, 8]);
        assert_eq!(generator(4), [0x0F, 0x36, 0x78, 0x40]);
        assert_eq!(generator(8), [0xFF, 0x0B, 0x51, 0x36, 0xEF, 0xAD, 0xC8, 0x18]);
    }

    #[test]
    fn codewords() {
        // The second of two codewords: symbols of the first must not get into it.
        let parity = |data: &[u8], r| {
            let rows: Vec<[u8; 2]> = data.iter().map(|&symbol| [0xA5, symbol]).collect();
            let parity = strip_parity(rows.iter().map(|row| &row[..]), &generator(r));
            parity.iter().map(|row| row[1]).collect::<Vec<_>>()
        };
        assert_eq!(parity(&[1, 2, 3, 4], 4), [0x75, 0xA3, 0xB2, 0x60]);
        assert_eq!(
            parity(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 6),
            [0x0E, 0x7B, 0xA9, 0x55, 0xD2, 0x5A]
        );
    }

    fn check(data: &[u8], len: usize, starts: [u8; 8], sha256: &str) {
        let parity = parity(data, len);
        assert_eq!((parity.len(), &parity[..8]), (len, &starts[..]));
        let digest = base16ct::lower::encode_string(&Sha256::digest(&parity));
        assert_eq!(digest, sha256);
    }

    #[test]
    fn one_block_and_several() {
        let data: Vec<u8> = (0..1500u32).map(|i| (7 * i + 3) as u8).collect();
        check(
            &data,
            1100,
            [0x81, 0x21, 0xDC, 0x7C, 0x1C, 0x44, 0x1A, 0x19],
            "1f71b2cc97b08d3530828dd9db11ccf9515b8ddbab9200fe021da1a18529469b",
        );
        let data: Vec<u8> = (0..150_000u64).map(|i| (i * i + 3 * i + 1) as u8).collect();
        check(
            &data,
            120_001,
            [0x63, 0xF2, 0x9A, 0xDB, 0xB3, 0xA0, 0xB6, 0xD1],
            "d77e04cc137608d510482816eb5706bf71652461f14b0cfab37c2bd8168b6561",
        );
    }

    #[test]
    fn odd_shapes_end() {
        assert_eq!(parity(&[], 100), [0; 100]);
        assert_eq!(parity(&[1, 2, 3], 0), [0; 0]);
        assert_eq!(parity(&[1], 1_000_000).len(), 1_000_000);
        assert_eq!(parity(&[1; 300_000], 1).len(), 1);
    }
}
