//! Pictures as PNG files, taken apart again.
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::io::Read as _;
use virtual_machine::Picture;

#[test]
fn a_png_has_every_pixel_of_the_ppm() {
    let pixels: Vec<u8> = (0..5 * 3 * 3).map(|i| i * 5).collect();
    let ppm = [b"P6\n5 3\n255\n", &pixels[..]].concat();
    let png = Picture::from_ppm(&ppm).unwrap().to_png();
    let mut rest = png.strip_prefix(b"\x89PNG\r\n\x1a\n").unwrap();
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let len = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
        chunks.push((&rest[4..8], &rest[8..8 + len], &rest[8 + len..12 + len]));
        rest = &rest[12 + len..];
    }
    let [(b"IHDR", header, _), (b"IDAT", packed, _), (b"IEND", [], crc)] = chunks[..] else {
        panic!("{chunks:?}");
    };
    assert_eq!(header, [0, 0, 0, 5, 0, 0, 0, 3, 8, 2, 0, 0, 0]);
    assert_eq!(crc, [0xae, 0x42, 0x60, 0x82], "as in every PNG file");
    let mut rows = Vec::new();
    flate2::read::ZlibDecoder::new(packed).read_to_end(&mut rows).unwrap();
    let expected: Vec<u8> = pixels.chunks(15).flat_map(|row| [&[0], row].concat()).collect();
    assert_eq!(rows, expected);
}
