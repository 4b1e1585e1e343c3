//! Pictures as PNG files, taken apart again.
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::io::Read as _;
use virtual_machine::Picture;

/// A picture of 20 by 20 pixels with so many colours, each as red, green and blue.
fn pixels(colours: u16) -> Vec<[u8; 3]> {
    (0..400u16).map(|i| i % colours).map(|c| [c as u8, (c >> 8) as u8, 7]).collect()
}

/// The PNG's kind of pixels, and its pixels.
fn png(pixels: &[[u8; 3]]) -> (u8, Vec<[u8; 3]>) {
    let ppm = [b"P6\n20 20\n255\n", pixels.as_flattened()].concat();
    let png = Picture::from_ppm(&ppm).unwrap().to_png();
    let mut rest = png.strip_prefix(b"\x89PNG\r\n\x1a\n").unwrap();
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let len = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
        chunks.push((&rest[4..8], &rest[8..8 + len], &rest[8 + len..12 + len]));
        rest = &rest[12 + len..];
    }
    let (header, palette, packed, crc) = match chunks[..] {
        [(b"IHDR", header, _), (b"IDAT", packed, _), (b"IEND", [], crc)] => {
            (header, None, packed, crc)
        }
        [(b"IHDR", header, _), (b"PLTE", palette, _), (b"IDAT", packed, _), (b"IEND", [], crc)] => {
            (header, Some(palette.as_chunks::<3>().0), packed, crc)
        }
        _ => panic!("{chunks:?}"),
    };
    assert_eq!(header[..9], [0, 0, 0, 20, 0, 0, 0, 20, 8]);
    assert_eq!(header[10..], [0, 0, 0]);
    assert_eq!(crc, [0xae, 0x42, 0x60, 0x82], "as in every PNG file");
    let mut rows = Vec::new();
    flate2::read::ZlibDecoder::new(packed).read_to_end(&mut rows).unwrap();
    let width = if palette.is_some() { 20 } else { 60 };
    let mut seen = Vec::new();
    for row in rows.chunks(1 + width) {
        assert_eq!(row[0], 0, "no filter");
        match palette {
            Some(palette) => seen.extend(row[1..].iter().map(|at| palette[usize::from(*at)])),
            None => seen.extend(row[1..].as_chunks::<3>().0),
        }
    }
    (header[9], seen)
}

#[test]
fn a_png_has_every_pixel_of_the_ppm_with_a_palette_for_up_to_256_colours() {
    for (colours, kind) in [(1, 3), (2, 3), (256, 3), (257, 2), (400, 2)] {
        let pixels = pixels(colours);
        assert_eq!(png(&pixels), (kind, pixels), "{colours} colours");
    }
}
