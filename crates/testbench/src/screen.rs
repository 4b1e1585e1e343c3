//! Text on a guest's screen that GRUB has drawn, found by the shapes of its letters.

use std::collections::BTreeMap;
use std::path::Path;

use virtual_machine::Picture;

/// A picture of a screen.
#[derive(Debug, Clone)]
pub struct Screen(pub(crate) Picture);

impl Screen {
    /// Whether a line of text is there, in any two colours.
    ///
    /// # Panics
    /// When the font lacks a letter.
    pub fn shows(&self, text: &str, font: &Font) -> bool {
        let line = font.draw(text);
        let (width, pixels) = (self.0.width(), self.0.pixels());
        let (Some(right), Some(bottom)) =
            (width.checked_sub(line.width), self.0.height().checked_sub(font.height()))
        else {
            return false;
        };
        let (Some(on), Some(off)) = (line.first(true), line.first(false)) else { return false };
        (0..=bottom).any(|y| {
            (0..=right).any(|x| {
                let pixel = |at: usize| pixels[(y + at / line.width) * width + x + at % line.width];
                let (ink, paper) = (pixel(on), pixel(off));
                let is = |(at, on): (usize, &bool)| pixel(at) == if *on { ink } else { paper };
                ink != paper && line.ink.iter().enumerate().all(is)
            })
        })
    }
}

/// A font of GRUB's: a PFF2 file.
#[derive(Debug)]
pub struct Font {
    bytes: Vec<u8>,
    ascent: usize,
    descent: usize,
    glyphs: BTreeMap<char, usize>,
}

/// The pixels of a line of text that are ink.
struct Line {
    width: usize,
    ink: Vec<bool>,
}

impl Line {
    fn first(&self, ink: bool) -> Option<usize> {
        self.ink.iter().position(|on| *on == ink)
    }
}

impl Font {
    /// Reads a font file.
    ///
    /// # Panics
    /// When the file is no PFF2 font.
    pub fn open(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mut font = Self { bytes, ascent: 0, descent: 0, glyphs: BTreeMap::new() };
        let mut at = 0;
        // A section is a name, a length, and so many bytes; the glyphs' has no length and is last.
        while let Some(name) = font.bytes.get(at..at + 4).filter(|name| name != b"DATA") {
            let (start, len) = (at + 8, font.number(at + 4, 4));
            match name {
                b"ASCE" => font.ascent = font.number(start, 2),
                b"DESC" => font.descent = font.number(start, 2),
                b"CHIX" => {
                    let entries = (start..start + len).step_by(9);
                    let glyph = |entry| {
                        let letter = u32::try_from(font.number(entry, 4)).ok()?;
                        Some((char::from_u32(letter)?, font.number(entry + 5, 4)))
                    };
                    font.glyphs = entries.filter_map(glyph).collect();
                }
                _ => {}
            }
            at = start + len;
        }
        assert!(!font.glyphs.is_empty(), "{}: no font of GRUB's", path.display());
        font
    }

    fn height(&self) -> usize {
        self.ascent + self.descent
    }

    /// A number of so many bytes, the largest first.
    fn number(&self, at: usize, len: usize) -> usize {
        self.bytes[at..at + len].iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
    }

    /// As [`number`](Self::number), of two bytes and with a sign.
    fn signed(&self, at: usize) -> isize {
        isize::from(i16::from_be_bytes([self.bytes[at], self.bytes[at + 1]]))
    }

    fn glyph(&self, letter: char) -> usize {
        *self.glyphs.get(&letter).unwrap_or_else(|| panic!("the font has no {letter:?}"))
    }

    fn draw(&self, text: &str) -> Line {
        let advance = |letter| self.number(self.glyph(letter) + 8, 2);
        let width = text.chars().map(advance).sum();
        let mut line = Line { width, ink: vec![false; width * self.height()] };
        let mut pen = 0;
        for letter in text.chars() {
            let glyph = self.glyph(letter);
            let (columns, rows) = (self.number(glyph, 2), self.number(glyph + 2, 2));
            let left = pen + self.signed(glyph + 4);
            let top = self.ascent as isize - rows as isize - self.signed(glyph + 6);
            for bit in 0..columns * rows {
                if self.bytes[glyph + 10 + bit / 8] & (0x80 >> (bit % 8)) != 0 {
                    let x = left + (bit % columns) as isize;
                    let y = top + (bit / columns) as isize;
                    line.ink[y as usize * width + x as usize] = true;
                }
            }
            pen += advance(letter) as isize;
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A font of two letters: a bar of three pixels, and a dot below it.
    fn font() -> Font {
        let mut bytes = Vec::new();
        let mut section = |name: &[u8], data: &[u8]| {
            bytes.extend(name);
            bytes.extend((data.len() as u32).to_be_bytes());
            bytes.extend(data);
        };
        section(b"FILE", b"PFF2");
        section(b"ASCE", &[0, 3]);
        section(b"DESC", &[0, 1]);
        let index = [[0, 0, 0, b'i', 0, 0, 0, 0, 66], [0, 0, 0, b'.', 0, 0, 0, 0, 77]];
        section(b"CHIX", &index.concat());
        bytes.extend(b"DATA\xFF\xFF\xFF\xFF");
        assert_eq!(bytes.len(), 66);
        bytes.extend([0, 1, 0, 3, 0, 1, 0, 0, 0, 3, 0b1110_0000]);
        bytes.extend([0, 1, 0, 1, 0, 0, 0xFF, 0xFF, 0, 2, 0b1000_0000]);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("font");
        std::fs::write(&path, bytes).unwrap();
        Font::open(&path)
    }

    fn screen(rows: &[&str]) -> Screen {
        let mut ppm = format!("P6\n{} {}\n255\n", rows[0].len(), rows.len()).into_bytes();
        ppm.extend(rows.iter().flat_map(|row| row.bytes()).flat_map(|b| [b, b, b]));
        Screen(Picture::from_ppm(&ppm).unwrap())
    }

    #[test]
    fn text_is_seen_where_it_is_and_every_pixel_counts() {
        let rows = ["+       ", " -*---- ", " -*---- ", " -*---- ", " ---*-- ", "       +"];
        let (font, there) = (font(), screen(&rows));
        assert!(there.shows("i.", &font));
        assert!(!there.shows("ii", &font) && !there.shows(".i", &font));
        assert!(!there.shows("i.i.", &font), "wider than what is left of the screen");
        for y in 1..5 {
            for x in 1..6 {
                let mut rows = rows.map(str::to_owned);
                rows[y].replace_range(x..=x, "!");
                assert!(!screen(&rows.each_ref().map(|row| &**row)).shows("i.", &font), "{x} {y}");
            }
        }
    }
}
