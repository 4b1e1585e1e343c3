//! A .mod file, for the platform that its header is for.
#![no_main]

use fuzz::{handmade, readable, with};
use grub_image::{ImageOptions, Payload, Platform, mkimage};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let options = ImageOptions { modules: &["a"], prefix: "/boot/grub", ..ImageOptions::default() };
    for platform in [Platform::I386Pc, Platform::I386Efi, Platform::X86_64Efi, Platform::Arm64Efi] {
        let wide = !matches!(platform, Platform::I386Pc | Platform::I386Efi);
        if wide != (data.get(4) == Some(&2)) {
            continue;
        }
        let list: &[u8] = b"a: b\nb:\n";
        let b = fuzz::common::handmade::module("b", &[]);
        let files = [("a.mod", data), ("b.mod", &b), ("moddep.lst", list)];
        // A wide one has no `b` that is as wide: it needs nothing.
        let files: &[_] = if wide { &[("a.mod", data), ("moddep.lst", b"a:\n")] } else { &files };
        let files = with(&handmade(platform), files);
        let made = match platform {
            Platform::I386Pc => Payload::i386_pc(&files, &options).map(|p| p.bytes().to_vec()),
            _ => mkimage::efi(&files, &options).map(|i| i.bytes().to_vec()),
        };
        match made {
            // The whole file is in it.
            Ok(image) => assert!(image.len() > data.len()),
            Err(e) => readable(&e),
        }
    }
});
