//! The EFI image that the boot catalog points to, whatever it is called.
#![allow(clippy::disallowed_methods)] // tests read and write files
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use iso_probe::{IsoImage, Machine};
use std::io::Cursor;
use testbench::efi_programs::program;
use testbench::raw_iso::{Iso, SECTOR};

/// A FAT image with a program for x64, made by mtools.
fn fat() -> Option<Vec<u8>> {
    let (mformat, mmd, mcopy) =
        (testbench::oracle("mformat")?, testbench::oracle("mmd")?, testbench::oracle("mcopy")?);
    let dir = tempfile::tempdir().unwrap();
    let (image, file) = (dir.path().join("fat"), dir.path().join("x.efi"));
    std::fs::write(&file, program(0x8664)).unwrap();
    let (image, file) = (image.to_str().unwrap(), file.to_str().unwrap());
    mformat.run(["-i", image, "-C", "-f", "1440", "::"]).expect_success("mformat");
    mmd.run(["-i", image, "::/EFI", "::/EFI/BOOT"]).expect_success("mmd");
    mcopy.run(["-i", image, file, "::/EFI/BOOT/BOOTX64.EFI"]).expect_success("mcopy");
    Some(std::fs::read(image).unwrap())
}

/// An ISO with the FAT image in `/boot/uefi.bin`; the catalog's entry is for `platform` and points to
/// that file, or to nothing that is one.
fn iso(fat: &[u8], platform: u8, pointed: bool) -> Vec<u8> {
    let mut iso = Iso::new("X", &["readme"]);
    iso.rock_ridge = true;
    iso.files.insert("boot/uefi.bin".into(), fat.to_vec());
    iso.boot = vec![(platform, 0, 0)];
    let mut image = iso.build();
    let at = image.windows(fat.len()).position(|w| w == fat).unwrap() / SECTOR;
    // The catalog follows the three descriptors; its default entry, the validation entry.
    let start = 19 * SECTOR + 32 + 8;
    let at = if pointed { u32::try_from(at).unwrap() } else { 1 };
    image[start..start + 4].copy_from_slice(&at.to_le_bytes());
    image
}

#[test]
fn the_catalog_names_the_image() {
    let Some(fat) = fat() else { return };
    let name = "/boot/uefi.bin:/EFI/BOOT/BOOTX64.EFI";
    let image = iso(&fat, 0xef, true);
    let open = IsoImage::open(Cursor::new(&image), image.len() as u64).unwrap();
    assert_eq!(open.facts().efi_programs.get(name), Some(&Machine::X86_64));
    let lies = open.locate(name).unwrap();
    let piece = |&(at, len): &(u64, u64)| &image[at as usize..][..len as usize];
    let found: Vec<u8> = lies.extents.iter().flat_map(piece).copied().collect();
    assert!(found == program(0x8664), "another file");
    // An image for a BIOS is not looked into, nor one that only lies there.
    for (platform, pointed) in [(0, true), (0xef, false)] {
        let image = iso(&fat, platform, pointed);
        let facts = IsoImage::open(Cursor::new(&image), image.len() as u64).unwrap().into_facts();
        assert!(facts.efi_programs.is_empty(), "{platform} {pointed}: {:?}", facts.efi_programs);
    }
}

/// Many ISOs have the image outside of their files.
#[test]
fn an_image_that_is_no_file() {
    let Some(fat) = fat() else { return };
    let mut image = iso(&fat, 0xef, false);
    let behind = u32::try_from(image.len() / SECTOR).unwrap();
    image.extend(&fat);
    let start = 19 * SECTOR + 32 + 8;
    image[start..start + 4].copy_from_slice(&behind.to_le_bytes());
    let facts = IsoImage::open(Cursor::new(&image), image.len() as u64).unwrap().into_facts();
    let names: Vec<&str> = facts.efi_programs.keys().map(String::as_str).collect();
    assert_eq!(names, ["/[EFI boot image]:/EFI/BOOT/BOOTX64.EFI"]);
}
