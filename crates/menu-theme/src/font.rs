//! GRUB's fonts: the format PFF2.

use std::collections::BTreeMap;

/// A font that was read from a PFF2 file.
#[derive(Debug, Clone)]
pub struct Font {
    bytes: Vec<u8>,
    /// Rows above and below the line on which letters stand.
    pub(crate) ascent: u16,
    pub(crate) descent: u16,
    pub(crate) max_width: u16,
    pub(crate) max_height: u16,
    /// Where each character's glyph begins.
    index: BTreeMap<u32, usize>,
}

/// The picture of a character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glyph {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// The place of its left edge, and of its lower edge above the line.
    pub(crate) offset: (i16, i16),
    /// The columns to the next character.
    pub advance: i16,
    /// The rows from the top, bit after bit without gaps, the highest bit first.
    pub(crate) bitmap: Vec<u8>,
}

impl Glyph {
    /// Whether the pixel at this column and row is set; outside of the glyph none is.
    pub(crate) fn has(&self, x: i32, y: i32) -> bool {
        let (width, height) = (i32::from(self.width), i32::from(self.height));
        let inside = (0..width).contains(&x) && (0..height).contains(&y);
        let Some(bit) = usize::try_from(y * width + x).ok().filter(|_| inside) else {
            return false;
        };
        self.bitmap.get(bit / 8).is_some_and(|byte| byte & (0x80 >> (bit % 8)) != 0)
    }
}

/// The most columns and rows of a glyph; those of GRUB's own font have 16. A key that is read brings a font
/// of its own, in which thousands of characters might share one huge glyph.
const LARGEST: u16 = 128;

impl Font {
    /// Reads a PFF2 file; `None` if it is none.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut font = Self {
            bytes: bytes.to_vec(),
            ascent: 0,
            descent: 0,
            max_width: 0,
            max_height: 0,
            index: BTreeMap::new(),
        };
        let mut sections = Sections(bytes);
        (sections.next()? == (*b"FILE", b"PFF2")).then_some(())?;
        for (name, content) in sections {
            let number = || content.first_chunk().map(|two| u16::from_be_bytes(*two));
            match &name {
                b"ASCE" => font.ascent = number()?,
                b"DESC" => font.descent = number()?,
                b"MAXW" => font.max_width = number()?,
                b"MAXH" => font.max_height = number()?,
                b"CHIX" => {
                    // A character, flags for compression (there is none), and its glyph's offset.
                    for [c1, c2, c3, c4, _, o1, o2, o3, o4] in content.as_chunks().0 {
                        let offset = u32::from_be_bytes([*o1, *o2, *o3, *o4]);
                        let character = u32::from_be_bytes([*c1, *c2, *c3, *c4]);
                        font.index.insert(character, usize::try_from(offset).ok()?);
                    }
                }
                _ => {}
            }
        }
        (!font.index.is_empty()).then_some(font)
    }

    /// The picture of a character, if the font has one of a usual size.
    pub fn glyph(&self, character: char) -> Option<Glyph> {
        let at = self.bytes.get(*self.index.get(&u32::from(character))?..)?;
        let (head, rest) = at.split_first_chunk::<10>()?;
        let [w1, w2, h1, h2, x1, x2, y1, y2, a1, a2] = *head;
        let (width, height) = (u16::from_be_bytes([w1, w2]), u16::from_be_bytes([h1, h2]));
        (width <= LARGEST && height <= LARGEST).then_some(())?;
        let len = (usize::from(width) * usize::from(height)).div_ceil(8);
        Some(Glyph {
            width,
            height,
            offset: (i16::from_be_bytes([x1, x2]), i16::from_be_bytes([y1, y2])),
            advance: i16::from_be_bytes([a1, a2]),
            bitmap: rest.get(..len)?.to_vec(),
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
