//! An initrd: cpio archives and all decompressors. The first byte says what the input is.
#![no_main]

use fuzz::support::probe_within;
use std::io::Cursor;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((kind, bytes)) = input.split_first() else { return };
    let (name, file) = match kind {
        // Behind microcode, as most lie.
        0 => ("initrd.img", [&fuzz::support::cpio(&[("kernel/x86", b"")])[..], bytes].concat()),
        // A FAT image with EFI programs, and a kernel, which are small enough to go here.
        1 => ("efi.img", fuzz::sectors(bytes)),
        2 => ("vmlinuz", bytes.to_vec()),
        3 => ("EFI/BOOT/BOOTX64.EFI", bytes.to_vec()),
        _ => ("initrd.img", bytes.to_vec()),
    };
    let image = fuzz::image([(name.to_owned(), file)]);
    let facts = probe_within(Cursor::new(&image), image.len() as u64, &fuzz::LIMITS)
        .expect("a sound image");
    fuzz::check(&facts);
    for initrd in facts.initrds.values() {
        assert!(initrd.parts.len() <= 16 && initrd.names.len() <= 512, "{initrd:?}");
        if let Some(why) = &initrd.incomplete {
            assert!(!why.is_empty() && why.len() < 1000, "{why:?}");
        }
    }
});
