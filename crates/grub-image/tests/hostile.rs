//! Files that are not what their names say: an error that names the file, never a panic.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests read GRUB's files
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod common;

use common::{handmade, installed, module, with};
use grub_image::{
    CoreImage, EmbeddingArea, Error, ImageOptions, Kernel, Payload, Platform, PlatformFiles,
    Redundancy, bios_setup, mkimage,
};
use testbench::handmade_grub::{ALLOC, Machine, NOBITS, PROGBITS, Section, decompressor, elf};

fn files() -> PlatformFiles {
    handmade(Platform::I386Pc)
}

/// Everything but the compression, which sees only what the rest has made.
fn build(files: &PlatformFiles, modules: &[&str]) -> Result<(), Error> {
    let options = ImageOptions { modules, prefix: "/boot/grub", ..ImageOptions::default() };
    let payload = Payload::i386_pc(files, &options)?;
    let core = CoreImage::assemble(files, &payload, vec![7; 100])?;
    let mut sector0 = [0; 512];
    sector0[510..].copy_from_slice(&[0x55, 0xaa]);
    let gap = EmbeddingArea::mbr_gap([2048])?;
    for redundancy in [Redundancy::None, Redundancy::ReedSolomon] {
        let installed = bios_setup::install(files, &core, &sector0, &gap, redundancy)?;
        assert_eq!(installed.core_sectors().len() as u64, installed.sectors() * 512);
        installed.lay_out(1 << 20).unwrap();
    }
    Ok(())
}

#[track_caller]
fn refused(name: &str, bytes: &[u8], says: &str) {
    let e = build(&with(&files(), name, bytes), &["a"]).unwrap_err().to_string();
    assert!(e.contains(name) && e.contains(says), "{e}");
}

#[test]
fn wrong_files_are_named() {
    build(&files(), &["a"]).unwrap();
    let good = |name: &str| files().get(name).unwrap().to_vec();
    for name in ["boot.img", "diskboot.img"] {
        refused(name, &good(name)[..511], "511 bytes");
        refused(name, &[good(name), vec![0]].concat(), "513 bytes");
        refused(name, &[0; 512], "");
    }
    refused("diskboot.img", &[&good("diskboot.img")[..510], b"\x21\x08"].concat(), "0x0821");
    refused("lzma_decompress.img", &[], "0 bytes");
    refused("lzma_decompress.img", &decompressor(0, 0x1c), "28 bytes");
    refused("lzma_decompress.img", &decompressor(0, 3585), "3585 bytes");
    refused("lzma_decompress.img", &decompressor(0xffff, 3000), "redundancy");
    refused("lzma_decompress.img", &decompressor(61, 60), "redundancy");
    refused("moddep.lst", b"a: b\nb: a\n", "circle: a → b → a");
    refused("moddep.lst", b"a: b\n\xff", "line 2");
    refused("kernel.img", b"", "ELF");
    refused("b.mod", b"\x7fELF", "ELF");
    refused("b.mod", &good("kernel.img"), "type 2");
    refused("b.mod", &good("a.mod"), "`a`");
    for len in 0..good("b.mod").len() {
        refused("b.mod", &good("b.mod")[..len], "");
    }
}

#[test]
fn missing_files_are_named() {
    let e = build(&files(), &["c"]).unwrap_err();
    let wanted_by = "the list of modules".to_owned();
    assert_eq!(e, Error::MissingModule { module: "c".to_owned(), wanted_by });
    let wants_c = with(&files(), "moddep.lst", b"a: c\n");
    let e = build(&with(&wants_c, "a.mod", &module("a", &["c"])), &["a"]).unwrap_err();
    assert_eq!(e, Error::MissingModule { module: "c".to_owned(), wanted_by: "`a`".to_owned() });
    let all = files();
    for name in all.names().filter(|n| !n.ends_with(".mod")) {
        let rest = all.names().filter(|n| *n != name);
        let rest = rest.map(|n| (n.to_owned(), all.get(n).unwrap().clone()));
        let e = build(&PlatformFiles::new(rest.collect()), &["a"]).unwrap_err();
        let platform = (name != "kernel.img").then_some(Platform::I386Pc);
        assert_eq!(e, Error::MissingFile { name: name.to_owned(), platform });
    }
    let efi = b"grub_modinfo_target_cpu=x86_64\ngrub_modinfo_platform=efi\n";
    let e = build(&with(&files(), "modinfo.sh", efi), &["a"]).unwrap_err().to_string();
    assert!(e.contains("kernel.img") && e.contains("x86_64-efi"), "{e}");
    // Nothing but its type tells the BIOS's kernel from EFI's.
    let object = with(&files(), "kernel.img", &module("a", &[]));
    let e = build(&object, &["a"]).unwrap_err();
    assert_eq!(e, Error::WrongPlatform { found: Platform::I386Efi, wanted: "i386-pc" });
    let e = mkimage::efi(&files(), &ImageOptions::default()).unwrap_err();
    assert_eq!(e, Error::WrongPlatform { found: Platform::I386Pc, wanted: "-efi" });
}

fn program(sections: &[Section<'_>]) -> Vec<u8> {
    elf(Machine::I386, 2, sections)
}

#[test]
fn kernel_sections_go_to_their_addresses() {
    let kernel = Kernel::parse(&program(&[
        Section::new(".data", PROGBITS, ALLOC, 0x9008, b"data"),
        Section::new(".text", PROGBITS, ALLOC, 0x9000, b"text!"),
        Section::new(".comment", PROGBITS, 0, 0x9100, b"comment"),
        Section::new(".bss", NOBITS, ALLOC, 0x9010, b"").sized(0x100),
    ]))
    .unwrap();
    assert_eq!(kernel.bytes(), b"text!\0\0\0data");
    assert_eq!(kernel.bss_size(), 0x9110 - 0x900c);
}

#[test]
fn hostile_kernels_are_refused() {
    let text = Section::new(".text", PROGBITS, ALLOC, 0x9000, b"text");
    let refused = |sections: &[Section<'_>], says: &str| {
        let e = Kernel::parse(&program(sections)).unwrap_err().to_string();
        assert!(e.contains(says), "{e}");
    };
    refused(&[Section::new("", PROGBITS, ALLOC, 0x8000, b"x")], "below 0x9000");
    refused(&[Section::new("", PROGBITS, ALLOC, 0x9001, b"x")], "not 0x9000");
    refused(&[Section::new("", PROGBITS, ALLOC, 0xffff_ffff, b"x"), text], "too big");
    refused(&[text, Section::new("", NOBITS, ALLOC, 0x9004, b"").sized(u32::MAX)], "too big");
    refused(&[text, Section::new("", PROGBITS, ALLOC, 0x9003, b"x")], "overlap");
    refused(&[Section::new("", PROGBITS, ALLOC, 0x9000, b"x").sized(100)], "ELF");
    refused(&[Section::new("", PROGBITS, 0, 0x9000, b"x")], "no section to load");
    refused(&[], "no section to load");
    let whole = program(&[text]);
    for len in 0..whole.len() {
        assert!(Kernel::parse(&whole[..len]).is_err(), "{len} bytes");
    }
}

/// Flips every bit of `bytes`, `step` bytes apart, and cuts it at as many places.
fn damage(files: &PlatformFiles, name: &str, modules: &[&str], step: usize) -> usize {
    let bytes = files.get(name).unwrap().to_vec();
    let mut refused = 0;
    let mut attempt = |bytes: &[u8]| {
        refused += usize::from(build(&with(files, name, bytes), modules).is_err());
    };
    for at in (0..bytes.len()).step_by(step) {
        let mut bad = bytes.clone();
        for bit in 0..8 {
            bad[at] = bytes[at] ^ (1 << bit);
            attempt(&bad);
        }
        attempt(&bytes[..at]);
    }
    refused
}

#[test]
fn no_damage_to_handmade_files_panics() {
    for name in files().names() {
        let refused = damage(&files(), name, &["a"], 1);
        // Every file but the boot sector's code has bytes that matter, and every one a length.
        assert!(refused > 0, "{name}");
    }
}

#[test]
fn no_damage_to_the_installed_files_panics() {
    let Some(files) = installed() else { return };
    let keep = ["boot.img", "diskboot.img", "lzma_decompress.img", "kernel.img", "moddep.lst"];
    let keep = keep.into_iter().chain(["fat.mod", "fshelp.mod"]);
    let few = keep.map(|n| (n.to_owned(), files.get(n).unwrap().clone()));
    let few = PlatformFiles::new(few.collect());
    build(&few, &["fat"]).unwrap();
    for name in few.names() {
        let len = few.get(name).unwrap().len();
        // The headers of an ELF file's sections lie at its end, so a step that is odd and small
        // against them meets every field.
        let refused = damage(&few, name, &["fat"], (len / 400) | 1);
        assert!(refused > 0, "{name}");
    }
}
