//! Pictures as PNG files of the one kind that every GRUB reads: 8 bits of red, green, blue and
//! opacity, not interlaced.

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
    /// The picture whose pixel at column x, row y is `at(x, y)`.
    pub(crate) fn new(width: u32, height: u32, at: impl Fn(u32, u32) -> Rgba) -> Self {
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Self { width, height, pixels: places.flat_map(|(x, y)| at(x, y)).collect() }
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
