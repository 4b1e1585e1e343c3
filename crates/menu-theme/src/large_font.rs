//! The large font: the letters of GRUB's own at twice the size, for screens on which 16 pixels are
//! too small to be read. It has the alphabets of Europe; GRUB takes what it lacks from the other font.

use crate::font::{Font, Glyph};
use std::collections::BTreeSet;

/// The font's file.
pub const FILE: &str = "large.pf2";
/// The font's name in GRUB.
pub const NAME: &str = "Bootkey Regular 32";

/// The characters: Latin, Greek and Cyrillic letters, punctuation, signs of currencies, arrows.
const RANGES: [core::ops::RangeInclusive<char>; 7] = [
    ' '..='~',
    '\u{a0}'..='\u{24f}',
    '\u{370}'..='\u{4ff}',
    '\u{1e00}'..='\u{1eff}',
    '\u{2010}'..='\u{205e}',
    '\u{20a0}'..='\u{20bf}',
    '\u{2190}'..='\u{2193}',
];

/// The large font's file, with the characters of `also`, too.
pub(crate) fn of(font: &Font<'_>, also: &str) -> Vec<u8> {
    let wanted: BTreeSet<char> = RANGES.into_iter().flatten().chain(also.chars()).collect();
    let glyphs: Vec<(char, Glyph<'_>)> =
        wanted.into_iter().filter_map(|c| Some((c, doubled(&font.glyph(c)?)))).collect();
    let mut out = Vec::new();
    let mut section = |name: &[u8; 4], content: &[u8]| {
        out.extend_from_slice(name);
        out.extend_from_slice(&u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(content);
    };
    let text = |text: &str| [text.as_bytes(), b"\0"].concat();
    let twice = |n: u16| n.saturating_mul(2).to_be_bytes();
    section(b"FILE", b"PFF2");
    section(b"NAME", &text(NAME));
    section(b"FAMI", &text("Bootkey"));
    section(b"WEIG", &text("normal"));
    section(b"SLAN", &text("normal"));
    section(b"PTSZ", &32u16.to_be_bytes());
    section(b"MAXW", &twice(font.max_width));
    section(b"MAXH", &twice(font.max_height));
    section(b"ASCE", &twice(font.ascent));
    section(b"DESC", &twice(font.descent));
    // The index comes first, and its offsets count from the beginning of the file.
    const INDEXED: usize = 9;
    const HEADS: usize = 8;
    let index_len = glyphs.len() * INDEXED;
    let (mut index, mut data) = (Vec::new(), Vec::new());
    let first = out.len() + HEADS + index_len + HEADS;
    for (character, glyph) in &glyphs {
        let offset = u32::try_from(first + data.len()).unwrap_or(u32::MAX);
        index.extend_from_slice(&u32::from(*character).to_be_bytes());
        index.push(0);
        index.extend_from_slice(&offset.to_be_bytes());
        data.extend(glyph.width.to_be_bytes());
        data.extend(glyph.height.to_be_bytes());
        data.extend(glyph.offset.0.to_be_bytes());
        data.extend(glyph.offset.1.to_be_bytes());
        data.extend(glyph.advance.to_be_bytes());
        data.extend_from_slice(&glyph.bitmap);
    }
    out.extend_from_slice(b"CHIX");
    out.extend_from_slice(&u32::try_from(index_len).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(index);
    out.extend_from_slice(b"DATA");
    out.extend_from_slice(&u32::MAX.to_be_bytes());
    out.extend(data);
    out
}

/// A glyph at twice the size. A pixel becomes four; where two neighbours of another colour meet at
/// its corner, the quarter there takes theirs, so that slopes have no steps (EPX).
fn doubled(small: &Glyph<'_>) -> Glyph<'static> {
    let rows: Vec<u128> = (0..small.height).map(|y| small.row(y)).collect();
    let columns = u128::MAX.checked_shr(128 - u32::from(small.width)).unwrap_or(0);
    let mut bitmap = Bits::default();
    for (y, row) in rows.iter().enumerate() {
        let (left, right) = (row >> 1, (row << 1) & columns);
        let above = y.checked_sub(1).map_or(0, |y| rows[y]);
        let below = rows.get(y + 1).copied().unwrap_or(0);
        for (near, far) in [(above, below), (below, above)] {
            let quarters = |beside: u128, opposite: u128| {
                let meet = !(beside ^ near) & (beside ^ opposite) & (near ^ far);
                (row & !meet) | (beside & meet)
            };
            let (left, right) = (quarters(left, right), quarters(right, left));
            for column in (0..small.width).rev() {
                bitmap.push(left >> column & 1 == 1);
                bitmap.push(right >> column & 1 == 1);
            }
        }
    }
    Glyph {
        width: small.width * 2,
        height: small.height * 2,
        offset: (small.offset.0.saturating_mul(2), small.offset.1.saturating_mul(2)),
        advance: small.advance.saturating_mul(2),
        bitmap: bitmap.bytes.into(),
    }
}

/// Bits as PFF2 has them: without gaps, the highest of a byte first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    len: usize,
}

impl Bits {
    fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(bit) << (7 - self.len % 8);
        }
        self.len += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inner corners are filled and outer ones are cut, at the edges of the glyph, too.
    #[test]
    fn slopes_have_no_steps() {
        let slope = Glyph {
            width: 3,
            height: 3,
            offset: (-1, 2),
            advance: 4,
            bitmap: vec![0b1001_1011, 0b1000_0000].into(),
        };
        let large = doubled(&slope);
        let row = |y| (0..6).map(|x| if large.has(x, y) { '#' } else { '.' }).collect::<String>();
        let rows: Vec<String> = (0..6).map(row).collect();
        assert_eq!(rows, ["##....", "###...", "###...", "#####.", "######", ".#####"]);
        assert_eq!((large.offset, large.advance), ((-2, 4), 8));
    }
}
