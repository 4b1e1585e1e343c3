//! Against `grub-mkimage` for the EFI platforms, of every GRUB at hand: the same file.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests start programs
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod common;

use common::{Grub, assert_same, sha256};
use grub_image::{Error, ImageOptions, Platform, PlatformFiles, mkimage};

const EFI: [Platform; 3] = [Platform::X86_64Efi, Platform::I386Efi, Platform::Arm64Efi];
const SEARCH: &str = "search.fs_uuid 1234-ABCD root\nset prefix=($root)'/boot/grub'\n";
const SBAT: &str = "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n";
const MENU: &[&str] = &[
    "part_msdos",
    "part_gpt",
    "fat",
    "ext2",
    "iso9660",
    "udf",
    "loopback",
    "linux",
    "chain",
    "normal",
    "gfxmenu",
    "gfxterm",
    "all_video",
    "png",
    "jpeg",
    "regexp",
    "probe",
    "search",
    "squash4",
    "gzio",
    "xzio",
    "memdisk",
    "tar",
    "efifwsetup",
    "tpm",
    "serial",
];

/// Option sets as (modules, prefix, config, memdisk, sbat).
type Set<'a> = (&'a [&'a str], &'a str, Option<&'a str>, Option<&'a [u8]>, Option<&'a str>);

/// Our file, which must be the tool's.
fn compare(files: &PlatformFiles, options: &ImageOptions<'_>, theirs: &[u8], what: &str) {
    let ours = mkimage::efi(files, options).unwrap();
    assert_same(ours.bytes(), theirs, what);
    let end = ours.sections().last().map_or(0, |s| (s.at + s.len) as usize);
    assert_eq!(end, theirs.len(), "{what}: the sections end elsewhere");
}

#[test]
fn files_equal_the_tools() {
    let odd: Vec<u8> = (0..70_001u32).map(|i| (i.wrapping_mul(i) >> 3) as u8).collect();
    let long_sbat = format!("{SBAT}grub,3,Free Software Foundation,grub,2.06,\n").repeat(40);
    let long_config = "# a comment line, and another\n".repeat(400);
    let long_prefix = format!("(hd0,msdos1)/{}", "long/".repeat(60));
    // The blob ends right at a page, or just before or behind it.
    let at = |len: usize| "x".repeat(len);
    let (page, before, behind) = (at(4096 - 24 - 8 - 8), at(4096 - 24 - 8 - 9), at(4096));
    let mut compared = 0;
    for grub in Grub::all() {
        for platform in EFI {
            // The installed GRUB has no package for ARM on a PC; the fetched ones do.
            let Some(files) = grub.files(platform) else { continue };
            let all: Vec<&str> = files.names().filter_map(|n| n.strip_suffix(".mod")).collect();
            let sets: &[Set<'_>] = &[
                (&[], "/", None, None, None),
                (&[], "", None, None, None),
                (&[], "/boot/grub", Some(""), None, None),
                (&[], "/boot/grub", None, None, Some(SBAT)),
                (&[], &page, None, None, None),
                (&[], &before, None, None, None),
                (&[], &behind, None, None, Some(&long_sbat)),
                (&["fat"], "/EFI/BOOT", None, None, None),
                (&["part_msdos", "part_gpt", "fat", "normal"], "/boot/grub", None, None, None),
                (&["normal", "fat", "part_gpt"], "/boot/grub", Some(SEARCH), None, None),
                (&["normal"], "/b", Some("1"), None, None),
                (&["normal"], "/bo", Some("1234"), None, None),
                (&["normal"], "/boo", Some("1234567"), None, Some(SBAT)),
                (&["normal"], "/boot", Some("12345678"), None, None),
                (&["loopback", "linux", "search"], &long_prefix, None, None, None),
                (&["memdisk", "tar", "normal"], "(memdisk)/boot/grub", None, Some(b"\x07"), None),
                (&["memdisk", "tar"], "/boot/grub", Some(SEARCH), Some(&odd), Some(SBAT)),
                (&["memdisk"], "/boot/grub", None, Some(&[]), None),
                (&["memdisk"], "/boot/grub", Some(&long_config), Some(&odd[..512]), None),
                (&["ext2", "ext2", "fat", "ext2.mod", "normal"], "/boot/grub", None, None, None),
                (&["crypto", "gcry_sha512", "zfs", "btrfs", "luks"], "/\u{e9}", None, None, None),
                (MENU, "(,gpt1)/boot/grub", Some(SEARCH), None, Some(SBAT)),
                (&all, "/boot/grub", Some(SEARCH), Some(&odd), Some(&long_sbat)),
            ];
            for (n, (modules, prefix, config, memdisk, sbat)) in sets.iter().enumerate() {
                // Not every build has every module.
                let has = |m: &&str| files.get(&format!("{}.mod", m.trim_end_matches(".mod")));
                let modules: Vec<&str> =
                    modules.iter().copied().filter(|m| has(m).is_ok()).collect();
                let (config, memdisk, sbat) = (*config, *memdisk, *sbat);
                let options = ImageOptions { modules: &modules, prefix, config, memdisk, sbat };
                let what = format!("{}, {platform}, set {n}", grub.name());
                compare(&files, &options, &grub.image(platform, &options), &what);
                compared += 1;
            }
            println!("{:10} {platform:10} {} sets", grub.name(), sets.len());
            assert!(sets.len() >= 20);
        }
    }
    println!("{compared} images equal");
}

#[test]
fn a_flipped_byte_is_noticed() {
    for grub in Grub::all() {
        for platform in EFI {
            let Some(files) = grub.files(platform) else { continue };
            let (modules, sbat) = (&["fat"], Some(SBAT));
            let options = ImageOptions { modules, sbat, ..ImageOptions::default() };
            let good = grub.image(platform, &options);
            let mut places = vec![0, 0x50, 0x84, 0x88, 0x98, 0xDE, 0x138, 0x180];
            for section in mkimage::efi(&files, &options).unwrap().sections() {
                places.extend([section.at as usize, (section.at + section.len - 1) as usize]);
            }
            for at in places {
                let mut bad = good.clone();
                bad[at] ^= 0x10;
                let compared =
                    std::panic::catch_unwind(|| compare(&files, &options, &bad, "tampered"));
                assert!(compared.is_err(), "byte {at:#x} may be anything");
            }
        }
    }
}

#[test]
fn both_refuse_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("image");
    for grub in Grub::all() {
        let Some(files) = grub.files(Platform::X86_64Efi) else { continue };
        let modules = &["no_such_module"];
        let options = ImageOptions { modules, ..ImageOptions::default() };
        let ran = grub.run(Platform::X86_64Efi, &options, &out);
        ran.expect_objection(
            1,
            "no_such_module.mod': No such file",
            "grub-mkimage, unknown module",
        );
        let e = mkimage::efi(&files, &options).unwrap_err();
        assert!(matches!(e, Error::MissingModule { .. }), "{e}");

        // SBAT data belongs to EFI.
        let options = ImageOptions { sbat: Some(SBAT), ..ImageOptions::default() };
        let Some(pc) = grub.files(Platform::I386Pc) else { continue };
        let ran = grub.run(Platform::I386Pc, &options, &out);
        let words = match grub.name() {
            "forky" => "SBAT data can be added only to EFI",
            _ => ".sbat section can be embedded into EFI images only",
        };
        ran.expect_objection(1, words, "grub-mkimage, SBAT for a BIOS");
        let e = mkimage::i386_pc(&pc, &options).unwrap_err();
        assert_eq!(e, Error::SbatNotEfi { platform: Platform::I386Pc });
        let e = mkimage::i386_pc(&files, &ImageOptions::default()).unwrap_err();
        assert!(matches!(e, Error::WrongPlatform { wanted: "i386-pc", .. }), "{e}");
    }
}

#[test]
fn t8_known_image() {
    let Some(grub) = Grub::all().into_iter().find(|g| g.name() == "bookworm") else { return };
    let files = grub.files(Platform::X86_64Efi).unwrap();
    let kernel = "3eda4d328c160054319419dfbf72cd4c59de300b12d66f1e3d65504642c5bd0e";
    if sha256(files.get("kernel.img").unwrap()) != kernel {
        testbench::inapplicable("the vector is of GRUB 2.06-13+deb12u2, another was fetched");
        return;
    }
    let modules = &["part_msdos", "part_gpt", "fat", "normal"];
    let prefix = "/boot/grub";
    let options = ImageOptions { modules, prefix, ..ImageOptions::default() };
    let image = mkimage::efi(&files, &options).unwrap();
    assert_eq!(image.bytes().len(), 454_656);
    let sections: Vec<_> = image.sections().iter().map(|s| (s.name, s.at, s.len)).collect();
    let expected = [
        (".text", 0x1000, 0xC000),
        (".data", 0xD000, 0x10000),
        ("mods", 0x1D000, 0x51000),
        (".reloc", 0x6E000, 0x1000),
    ];
    assert_eq!(sections, expected);
    assert_eq!(
        sha256(image.bytes()),
        "63cf6331ccd6473253099e6fa3ffe8288df7becb0bcb3ce9ce291c9d0e753427"
    );
    assert_eq!(
        (image.platform(), image.platform().boot_file()),
        (Platform::X86_64Efi, Some("BOOTX64.EFI"))
    );
    assert_eq!(image.build().version.as_deref(), Some("2.06-13+deb12u2"));
}
