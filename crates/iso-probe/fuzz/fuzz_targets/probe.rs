//! A whole image: descriptors, directories, names, links, boot catalog, and what is in its files.
#![no_main]

use iso_probe::{ProbeError, locate, probe_within, read_file};
use std::io::Cursor;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let image = fuzz::unpack(input);
    let len = image.len() as u64;
    let facts = match probe_within(Cursor::new(&image), len, &fuzz::LIMITS) {
        Ok(facts) => facts,
        Err(error) => {
            assert!(!matches!(error, ProbeError::Io(_)), "memory is always readable: {error}");
            let text = error.to_string();
            assert!(!text.is_empty() && !text.chars().any(char::is_control), "{text:?}");
            return;
        }
    };
    fuzz::check(&facts);
    for (path, len) in facts.paths.iter().take(4) {
        if let Ok(Some(bytes)) = read_file(Cursor::new(&image), image.len() as u64, path, 1 << 20) {
            assert_eq!(bytes.len() as u64, *len, "{path:?}");
        }
    }
    let programs: Vec<&str> = facts.efi_programs.keys().map(String::as_str).collect();
    if !programs.is_empty()
        && let Ok(places) = locate(Cursor::new(&image), len, &programs)
    {
        for (program, place) in places {
            assert_eq!(place.extents.iter().map(|e| e.1).sum::<u64>(), place.len, "{program:?}");
            assert!(place.extents.iter().all(|(at, n)| at + n <= len), "{program:?}: {place:?}");
        }
    }
});
