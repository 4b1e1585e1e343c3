//! The boot loaders' configurations: the first byte of each part says as which file it is read.
#![no_main]

use fuzz::support::probe_within;
use std::io::Cursor;

/// What is read, and what the menus of the seeds and of many ISOs read from there.
const NAMES: [&str; 16] = [
    "boot/grub/grub.cfg",
    "boot/grub/kernels.cfg",
    "boot/grub/loopback.cfg",
    "boot/grub/config.cfg",
    "EFI/BOOT/grub.cfg",
    "isolinux/isolinux.cfg",
    "isolinux/live.cfg",
    "isolinux/menu.cfg",
    "syslinux/syslinux.cfg",
    "loader/loader.conf",
    "loader/entries/a.conf",
    "loader/entries/b.conf",
    ".disk/info",
    "x.cfg",
    "isolinux/x.cfg",
    "extlinux.conf",
];

/// What they start.
const FILES: [&str; 6] =
    ["live/vmlinuz", "live/initrd", "isolinux/vmlinuz", "isolinux/initrd", "vmlinuz", "initrd"];

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let texts = fuzz::parts(input).take(6).filter_map(|part| {
        let (kind, text) = part.split_first()?;
        Some((NAMES[usize::from(*kind) % NAMES.len()].to_owned(), text.to_vec()))
    });
    let files = FILES.iter().map(|name| ((*name).to_owned(), b"x".to_vec()));
    let image = fuzz::image(files.chain(texts));
    let facts = probe_within(Cursor::new(&image), image.len() as u64, &fuzz::LIMITS)
        .expect("a sound image");
    fuzz::check(&facts);
    for entry in &facts.boot_entries {
        assert!(entry.args.len() <= 64 && entry.initrds.len() <= 8, "{entry:?}");
    }
});
