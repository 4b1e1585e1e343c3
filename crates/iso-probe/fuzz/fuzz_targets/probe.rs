//! Any bytes as an ISO image. A corpus of small images: `crates/boot-recipes/tests/trees` makes some.
#![no_main]

use iso_probe::{Limits, probe_within};
use std::io::Cursor;

libfuzzer_sys::fuzz_target!(|image: &[u8]| {
    let limits = Limits { unpacked_bytes: 1 << 20, work: 100_000, ..Limits::default() };
    let _ = probe_within(Cursor::new(image), image.len() as u64, &limits);
});
