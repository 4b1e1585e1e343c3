//! GRUB and shim in the packages of Fedora and openSUSE.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod common;

use common::{environment, platform_files};
use input_file::sha256_hex;
use key_inputs::{Error, Platform, locate, locate_signed};
use std::fs;
use std::path::PathBuf;
use testbench::rpm_packages::RpmPackage;

/// GRUB is found in Fedora's and openSUSE's packages, by the paths that each distribution uses.
#[test]
fn grub_is_found_in_the_packages_of_fedora_and_opensuse() {
    let dir = tempfile::tempdir().unwrap();
    let env = environment(dir.path());
    let write = |package: &RpmPackage, name: &str| package.write(&dir.path().join(name));
    let modules = |name: &str, place: &str, platform: &str, version: &str, release: &str| {
        let files = platform_files(platform, version).into_iter();
        files.fold(RpmPackage::new(name, version, release), |p, (n, b)| {
            p.file(&format!("./{place}/{platform}/{n}"), b)
        })
    };
    let fedora = |platform, release| {
        let name = format!("grub2-{platform}-modules");
        modules(&name, "usr/lib/grub", platform, "2.12", release)
    };
    let bios = write(&fedora("i386-pc", "28.fc42"), "bios.rpm");
    let efi = write(&fedora("x86_64-efi", "28.fc42"), "efi.rpm");
    let tools = RpmPackage::new("grub2-common", "2.12", "28.fc42");
    let font = write(&tools.file("./usr/share/grub/unicode.pf2", "font"), "common.rpm");
    let wanted = [Platform::I386Pc, Platform::X86_64Efi];
    let given = [bios.clone(), efi, font];
    let build = locate(&wanted, &given, &env).unwrap();
    for files in &build.platforms {
        assert_eq!(files.origin.version.as_deref(), Some("2.12-28.fc42"));
    }
    assert_eq!(&build.font.unwrap().bytes[..], b"font");
    let sums: Vec<_> = build.packages.iter().map(|p| p.sha256.clone()).collect();
    let expected: Vec<_> = given.iter().map(|p| sha256_hex(&fs::read(p).unwrap())).collect();
    assert_eq!(sums, expected);
    // Another release of the same version is another build.
    let other = write(&fedora("x86_64-efi", "29.fc42"), "other.rpm");
    let e = locate(&wanted, &[bios, other], &env).unwrap_err();
    assert!(matches!(e, Error::MixedGrub { .. }), "{e}");

    let suse = modules("grub2-i386-pc", "usr/share/grub2", "i386-pc", "2.12", "1.1");
    let suse: PathBuf = write(&suse.compressor(".xz", "xz"), "suse.rpm");
    assert!(locate(&[Platform::I386Pc], &[suse], &env).is_ok());

    let shim = RpmPackage::new("shim-x64", "15.8", "3")
        .file("./boot/efi/EFI/BOOT/BOOTX64.EFI", "shim")
        .file("./boot/efi/EFI/fedora/shimx64.efi", "shim")
        .file("./boot/efi/EFI/fedora/mmx64.efi", "mok");
    let cd = RpmPackage::new("grub2-efi-x64-cdboot", "2.12", "28.fc42")
        .file("./boot/efi/EFI/fedora/gcdx64.efi", "grub");
    let given = [write(&shim, "shim.rpm"), write(&cd, "cd.rpm")];
    let found = locate_signed(Platform::X86_64Efi, &given, &env).unwrap();
    assert_eq!(found.shim.asset.bytes[..], *b"shim");
    assert_eq!(found.grub.asset.origin.package.as_deref(), Some("grub2-efi-x64-cdboot"));

    let text = dir.path().join("text");
    fs::write(&text, "neither").unwrap();
    let e = locate(&wanted, &[text], &env).unwrap_err();
    assert!(matches!(e, Error::Package(packages::Error::NotAPackage { .. })), "{e}");
}
