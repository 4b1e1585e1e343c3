//! The text on a screen that was drawn in graphics mode, read by the exact shapes of a font whose
//! glyphs are known: every pixel of a character must be as the font has it.
//!
//! Nothing is guessed: what is not exactly a glyph on the program's own grid is no character.

use std::collections::BTreeMap;
use std::path::Path;

use crate::Picture;

/// Pixels in a row of a character.
const WIDTH: usize = 8;
/// Fewest characters by which a grid is believed.
const FEWEST: usize = 6;
/// Fewest of them by which a line is believed that stands on no grid.
const FEWEST_IN_LINE: usize = 2;
/// Where QEMU's VGA BIOSes lie.
const VGA_BIOSES: [&str; 3] = [
    "/usr/share/seabios/vgabios-stdvga.bin",
    "/usr/share/qemu/vgabios-stdvga.bin",
    "/usr/share/qemu-kvm/vgabios-stdvga.bin",
];
/// The letter `A` in the font of 16 rows that a VGA BIOS has, and a Linux console.
const VGA_A: [u8; 16] =
    [0, 0, 0x10, 0x38, 0x6c, 0xc6, 0xc6, 0xfe, 0xc6, 0xc6, 0xc6, 0xc6, 0, 0, 0, 0];

/// The letters that programs with a PC's font draw otherwise than QEMU's VGA BIOS has them, whose letters
/// are for cells of nine pixels. Recorded from the screen of Memtest86+ 6.10 in QEMU.
const OF_EIGHT_PIXELS: [(char, [u8; 16]); 8] = [
    ('0', [0, 0, 0x38, 0x6c, 0xc6, 0xc6, 0xd6, 0xd6, 0xc6, 0xc6, 0x6c, 0x38, 0, 0, 0, 0]),
    ('M', [0, 0, 0xc6, 0xee, 0xfe, 0xfe, 0xd6, 0xc6, 0xc6, 0xc6, 0xc6, 0xc6, 0, 0, 0, 0]),
    ('T', [0, 0, 0x7e, 0x7e, 0x5a, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x3c, 0, 0, 0, 0]),
    ('f', [0, 0, 0x1c, 0x36, 0x32, 0x30, 0x78, 0x30, 0x30, 0x30, 0x30, 0x78, 0, 0, 0, 0]),
    ('m', [0, 0, 0, 0, 0, 0xec, 0xfe, 0xd6, 0xd6, 0xd6, 0xd6, 0xc6, 0, 0, 0, 0]),
    ('v', [0, 0, 0, 0, 0, 0xc6, 0xc6, 0xc6, 0xc6, 0xc6, 0x6c, 0x38, 0, 0, 0, 0]),
    ('w', [0, 0, 0, 0, 0, 0xc6, 0xc6, 0xd6, 0xd6, 0xd6, 0xfe, 0x6c, 0, 0, 0, 0]),
    ('x', [0, 0, 0, 0, 0, 0xc6, 0x6c, 0x38, 0x38, 0x38, 0x6c, 0xc6, 0, 0, 0, 0]),
];

/// A font whose characters have eight pixels in a row.
#[derive(Debug, Clone)]
pub struct Glyphs {
    /// Rows of a character.
    height: usize,
    /// Of each shape, a byte a row, the character.
    shapes: BTreeMap<Vec<u8>, char>,
}

impl Glyphs {
    /// A font whose characters have so many rows, 1 to 64, from the shape of each: a byte a row. `None`: it has
    /// no character of that height.
    pub fn new(height: usize, shapes: impl IntoIterator<Item = (char, Vec<u8>)>) -> Option<Self> {
        let mut font = Self { height, shapes: BTreeMap::new() };
        let fitting = shapes.into_iter().filter(|(_, shape)| shape.len() == height);
        for (letter, shape) in fitting.take_while(|_| (1..=64).contains(&height)) {
            // Of letters that look alike, the first: mostly ASCII.
            font.shapes.entry(shape).or_insert(letter);
        }
        (!font.shapes.is_empty()).then_some(font)
    }

    /// The font of a PC's text mode, which a Linux console in graphics mode has as well: from QEMU's VGA
    /// BIOS, if that is installed.
    pub fn vga() -> Option<Self> {
        let read = |path| std::fs::read(Path::new(path)).ok();
        VGA_BIOSES.into_iter().filter_map(read).find_map(|bios| Self::in_vga_bios(&bios))
    }

    fn in_vga_bios(bios: &[u8]) -> Option<Self> {
        let a = bios.windows(VGA_A.len()).position(|bytes| bytes == VGA_A)?;
        let start = a.checked_sub(usize::from(b'A') * 16)?;
        let ascii = (0x21..0x7f_u8).map(|letter| {
            let shape = bios.get(start + usize::from(letter) * 16..)?.get(..16)?;
            Some((shape.to_vec(), char::from(letter)))
        });
        let mut shapes: BTreeMap<_, _> = ascii.collect::<Option<_>>()?;
        shapes.extend(OF_EIGHT_PIXELS.map(|(letter, shape)| (shape.to_vec(), letter)));
        Some(Self { height: 16, shapes })
    }
}

impl Picture {
    /// The lines of text that were drawn with one of these fonts, without empty ones at the end; none
    /// where no font fits. What is no character is a blank. Lines that stand on no grid, as those of a menu with a
    /// theme, have a `*` before them where their paper is another than that in the picture's corner.
    pub fn read(&self, fonts: &[Glyphs]) -> Vec<String> {
        let (w, h) = (self.width(), self.height());
        let mut best = (FEWEST, Vec::new());
        for font in fonts {
            // From the corner (Linux), ten pixels from it (GRUB), in the middle (programs with a
            // screen of 80 by 25).
            let (columns, rows) = (80 * WIDTH, 25 * font.height);
            let mut grids = vec![(0, 0), (10 % WIDTH, 10 % font.height)];
            if w >= columns && h >= rows {
                grids.push(((w - columns) / 2 % WIDTH, (h - rows) / 2 % font.height));
            }
            grids.dedup();
            for grid in grids {
                let (known, lines) = self.on_grid(font, grid);
                if known > best.0 {
                    best = (known, lines);
                }
            }
        }
        if best.1.is_empty() {
            let scattered = fonts.iter().map(|font| self.scattered(font));
            best = scattered.filter(|(known, _)| *known > FEWEST).max().unwrap_or(best);
        }
        let mut lines = best.1;
        while lines.last().is_some_and(|line| line.is_empty()) {
            lines.pop();
        }
        lines
    }

    /// The number of letters and digits on the grid that begins there, and all its lines.
    fn on_grid(&self, font: &Glyphs, (left, top): (usize, usize)) -> (usize, Vec<String>) {
        let mut known = 0;
        let lines = (top..).step_by(font.height).take_while(|y| y + font.height <= self.height());
        let lines = lines.map(|y| {
            let cells = (left..).step_by(WIDTH).take_while(|x| x + WIDTH <= self.width());
            let line: String = cells.map(|x| self.cell(font, x, y).unwrap_or(' ')).collect();
            known += line.chars().filter(|c| c.is_ascii_alphanumeric()).count();
            line.trim_end().to_owned()
        });
        let lines = lines.collect();
        (known, lines)
    }

    /// The number of letters and digits in lines that stand anywhere, and these lines.
    fn scattered(&self, font: &Glyphs) -> (usize, Vec<String>) {
        let runs = self.runs();
        let (mut known, mut lines, mut y) = (0, Vec::new(), 0);
        while y + font.height <= self.height() {
            let line = |left| self.line(font, &runs, (left, y));
            let best = (0..WIDTH).map(line).max_by_key(|(letters, _)| *letters);
            match best {
                Some((letters, line)) if letters >= FEWEST_IN_LINE => {
                    known += letters;
                    lines.push(line);
                    y += font.height;
                }
                _ => y += 1,
            }
        }
        (known, lines)
    }

    /// Of each pixel, how many pixels from it on to the right have its colour, up to a character's.
    fn runs(&self) -> Vec<u8> {
        let pixels = self.pixels();
        let mut runs = vec![1; pixels.len()];
        for at in (0..pixels.len().saturating_sub(1)).rev() {
            let is_last = (at + 1) % self.width() == 0;
            if !is_last && pixels[at] == pixels[at + 1] {
                // OK to cast: a character has eight pixels.
                runs[at] = (runs[at + 1] + 1).min(WIDTH as u8);
            }
        }
        runs
    }

    /// The number of letters and digits in the line whose cells begin there, and the line.
    fn line(&self, font: &Glyphs, runs: &[u8], (left, y): (usize, usize)) -> (usize, String) {
        let (pixels, width) = (self.pixels(), self.width());
        let is_blank = |x: usize| {
            let mut rows = (y..y + font.height).map(|y| y * width + x);
            // OK to cast, as above.
            rows.all(|at| runs[at] == WIDTH as u8 && pixels[at] == pixels[y * width + x])
        };
        let (mut known, mut text, mut is_marked) = (0, String::new(), false);
        for x in (left..).step_by(WIDTH).take_while(|x| x + WIDTH <= width) {
            let letter = if is_blank(x) { None } else { self.cell(font, x, y) };
            // The edges of icons and boxes look like these.
            let letter = letter.filter(|letter| !matches!(letter, '\u{2500}'..='\u{259f}'));
            if letter.is_some_and(|letter| letter.is_ascii_alphanumeric()) {
                known += 1;
                is_marked |= pixels[y * width + x] != pixels[0];
            }
            text.push(letter.unwrap_or(' '));
        }
        let mark = if is_marked { "*" } else { "" };
        (known, format!("{mark}{}", text.trim()))
    }

    /// The character whose cell begins there; its two colours may be any.
    fn cell(&self, font: &Glyphs, x: usize, y: usize) -> Option<char> {
        let pixels = self.pixels();
        let paper = *pixels.get(y * self.width() + x)?;
        let mut ink = None;
        let mut shape = vec![0u8; font.height];
        for (row, bits) in shape.iter_mut().enumerate() {
            let start = (y + row) * self.width() + x;
            for (column, pixel) in pixels.get(start..start + WIDTH)?.iter().enumerate() {
                if *pixel != paper {
                    if *ink.get_or_insert(*pixel) != *pixel {
                        return None;
                    }
                    *bits |= 0x80 >> column;
                }
            }
        }
        ink?;
        let turned = || shape.iter().map(|row| !row).collect::<Vec<_>>();
        font.shapes.get(&shape).or_else(|| font.shapes.get(&turned())).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A VGA BIOS with a font in which each letter is its own number in every row but the `A`.
    fn font() -> Glyphs {
        let mut bios = vec![0x55, 0xaa, 7];
        for letter in 0..=255u8 {
            let mut shape = [letter; 16];
            if letter == b'A' {
                shape = VGA_A;
            }
            bios.extend(shape);
        }
        Glyphs::in_vga_bios(&bios).unwrap()
    }

    fn picture(text: &str, (left, top): (usize, usize), ink: u8, paper: u8) -> Picture {
        let (w, h) = (left + 8 * text.len() + 3, top + 16 + 5);
        let mut ppm = format!("P6\n{w} {h}\n255\n").into_bytes();
        for y in 0..h {
            for x in 0..w {
                let letter = x.checked_sub(left).and_then(|x| text.as_bytes().get(x / 8));
                let row = y.checked_sub(top).filter(|row| *row < 16);
                let bits = match (letter, row) {
                    (Some(b'A'), Some(row)) => VGA_A[row],
                    (Some(b' ') | None, _) | (_, None) => 0,
                    (Some(letter), Some(_)) => *letter,
                };
                let on = bits & (0x80 >> (x.wrapping_sub(left) % 8)) != 0;
                ppm.extend([if on { ink } else { paper }; 3]);
            }
        }
        Picture::from_ppm(&ppm).unwrap()
    }

    #[test]
    fn text_is_read_on_the_grids_of_linux_and_of_grub_in_any_colours() {
        let fonts = [font()];
        for at in [(0, 0), (10, 10)] {
            for (ink, paper) in [(255, 0), (0, 170)] {
                let lines = picture("GRUB at 9A BA", at, ink, paper).read(&fonts);
                assert!(
                    lines.iter().any(|line| line.contains("GRUB at 9A BA")),
                    "{at:?} {lines:?}"
                );
            }
        }
    }

    #[test]
    fn a_pixel_that_is_wrong_makes_no_other_letter() {
        let right = picture("BOOTABLE", (0, 0), 255, 0);
        let mut ppm = format!("P6\n{} {}\n255\n", right.width(), right.height()).into_bytes();
        let mut pixels = right.pixels().to_vec();
        pixels[5 * right.width() + 8] = [9; 3];
        ppm.extend(pixels.as_flattened());
        let wrong = Picture::from_ppm(&ppm).unwrap();
        assert_eq!(wrong.read(&[font()])[0], "B OTABLE");
    }

    #[test]
    fn text_is_read_where_it_stands_on_no_grid_and_what_has_its_own_paper_is_marked() {
        let plain = picture("BOOTABLE", (3, 3), 255, 0);
        assert_eq!(plain.read(&[font()]), ["BOOTABLE"]);
        let mut ppm = format!("P6\n{} {}\n255\n", plain.width(), 3 * plain.height()).into_bytes();
        for paper in [0, 90, 0] {
            let at = (5, 3);
            let line = picture("STARTS", at, 255, paper);
            let mut rows: Vec<[u8; 3]> = Vec::new();
            for row in line.pixels().chunks(line.width()) {
                rows.extend(row);
                rows.extend(vec![[paper; 3]; plain.width() - line.width()]);
            }
            ppm.extend(rows.as_flattened());
        }
        let menu = Picture::from_ppm(&ppm).unwrap();
        assert_eq!(menu.read(&[font()]), ["STARTS", "*STARTS", "STARTS"]);
        assert_eq!(picture("BO", (3, 3), 255, 0).read(&[font()]), [""; 0], "too few");
    }

    #[test]
    fn no_font_is_made_of_anything_else() {
        assert!(Glyphs::in_vga_bios(&[0; 9000]).is_none());
        assert!(Glyphs::in_vga_bios(&VGA_A).is_none());
        assert!(Glyphs::new(16, [('a', vec![1; 15])]).is_none());
        assert!(Glyphs::new(0, [('a', Vec::new())]).is_none());
    }
}
