//! The slices of which GRUB puts boxes together: the bar behind the selected entry, the scroll
//! bar, and the strip that hides what is not to be seen.

use crate::description::{ACCENT, BACKGROUND, TRACK};
use crate::picture::{Picture, Rgb};
use crate::raster::{Drawing, Ink, Layer, Shape};

/// A single pixel, as a PNG file.
fn dot([r, g, b]: Rgb) -> Vec<u8> {
    Picture::new(1, [[r, g, b, 255]]).png()
}

/// The pictures of the boxes: file names and PNG files.
pub(crate) fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for (name, side, height) in [("select", 8, 32), ("select2", 16, 64)] {
        files.extend(bar(name, side, height));
    }
    let mut plain = |name: &str, colour| {
        files.push((format!("{name}.png"), dot(colour)));
    };
    plain("cover", BACKGROUND);
    plain("track_c", TRACK);
    plain("thumb_c", ACCENT);
    files
}

/// A bar with round ends, as its left and right end and the pixel between.
fn bar(name: &str, side: u32, height: u32) -> [(String, Vec<u8>); 3] {
    let end = |from: f32| {
        let (w, h) = (side as f32, height as f32);
        let shapes = vec![Shape::Box((from, 0.0), (from + 2.0 * w, h), w * 0.75)];
        let bar = Drawing::new(side, height, &[Layer { shapes, ink: Some(Ink::Tile) }]);
        bar.picture([ACCENT; 2]).png()
    };
    [
        (format!("{name}_w.png"), end(0.0)),
        (format!("{name}_c.png"), dot(ACCENT)),
        (format!("{name}_e.png"), end(-(side as f32))),
    ]
}
