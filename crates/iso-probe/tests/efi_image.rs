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

/// The bytes of a file, by its place in the image.
fn bytes_of(image: &[u8], open: &IsoImage<Cursor<&Vec<u8>>>, path: &str) -> Vec<u8> {
    let piece = |&(at, len): &(u64, u64)| &image[at as usize..][..len as usize];
    open.locate(path).unwrap().extents.iter().flat_map(piece).copied().collect()
}

#[test]
fn the_catalog_names_the_image() {
    let Some(fat) = fat() else { return };
    let name = "/boot/uefi.bin:/EFI/BOOT/BOOTX64.EFI";
    let image = iso(&fat, 0xef, true);
    let open = IsoImage::open(Cursor::new(&image), image.len() as u64).unwrap();
    assert_eq!(open.facts().efi_programs.get(name), Some(&Machine::X86_64));
    assert!(bytes_of(&image, &open, name) == program(0x8664), "another file");
    // An image for a BIOS is not looked into, nor one that only lies there.
    for (platform, pointed) in [(0, true), (0xef, false)] {
        let image = iso(&fat, platform, pointed);
        let facts = IsoImage::open(Cursor::new(&image), image.len() as u64).unwrap().into_facts();
        assert!(facts.efi_programs.is_empty(), "{platform} {pointed}: {:?}", facts.efi_programs);
    }
}

/// A FAT image that holds these files, made by mtools.
fn fat_of(files: &[(&str, Vec<u8>)]) -> Option<Vec<u8>> {
    let (mformat, mmd, mcopy) =
        (testbench::oracle("mformat")?, testbench::oracle("mmd")?, testbench::oracle("mcopy")?);
    let dir = tempfile::tempdir().unwrap();
    let (image, file) = (dir.path().join("fat"), dir.path().join("x"));
    let (image, file) = (image.to_str().unwrap(), file.to_str().unwrap());
    mformat.run(["-i", image, "-C", "-f", "1440", "::"]).expect_success("mformat");
    for (path, bytes) in files {
        std::fs::write(file, bytes).unwrap();
        let mut folders: Vec<&str> = path.match_indices('/').map(|(at, _)| &path[..at]).collect();
        folders.retain(|folder| !folder.is_empty());
        for folder in folders {
            mmd.run(["-i", image, "-D", "s", &format!("::{folder}")]);
        }
        mcopy.run(["-i", image, file, &format!("::{path}")]).expect_success("mcopy");
    }
    Some(std::fs::read(image).unwrap())
}

/// Kernels that lie in the EFI image only, by the menus there: systemd-boot's, and GRUB's.
#[test]
fn menus_in_the_image_start_what_lies_there() {
    let kernel = [&[0; 0x1fe][..], b"\x55\xaa..HdrS\x0f\x02", &[1; 600]].concat();
    let initrd = testbench::raw_iso::cpio(&[("init", b"x")]);
    let entry = b"title One\nlinux /Kernel\ninitrd /one/initrd\noptions a=b c\n".to_vec();
    let grub = b"menuentry Two {\n linux /kernel d\n}\nmenuentry Elsewhere {\n linux /readme\n}\n";
    let Some(fat) = fat_of(&[
        ("/Kernel", kernel.clone()),
        ("/one/initrd", initrd.clone()),
        ("/loader/entries/one.conf", entry),
        ("/EFI/BOOT/grub.cfg", grub.to_vec()),
        ("/EFI/BOOT/BOOTX64.EFI", program(0x8664)),
    ]) else {
        return;
    };
    let image = iso(&fat, 0xef, true);
    let mut open = IsoImage::open(Cursor::new(&image), image.len() as u64).unwrap();
    let inner = |path: &str| format!("/boot/uefi.bin:{path}");
    let facts = open.facts().clone();
    let entries: Vec<_> = facts.boot_entries.iter().map(|e| (&e.title, &e.kernel)).collect();
    let one = facts.boot_entries.iter().find(|e| e.title == "One").unwrap();
    assert_eq!((&one.kernel, &one.args), (&inner("/Kernel"), &vec!["a=b".into(), "c".into()]));
    assert_eq!(one.initrds, [inner("/one/initrd")]);
    assert_eq!(one.config, inner("/loader/entries"));
    assert!(entries.contains(&(&"Two".to_owned(), &inner("/Kernel"))), "{entries:?}");
    assert_eq!(entries.len(), 2, "one of the menu's kernels is in the ISO, not here: {entries:?}");
    let place = &facts.efi_images["/boot/uefi.bin"];
    assert!(place.is_file && place.len == fat.len() as u64);
    let start = usize::try_from(place.start).unwrap();
    assert_eq!(image[start..start + fat.len()], fat);
    assert_eq!(facts.size(&inner("/one/initrd")), Some(initrd.len() as u64));
    assert!(facts.paths.keys().all(|path| !path.contains(':')), "they are not listed as the ISO's");
    // They are looked at like others.
    assert!(facts.kernels.contains_key(&inner("/Kernel")) && facts.suspects.is_empty());
    assert_eq!(facts.unread_initrds, [inner("/one/initrd")]);
    open.read_initrd(&inner("/one/initrd")).unwrap();
    assert!(open.facts().initrds[&inner("/one/initrd")].names.contains("init"));
    assert!(bytes_of(&image, &open, &inner("/Kernel")) == kernel, "another file");
}

/// Without a menu, kernels in the image are known by their names; nothing is started.
#[test]
fn kernels_in_the_image_without_a_menu() {
    let one = || b"x".to_vec();
    let Some(fat) =
        fat_of(&[("/a/vmlinuz-6", one()), ("/EFI/Linux/x.efi", one()), ("/EFI/y.efi", one())])
    else {
        return;
    };
    let image = iso(&fat, 0xef, true);
    let facts = IsoImage::open(Cursor::new(&image), image.len() as u64).unwrap().into_facts();
    let files: Vec<&String> = facts.efi_images["/boot/uefi.bin"].files.keys().collect();
    assert_eq!(files, ["/boot/uefi.bin:/EFI/Linux/x.efi", "/boot/uefi.bin:/a/vmlinuz-6"]);
    assert!(facts.boot_entries.is_empty());
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
    assert!(facts.efi_images.is_empty(), "no menu starts anything there");
}
