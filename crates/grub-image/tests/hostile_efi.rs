//! EFI kernels that are damaged: an error that names the file, or an image that is whole.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests read GRUB's files
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod common;

use common::{Grub, handmade, module, with};
use grub_image::{EfiImage, Error, ImageOptions, Platform, PlatformFiles, mkimage};
use std::collections::BTreeMap;
use testbench::handmade_grub::efi_kernel;

const PLATFORMS: [Platform; 3] = [Platform::X86_64Efi, Platform::I386Efi, Platform::Arm64Efi];

/// Links the kernel; what is taken must be a file whose parts lie one behind the other.
fn link(kernel_img: &[u8]) -> Result<EfiImage, Error> {
    let files = [("kernel.img", kernel_img), ("moddep.lst", b"")];
    let files = files.map(|(name, bytes)| (name.to_owned(), bytes.into()));
    let options = ImageOptions { prefix: "/boot/grub", ..ImageOptions::default() };
    let image = mkimage::efi(&PlatformFiles::new(BTreeMap::from(files)), &options)?;
    let end = image.sections().iter().fold(0x1000, |at, s| {
        assert_eq!((s.at, s.len % 0x1000), (at, 0));
        at + s.len
    });
    assert_eq!(image.bytes().len(), end as usize);
    Ok(image)
}

#[test]
fn handmade_kernels_are_linked() {
    for platform in PLATFORMS {
        let image = link(&efi_kernel(platform.name())).unwrap();
        assert_eq!(image.platform(), platform);
        let names: Vec<_> = image.sections().iter().map(|s| s.name).collect();
        assert_eq!(names, [".text", ".data", "mods", ".reloc"]);
        // `datum` is 8 bytes into .data, which starts a page behind .text: the addresses that
        // .data's own relocations leave there are those of what it names, plus 4 where the
        // entries have an addend.
        let start = image.sections()[0].at;
        let place = image.sections()[1].at as usize;
        let found = u32::from_le_bytes(image.bytes()[place..place + 4].try_into().unwrap());
        let addend = if platform == Platform::I386Efi { 0 } else { 4 };
        assert_eq!(found, (start + 4 + addend).wrapping_add(0x1111_1111), "{platform}");
    }
}

/// Flips every bit of the file, `step` bytes apart, and cuts it at as many places. Gives the
/// number of files that were refused, and that of those that were not.
fn damage(kernel_img: &[u8], step: usize) -> (usize, usize) {
    let (mut refused, mut taken) = (0, 0);
    let mut attempt = |bytes: &[u8]| match link(bytes) {
        Ok(_) => taken += 1,
        Err(e) => {
            let said = e.to_string();
            assert!(!said.chars().any(char::is_control), "{said:?}");
            refused += 1;
        }
    };
    let mut bad = kernel_img.to_vec();
    for at in (0..kernel_img.len()).step_by(step) {
        for bit in 0..8 {
            bad[at] = kernel_img[at] ^ (1 << bit);
            attempt(&bad);
        }
        bad[at] = kernel_img[at];
        attempt(&kernel_img[..at]);
    }
    (refused, taken)
}

#[test]
fn no_damage_to_handmade_kernels_panics() {
    for platform in PLATFORMS {
        let (refused, taken) = damage(&efi_kernel(platform.name()), 1);
        println!("{platform}: {refused} refused, {taken} linked");
        assert!(refused > 1000 && taken > 1000, "{platform}: {refused} and {taken}");
    }
}

#[test]
fn no_damage_to_the_installed_kernels_panics() {
    for grub in Grub::all() {
        for platform in PLATFORMS {
            let Some(files) = grub.files(platform) else { continue };
            let kernel = files.get("kernel.img").unwrap();
            link(kernel).unwrap();
            // Odd and unlike the size of any entry, so that all their fields are met.
            let (refused, _) = damage(kernel, (kernel.len() / 40) | 1);
            assert!(refused > 0, "{} {platform}", grub.name());
        }
    }
}

#[test]
fn names_out_of_a_file_do_nothing_to_a_terminal() {
    let files = handmade(Platform::I386Pc);
    let says = |modinfo: &[u8]| {
        let files = with(&files, "modinfo.sh", modinfo);
        files.platform().map_err(|e| e.to_string())
    };
    let e = says(b"grub_modinfo_target_cpu=\x1b[2J\ngrub_modinfo_platform=efi\n").unwrap_err();
    assert!(e.contains("\\u{1b}[2J-efi"), "{e}");
    let b = module("b\x1b", &[]);
    let options = ImageOptions { modules: &["b"], prefix: "/", ..ImageOptions::default() };
    let e = mkimage::i386_pc(&with(&files, "b.mod", &b), &options).unwrap_err().to_string();
    assert!(e.contains("`b\\u{1b}`"), "{e}");
}
