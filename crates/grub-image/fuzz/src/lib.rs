//! What the targets share: the tests' handmade files.
#![allow(dead_code)]

#[path = "../../tests/common/mod.rs"]
pub mod common;

use grub_image::{Platform, PlatformFiles};
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// Sets of files by name, with some replaced by the input's bytes. Nothing else is copied.
pub fn with(files: &PlatformFiles, replaced: &[(&str, &[u8])]) -> PlatformFiles {
    let mut all: BTreeMap<_, _> = files.iter().map(|(n, b)| (n.to_owned(), b.clone())).collect();
    all.extend(replaced.iter().map(|(name, bytes)| ((*name).to_owned(), (*bytes).into())));
    PlatformFiles::new(all)
}

/// The handmade files of a platform, made once.
pub fn handmade(platform: Platform) -> PlatformFiles {
    thread_local!(static FILES: [OnceCell<PlatformFiles>; 4] = const { [const { OnceCell::new() }; 4] });
    // OK to cast: the number of a variant.
    FILES.with(|files| {
        let make = || match platform {
            Platform::I386Pc => common::handmade::files(),
            efi => common::handmade_efi::files(efi),
        };
        files[platform as usize].get_or_init(make).clone()
    })
}

/// Ends the run, with its input, if a message could act on a terminal or tells nothing.
pub fn readable(error: &grub_image::Error) {
    let text = error.to_string();
    assert!(!text.is_empty() && text.len() < 8192, "{} bytes", text.len());
    assert!(!text.chars().any(char::is_control), "what a terminal would act on: {text:?}");
}
