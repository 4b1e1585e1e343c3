//! Files of two builds in one image, or beside each other: refused, and both are named.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests read GRUB's files
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod common;

use common::{Grub, handmade, with};
use grub_image::{
    CoreImage, EmbeddingArea, Error, ImageOptions, Payload, Platform, PlatformFiles, Redundancy,
    bios_setup, mkimage,
};

/// The handmade files with a modinfo.sh that tells the version.
fn of_version(version: &str) -> PlatformFiles {
    let modinfo = format!(
        "grub_modinfo_target_cpu=i386\ngrub_modinfo_platform=pc\ngrub_package_version=\"{version}\"\n"
    );
    with(&handmade(Platform::I386Pc), "modinfo.sh", modinfo.as_bytes())
}

#[test]
fn a_core_and_other_files_are_not_used_together() {
    let (old, new) = (of_version("2.06-13"), of_version("2.14-4"));
    let options = ImageOptions { modules: &["a"], ..ImageOptions::default() };
    let payload = Payload::i386_pc(&old, &options).unwrap();
    let core = CoreImage::assemble(&old, &payload, vec![7; 100]).unwrap();
    let mut sector0 = [0; 512];
    sector0[510..].copy_from_slice(&[0x55, 0xaa]);
    let gap = EmbeddingArea::mbr_gap([2048]).unwrap();
    let install =
        |files| bios_setup::install(files, &core, &sector0, &gap, Redundancy::None).map(|_| ());
    install(&old).unwrap();
    for e in [install(&new), CoreImage::assemble(&new, &payload, vec![7; 100]).map(|_| ())] {
        let said = e.unwrap_err().to_string();
        assert!(said.contains("2.06-13") && said.contains("2.14-4"), "{said}");
    }
    // The directory that goes onto the key beside the core.
    core.build().check_same("core.img", &old.build().unwrap(), "the modules").unwrap();
    assert!(core.build().check_same("core.img", &new.build().unwrap(), "the modules").is_err());
}

#[test]
fn a_module_that_contradicts_moddep_lst_is_of_another_build() {
    let files = with(&handmade(Platform::I386Pc), "moddep.lst", b"a:\nb:\n");
    let options = ImageOptions { modules: &["a"], ..ImageOptions::default() };
    let e = Payload::i386_pc(&files, &options).unwrap_err();
    let (says, list) = ("b".to_owned(), "nothing".to_owned());
    assert_eq!(e, Error::ForeignModule { module: "a".to_owned(), says, list });
}

#[test]
fn real_directories_mixed() {
    let mut builds = Grub::all().into_iter().filter(|g| g.name() != "installed");
    let (Some(old), Some(new)) = (builds.next(), builds.next()) else { return };
    for platform in Platform::ALL {
        let (old, new) = (old.files(platform).unwrap(), new.files(platform).unwrap());
        assert_ne!(old.build().unwrap(), new.build().unwrap());
        // The new one's modules under the old one's lists.
        let mut mixed = old.clone();
        for (name, bytes) in new.iter().filter(|(name, _)| name.ends_with(".mod")) {
            mixed = with(&mixed, name, bytes);
        }
        let modules = &["normal", "linux", "search", "gfxmenu", "chain", "loopback"];
        let options = ImageOptions { modules, ..ImageOptions::default() };
        let made = |files| match platform {
            Platform::I386Pc => Payload::i386_pc(files, &options).map(|_| ()),
            _ => mkimage::efi(files, &options).map(|_| ()),
        };
        made(&old).unwrap();
        made(&new).unwrap();
        assert!(matches!(made(&mixed), Err(Error::ForeignModule { .. })), "{platform}");
    }
}
