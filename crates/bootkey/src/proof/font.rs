//! The font of a key's menu, as the letters that are read on a screen.

use menu_theme::{Font, Glyph};
use virtual_machine::Glyphs;

/// Columns of a letter that is read.
const WIDTH: i32 = 8;

/// The letters of a font of GRUB's, from the bytes of its file.
pub(super) fn glyphs(bytes: &[u8]) -> Option<Glyphs> {
    let font = Font::parse(bytes)?;
    let shapes = font.glyphs().filter_map(|(letter, glyph)| Some((letter, shape(&font, &glyph)?)));
    Glyphs::new(font.max_height.into(), shapes)
}

/// A letter in its cell, a byte a row; `None`: it is wider, or reaches out of the cell.
fn shape(font: &Font<'_>, glyph: &Glyph<'_>) -> Option<Vec<u8>> {
    let (width, height) = (i32::from(glyph.width), i32::from(glyph.height));
    let fits =
        i32::from(glyph.advance) == WIDTH && width <= WIDTH && glyph.height <= font.max_height;
    fits.then_some(())?;
    let left = i32::from(glyph.offset.0);
    let top = i32::from(font.ascent) - height - i32::from(glyph.offset.1);
    let mut shape = vec![0u8; font.max_height.into()];
    for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
        if glyph.has(x, y) {
            let row = shape.get_mut(usize::try_from(top + y).ok()?)?;
            let column = u32::try_from(left + x).ok().filter(|column| *column < 8)?;
            *row |= 0x80 >> column;
        }
    }
    Some(shape)
}
