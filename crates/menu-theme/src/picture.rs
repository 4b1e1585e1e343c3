//! Pictures as PNG files of the one kind that every GRUB reads: 8 bits of red, green, blue and
//! opacity, not interlaced.

/// A colour: red, green, blue.
pub(crate) type Rgb = [u8; 3];
/// A colour with its opacity: red, green, blue, alpha.
pub(crate) type Rgba = [u8; 4];

/// A picture, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Picture {
    /// The picture of so many columns with these pixels, row by row.
    pub(crate) fn new(width: u32, pixels: impl IntoIterator<Item = Rgba>) -> Self {
        let pixels: Vec<u8> = pixels.into_iter().flatten().collect();
        let row = width * size_of::<Rgba>() as u32;
        Self { width, height: pixels.len() as u32 / row, pixels }
    }

    /// The pixel at a column and row.
    #[cfg(test)]
    pub(crate) fn at(&self, x: usize, y: usize) -> Rgba {
        self.pixels.as_chunks().0[y * self.width as usize + x]
    }

    /// The PNG file.
    pub(crate) fn png(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, self.width, self.height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        // The other levels take whichever deflate the rest of the program uses, whose output may
        // depend on the processor.
        encoder.set_compression(png::Compression::Fastest);
        let written =
            encoder.write_header().and_then(|mut writer| writer.write_image_data(&self.pixels));
        written.expect("OK to unwrap: a Vec takes all bytes, and there is one for each pixel");
        out
    }
}
