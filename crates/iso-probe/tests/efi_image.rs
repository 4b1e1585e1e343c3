//! The EFI image that the boot catalog points to, whatever it is called.
#![allow(clippy::disallowed_methods)] // tests read and write files
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use iso_probe::{IsoImage, Machine};
use std::io::Cursor;
use testbench::efi_programs::{fat_image, program, with_sections};
use testbench::raw_iso::{Iso, SECTOR};

/// A FAT image with a program for x64.
fn fat() -> Option<Vec<u8>> {
    fat_image(&[("/EFI/BOOT/BOOTX64.EFI", program(0x8664))])
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
fn bytes_of(image: &[u8], open: &IsoImage<'_>, path: &str) -> Vec<u8> {
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

/// Kernels that lie in the EFI image only, by the menus there: systemd-boot's, and GRUB's.
#[test]
fn menus_in_the_image_start_what_lies_there() {
    let kernel = [&[0; 0x1fe][..], b"\x55\xaa..HdrS\x0f\x02", &[1; 600]].concat();
    let initrd = testbench::raw_iso::cpio(&[("init", b"x")]);
    let entry = b"title One\nlinux /Kernel\ninitrd /one/initrd\noptions a=b c\n".to_vec();
    let grub = b"menuentry Two {\n linux /kernel d\n}\nmenuentry Elsewhere {\n linux /readme\n}\n";
    let Some(fat) = fat_image(&[
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
        fat_image(&[("/a/vmlinuz-6", one()), ("/EFI/Linux/x.efi", one()), ("/EFI/y.efi", one())])
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

/// A kernel's header, and an initrd.
fn kernel_and_initrd() -> (Vec<u8>, Vec<u8>) {
    let kernel = [&[0; 0x1fe][..], b"\x55\xaa..HdrS\x0f\x02", &[1; 600]].concat();
    (kernel, testbench::raw_iso::cpio(&[("init", b"x")]))
}

/// A unified kernel image.
fn unified() -> Vec<u8> {
    let (kernel, initrd) = kernel_and_initrd();
    let microcode = testbench::raw_iso::cpio(&[("kernel/x86/microcode/GenuineIntel.bin", b"y")]);
    let osrel = b"ID=x\nPRETTY_NAME=\"X 1\"\n";
    with_sections(&[
        (".text", &[0x90; 700]),
        (".osrel", osrel),
        (".cmdline", b"quiet console=tty0\n\0"),
        (".initrd", &initrd),
        (".ucode", &microcode),
        (".linux", &kernel),
    ])
}

/// Unified kernel images start by the sectors that their parts lie in, which GRUB's own driver reads.
#[test]
fn unified_kernels() {
    let (kernel, initrd) = kernel_and_initrd();
    let uki = unified();
    let entry = b"title Listed\nefi /EFI/x/one.efi\noptions a\n".to_vec();
    let tool = b"title A tool\nefi /tool.efi\n".to_vec();
    let Some(fat) = fat_image(&[
        ("/EFI/BOOT/BOOTX64.EFI", program(0x8664)),
        ("/EFI/Linux/x-1.efi", uki.clone()),
        ("/EFI/Linux/x-2.efi", uki.clone()),
        ("/EFI/x/one.efi", uki.clone()),
        ("/loader/entries/one.conf", entry),
        ("/loader/entries/tool.conf", tool),
        ("/tool.efi", program(0x8664)),
    ]) else {
        return;
    };
    let image = iso(&fat, 0xef, true);
    let mut open = IsoImage::open(Cursor::new(&image), image.len() as u64).unwrap();
    let facts = open.facts().clone();
    let inner = |path: &str| format!("/boot/uefi.bin:{path}");
    let entries: Vec<_> =
        facts.boot_entries.iter().map(|e| (&*e.title, &*e.kernel, e.args.join(" "))).collect();
    let part = |path: &str| inner(&format!("{path}:.linux"));
    let (listed, second, first) =
        (part("/EFI/x/one.efi"), part("/EFI/Linux/x-2.efi"), part("/EFI/Linux/x-1.efi"));
    let own = "quiet console=tty0".to_owned();
    let expected =
        [("Listed", &*listed, "a".to_owned()), ("X 1", &second, own.clone()), ("X 1", &first, own)];
    assert_eq!(entries, expected);
    let initrds = ["/EFI/x/one.efi:.ucode", "/EFI/x/one.efi:.initrd"].map(inner);
    assert_eq!(facts.boot_entries[0].initrds, initrds);
    assert_eq!(facts.kernels[&listed].machine, Some(Machine::X86_64));
    assert!(facts.suspects.is_empty(), "{:?}", facts.suspects);
    for path in initrds {
        open.read_initrd(&path).unwrap();
        assert_eq!(open.facts().initrds[&path].incomplete, None, "{path}");
    }
    // GRUB reads the same bytes from those sectors.
    let Some(fstest) = testbench::oracle("grub-fstest") else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.iso");
    std::fs::write(&path, &image).unwrap();
    let read = |sectors: &[(u64, u64)]| {
        let list: Vec<String> = sectors.iter().map(|(at, len)| format!("{at}+{len}")).collect();
        let list = format!("(loop0){}", list.join(","));
        fstest.run([path.to_str().unwrap(), "cat", &list]).expect_success("grub-fstest").stdout
    };
    for (name, bytes) in [(&listed, &kernel), (&inner("/EFI/x/one.efi:.initrd"), &initrd)] {
        let sectors = &facts.kernel_parts[name];
        let mut filled = bytes.clone();
        filled.resize(bytes.len().next_multiple_of(512), 0);
        assert_eq!(facts.size(name), Some(filled.len() as u64));
        assert!(read(sectors) == String::from_utf8_lossy(&filled), "{name}");
        assert!(bytes_of(&image, &open, name) == filled, "{name}");
        // Tamper: one sector too late.
        let late: Vec<(u64, u64)> = sectors.iter().map(|(at, len)| (at + 1, *len)).collect();
        assert!(read(&late) != String::from_utf8_lossy(&filled), "{name}");
    }
}

/// A program that firmware starts may be a unified kernel image itself; in an ISO's own files, too.
#[test]
fn a_unified_kernel_for_firmware() {
    let Some(fat) = fat_image(&[("/EFI/BOOT/BOOTX64.EFI", unified())]) else { return };
    let image = iso(&fat, 0xef, true);
    let facts = IsoImage::open(Cursor::new(&image), image.len() as u64).unwrap().into_facts();
    let kernels: Vec<&str> = facts.boot_entries.iter().map(|e| &*e.kernel).collect();
    assert_eq!(kernels, ["/boot/uefi.bin:/EFI/BOOT/BOOTX64.EFI:.linux"]);
    let mut iso = Iso::new("X", &["readme"]);
    iso.rock_ridge = true;
    iso.files.insert("EFI/Linux/a.efi".into(), unified());
    let image = iso.build();
    let facts = IsoImage::open(Cursor::new(&image), image.len() as u64).unwrap().into_facts();
    assert_eq!(facts.boot_entries[0].kernel, "/EFI/Linux/a.efi:.linux");
    assert!(facts.boot_entries[0].default);
}

/// A menu that lies in the EFI image only, and starts kernels of the ISO.
#[test]
fn a_menu_in_the_image_for_kernels_of_the_iso() {
    let (kernel, _) = kernel_and_initrd();
    let grub =
        b"search --set=root --file /readme\nmenuentry One {\n linux /vmlinuz a\n initrd /i\n}\n";
    let Some(fat) = fat_image(&[("/boot/grub/grub.cfg", grub.to_vec())]) else { return };
    let with = |own_menu: bool| {
        let mut iso = Iso::new("X", &["readme"]);
        iso.rock_ridge = true;
        iso.files.insert("boot/uefi.bin".into(), fat.clone());
        iso.files.insert("vmlinuz".into(), kernel.clone());
        if own_menu {
            let menu = b"menuentry Own {\n linux /vmlinuz b\n}\n".to_vec();
            iso.files.insert("boot/grub/grub.cfg".into(), menu);
        }
        iso.boot = vec![(0xef, 0, 0)];
        let mut image = iso.build();
        let at = image.windows(fat.len()).position(|w| w == fat).unwrap() / SECTOR;
        let start = 19 * SECTOR + 32 + 8;
        image[start..start + 4].copy_from_slice(&u32::try_from(at).unwrap().to_le_bytes());
        IsoImage::open(Cursor::new(&image), image.len() as u64).unwrap().into_facts()
    };
    let entries = |facts: &iso_probe::IsoFacts| -> Vec<(String, String, String)> {
        let entry =
            |e: &iso_probe::BootEntry| (e.config.clone(), e.kernel.clone(), e.args.join(" "));
        facts.boot_entries.iter().map(entry).collect()
    };
    let entry = |config: &str, args: &str| (config.into(), "/vmlinuz".into(), args.into());
    let facts = with(false);
    assert_eq!(entries(&facts), [entry("/boot/uefi.bin:/boot/grub/grub.cfg", "a")]);
    assert!(facts.configs.contains_key("/boot/uefi.bin:/boot/grub/grub.cfg"));
    assert!(facts.efi_images.is_empty(), "what it starts is in the ISO");
    // Beside a menu of the ISO's own it counts for nothing.
    assert_eq!(entries(&with(true)), [entry("/boot/grub/grub.cfg", "b")]);
}
