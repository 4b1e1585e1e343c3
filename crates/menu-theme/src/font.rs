//! GRUB's fonts: the format PFF2.

use std::borrow::Cow;

/// A font in a PFF2 file.
#[derive(Debug, Clone, Copy)]
pub struct Font<'a> {
    bytes: &'a [u8],
    /// Rows above and below the line on which letters stand.
    pub ascent: u16,
    pub(crate) descent: u16,
    pub(crate) max_width: u16,
    /// Rows of the highest glyph.
    pub max_height: u16,
    /// A character, flags for compression (there is none), and where its glyph begins; in the order of the
    /// characters, or GRUB takes no such font.
    index: &'a [[u8; 9]],
}

/// The picture of a character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glyph<'a> {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// The place of its left edge, and of its lower edge above the line.
    pub offset: (i16, i16),
    /// The columns to the next character.
    pub advance: i16,
    /// The rows from the top, bit after bit without gaps, the highest bit first.
    pub(crate) bitmap: Cow<'a, [u8]>,
}

impl Glyph<'_> {
    /// Whether the pixel at this column and row is set; outside of the glyph none is.
    pub fn has(&self, x: i32, y: i32) -> bool {
        let (width, height) = (i32::from(self.width), i32::from(self.height));
        let inside = (0..width).contains(&x) && (0..height).contains(&y);
        let Some(bit) = usize::try_from(y * width + x).ok().filter(|_| inside) else {
            return false;
        };
        self.bitmap.get(bit / 8).is_some_and(|byte| byte & (0x80 >> (bit % 8)) != 0)
    }

    /// The pixels of a row, the last column lowest.
    pub(crate) fn row(&self, y: u16) -> u128 {
        let bit = |x: u16| u128::from(self.has(x.into(), y.into()));
        (0..self.width).fold(0, |row, x| row << 1 | bit(x))
    }
}

/// The most columns and rows of a glyph: what a [row](Glyph::row) can hold. Those of GRUB's own font have
/// 16. A key that is read brings a font of its own, in which thousands of characters might share one huge
/// glyph.
const LARGEST: u16 = 128;

/// The character of a line in the index.
fn character([c1, c2, c3, c4, ..]: &[u8; 9]) -> u32 {
    u32::from_be_bytes([*c1, *c2, *c3, *c4])
}

impl<'a> Font<'a> {
    /// Reads a PFF2 file; `None` if it is none.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (mut ascent, mut descent, mut max_width, mut max_height) = (0, 0, 0, 0);
        let mut index: &[[u8; 9]] = &[];
        let mut sections = Sections(bytes);
        (sections.next()? == (*b"FILE", b"PFF2")).then_some(())?;
        for (name, content) in sections {
            let number = || content.first_chunk().map(|two| u16::from_be_bytes(*two));
            match &name {
                b"ASCE" => ascent = number()?,
                b"DESC" => descent = number()?,
                b"MAXW" => max_width = number()?,
                b"MAXH" => max_height = number()?,
                b"CHIX" => index = content.as_chunks().0,
                _ => {}
            }
        }
        let font = Self { bytes, ascent, descent, max_width, max_height, index };
        (!index.is_empty()).then_some(font)
    }

    /// The picture of a character, if the font has one of a usual size.
    pub fn glyph(&self, wanted: char) -> Option<Glyph<'a>> {
        let found = self.index.binary_search_by_key(&wanted.into(), character).ok()?;
        self.glyph_at(self.index.get(found)?)
    }

    /// The characters of a usual size, in their order.
    pub fn glyphs(&self) -> impl Iterator<Item = (char, Glyph<'a>)> {
        let glyph = |entry| Some((char::from_u32(character(entry))?, self.glyph_at(entry)?));
        self.index.iter().filter_map(glyph)
    }

    fn glyph_at(&self, [.., o1, o2, o3, o4]: &[u8; 9]) -> Option<Glyph<'a>> {
        let offset = usize::try_from(u32::from_be_bytes([*o1, *o2, *o3, *o4])).ok()?;
        let (head, rest) = self.bytes.get(offset..)?.split_first_chunk::<10>()?;
        let [w1, w2, h1, h2, x1, x2, y1, y2, a1, a2] = *head;
        let (width, height) = (u16::from_be_bytes([w1, w2]), u16::from_be_bytes([h1, h2]));
        (width <= LARGEST && height <= LARGEST).then_some(())?;
        let len = (usize::from(width) * usize::from(height)).div_ceil(8);
        Some(Glyph {
            width,
            height,
            offset: (i16::from_be_bytes([x1, x2]), i16::from_be_bytes([y1, y2])),
            advance: i16::from_be_bytes([a1, a2]),
            bitmap: rest.get(..len)?.into(),
        })
    }
}

/// The sections of a file: their names and contents. The last, `DATA`, has the rest of the file.
struct Sections<'a>(&'a [u8]);

impl<'a> Iterator for Sections<'a> {
    type Item = ([u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = self.0.split_first_chunk::<4>()?;
        let (len, rest) = rest.split_first_chunk::<4>()?;
        let len = usize::try_from(u32::from_be_bytes(*len)).ok()?.min(rest.len());
        let (content, rest) = rest.split_at(len);
        self.0 = rest;
        Some((*name, content))
    }
}

#[cfg(test)]
mod tests {
    use super::Font;

    #[test]
    fn no_font_is_made_of_anything_else() {
        for bytes in [&b""[..], b"FILE\0\0\0\x04PFF2", b"FILE\xff\xff\xff\xff", b"DATA\0\0\0\0"] {
            assert!(Font::parse(bytes).is_none());
        }
    }
}
