//! A whole image: descriptors, directories, names, links, boot catalog, and what is in its files.
#![no_main]

use iso_probe::{IsoImage, ProbeError};
use std::io::Cursor;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let image = fuzz::unpack(input);
    let len = image.len() as u64;
    let mut open = match IsoImage::open_within(Cursor::new(&image), len, &fuzz::LIMITS) {
        Ok(open) => open,
        Err(error) => {
            assert!(!matches!(error, ProbeError::Io(_)), "memory is always readable: {error}");
            let text = error.to_string();
            assert!(!text.is_empty() && !text.chars().any(char::is_control), "{text:?}");
            return;
        }
    };
    fuzz::check(open.facts());
    open.read_initrds().expect("memory is always readable");
    let facts = open.facts().clone();
    assert!(facts.unread_initrds.is_empty());
    fuzz::check(&facts);
    for (path, len) in facts.paths.iter().take(4) {
        if let Ok(Some(bytes)) = open.read(path, 1 << 20) {
            assert_eq!(bytes.len() as u64, *len, "{path:?}");
        }
    }
    for file in facts.paths.keys().take(4).chain(facts.efi_programs.keys()) {
        let Some(found) = open.locate(file) else { continue };
        assert_eq!(found.extents.iter().map(|e| e.1).sum::<u64>(), found.len, "{file:?}");
        assert!(found.extents.iter().all(|(at, n)| at + n <= len), "{file:?}: {found:?}");
    }
});
