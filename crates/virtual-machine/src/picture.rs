//! A picture of a guest's screen.

use std::collections::{BTreeMap, BTreeSet};

use png::{BitDepth, ColorType, DeflateCompression, Encoder, Filter};

/// A picture, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    /// Reads a binary PPM (`P6`, a byte a colour), as QEMU writes it.
    pub fn from_ppm(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let mut word = || {
            let end = rest.iter().position(u8::is_ascii_whitespace)?;
            let word = std::str::from_utf8(rest.get(..end)?).ok()?;
            rest = rest.get(end + 1..)?;
            Some(word)
        };
        let (magic, width, height, most) = (word()?, word()?, word()?, word()?);
        let (width, height) = (width.parse().ok()?, height.parse::<usize>().ok()?);
        let (pixels, []) = rest.as_chunks() else { return None };
        let whole =
            magic == "P6" && most == "255" && Some(pixels.len()) == height.checked_mul(width);
        (whole && width > 0).then(|| Self { width, pixels: pixels.to_vec() })
    }

    /// Pixels in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.pixels.len() / self.width
    }

    /// The pixels, row by row: red, green and blue.
    pub fn pixels(&self) -> &[[u8; 3]] {
        &self.pixels
    }

    /// The picture as a PNG file, with a palette if it has few colours, as most screens have.
    /// <https://www.w3.org/TR/png-3/>
    pub fn to_png(&self) -> Vec<u8> {
        let palette = self.palette();
        let bytes = match &palette {
            // OK to fall back: the palette has every colour.
            Some(palette) => self.pixels.iter().map(|p| *palette.get(p).unwrap_or(&0)).collect(),
            None => self.pixels.as_flattened().to_vec(),
        };
        let mut out = Vec::new();
        // OK to cast: a screen has some thousand columns and rows.
        let mut encoder = Encoder::new(&mut out, self.width as u32, self.height() as u32);
        encoder.set_color(if palette.is_some() { ColorType::Indexed } else { ColorType::Rgb });
        encoder.set_depth(BitDepth::Eight);
        if let Some(palette) = &palette {
            encoder.set_palette(palette.keys().copied().collect::<Vec<_>>().into_flattened());
        }
        encoder.set_deflate_compression(DeflateCompression::Level(9));
        encoder.set_filter(Filter::NoFilter);
        let written = encoder.write_header().and_then(|mut png| png.write_image_data(&bytes));
        written.expect("OK to unwrap: a Vec takes all bytes, and there is one for each sample");
        out
    }

    /// The colours with their numbers, in order. `None`: they are more than a byte can tell apart.
    fn palette(&self) -> Option<BTreeMap<[u8; 3], u8>> {
        let mut colours = BTreeSet::new();
        for pixel in &self.pixels {
            if colours.insert(*pixel) && colours.len() > 256 {
                return None;
            }
        }
        Some(colours.into_iter().zip(0..=u8::MAX).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_picture_is_none() {
        assert!(Picture::from_ppm(b"P6\n2 2\n255\n123456789012").is_some());
        for bad in [
            &b"P6\n2 2\n255\n123456789"[..],
            b"P6\n0 0\n255\n",
            b"P5\n2 2\n255\n123456789012",
            b"P6\n99999999999 99999999999\n255\n",
            b"P6\n2",
            b"",
        ] {
            assert!(Picture::from_ppm(bad).is_none(), "{bad:?}");
        }
    }
}
