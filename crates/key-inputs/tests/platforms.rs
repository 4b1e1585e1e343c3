//! Tests of GRUB for several platforms at once, in the places of several distributions, and never
//! two builds of it on one key.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod common;

use Platform::{Arm64Efi, I386Efi, I386Pc, X86_64Efi};
use common::{Machine, Package, Repo, grub_bin, grub_common, grub_pc_bin};
use key_inputs::{
    Error, PlaceKind, Platform, Wishes, candidates, fetch_packages, grub_requests, locate,
    locate_signed,
};
use key_spec::ErrorFamily;
use std::fs;
use std::path::PathBuf;

impl Machine {
    fn file(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn deb(&self, platform: Platform, version: &str) -> PathBuf {
        let path = self.path(&format!("{platform}_{version}.deb"));
        grub_bin(platform.package(), platform.name(), version).write(&path)
    }

    /// The platforms found and the version of each.
    fn locate(
        &self,
        wanted: &[Platform],
        explicit: &[PathBuf],
    ) -> Result<Vec<(Platform, String)>, Error> {
        let build = locate(wanted, explicit, &self.env)?;
        let of = |f: key_inventory::Grub| (f.platform, f.origin.version.unwrap());
        Ok(build.platforms.into_iter().map(of).collect())
    }

    fn mixed(&self, wanted: &[Platform], explicit: &[PathBuf]) -> String {
        let e = self.locate(wanted, explicit).unwrap_err();
        assert!(matches!(e, Error::MixedGrub { .. }), "{e}");
        assert_eq!(e.family(), ErrorFamily::Usage);
        e.to_string()
    }
}

fn all_of(version: &str) -> Vec<(Platform, String)> {
    Platform::ALL.map(|p| (p, version.to_owned())).to_vec()
}

#[test]
fn each_distributions_places_are_known_for_each_platform() {
    for place in ["usr/lib/grub", "usr/share/grub2", "usr/lib/grub2", "usr/local/lib/grub"] {
        let m = Machine::new();
        for platform in Platform::ALL {
            m.install_platform(&format!("root/{place}"), platform, "2.12");
        }
        assert_eq!(m.locate(&Platform::ALL, &[]).unwrap(), all_of("2.12"), "{place}");
        // The order is that in which platforms are wanted, and other platforms are not read.
        let huge = m.path(&format!("root/{place}/i386-pc/huge.mod"));
        fs::File::create(huge).unwrap().set_len(1 << 40).unwrap();
        let some = m.locate(&[Arm64Efi, X86_64Efi], &[]).unwrap();
        assert_eq!(some.iter().map(|s| s.0).collect::<Vec<_>>(), [Arm64Efi, X86_64Efi]);
        assert!(m.locate(&[I386Pc], &[]).is_err());
    }
}

#[test]
fn given_packages_and_directories_complete_each_other_if_of_one_build() {
    let m = Machine::new();
    let debs = Platform::ALL.map(|p| m.deb(p, "2.06-13"));
    assert_eq!(m.locate(&Platform::ALL, &debs).unwrap(), all_of("2.06-13"));
    // A platform that is not wanted may be given.
    assert_eq!(m.locate(&[I386Efi], &debs).unwrap().len(), 1);
    // A directory of the same build may be given beside a package, also a platform's own directory.
    let dir = m.install_platform("given", X86_64Efi, "2.06-13");
    let expected = [(I386Pc, "2.06-13".to_owned()), (X86_64Efi, "2.06-13".to_owned())];
    assert_eq!(m.locate(&[I386Pc, X86_64Efi], &[debs[0].clone(), dir.clone()]).unwrap(), expected);
    let platform = dir.join("x86_64-efi");
    assert_eq!(m.locate(&[I386Pc, X86_64Efi], &[platform, debs[0].clone()]).unwrap(), expected);
    // A renamed platform directory is known by its modinfo.sh.
    fs::rename(dir.join("x86_64-efi"), dir.join("renamed")).unwrap();
    let renamed = dir.join("renamed");
    assert_eq!(m.locate(&[X86_64Efi], std::slice::from_ref(&renamed)).unwrap().len(), 1);
    let e = m.locate(&[I386Pc], &[renamed]).unwrap_err().to_string();
    assert!(e.contains("grub-pc-bin; there are those for x86_64-efi"), "{e}");
}

#[test]
fn two_builds_are_refused_and_both_are_named() {
    let m = Machine::new();
    let wanted = [I386Pc, X86_64Efi];
    let (pc, efi) = (m.deb(I386Pc, "2.06-13+deb12u2"), m.deb(X86_64Efi, "2.12-9"));
    let text = m.mixed(&wanted, &[pc.clone(), efi.clone()]);
    assert!(text.contains("grub-pc-bin has GRUB 2.06-13+deb12u2"), "{text}");
    assert!(text.contains("grub-efi-amd64-bin has GRUB 2.12-9"), "{text}");
    // Each alone is fine.
    assert_eq!(m.locate(&[I386Pc], &[pc.clone(), efi]).unwrap()[0].1, "2.06-13+deb12u2");
    // A security update is another build; a rebuild is not.
    m.mixed(&wanted, &[pc.clone(), m.deb(X86_64Efi, "2.06-13+deb12u1")]);
    assert!(m.locate(&wanted, &[pc.clone(), m.deb(X86_64Efi, "2.06-13+deb12u2+b1")]).is_ok());
    // Directories, and one of each.
    let two = m.install_platform("two", I386Pc, "2.06");
    m.install_platform("two", X86_64Efi, "2.12");
    let text = m.mixed(&wanted, &[two]);
    assert!(text.contains("(i386-pc) has GRUB 2.06") && text.contains("2.12"), "{text}");
    let dir = m.install_platform("one", X86_64Efi, "2.12");
    m.mixed(&wanted, &[pc.clone(), dir.clone()]);
    // The font's package too.
    let font = m.path("font.deb");
    grub_common("2.12-9").write(&font);
    m.mixed(&[I386Pc], &[pc.clone(), font]);
    // A build of unknown version is not taken for the same.
    fs::remove_file(dir.join("x86_64-efi/modinfo.sh")).unwrap();
    let text = m.mixed(&wanted, &[m.install_platform("known", I386Pc, "2.12"), dir]);
    assert!(text.contains("of unknown version"), "{text}");

    // Installed and fetched.
    m.install_platform("root/usr/lib/grub", I386Pc, "2.06");
    m.install_platform("root/usr/local/lib/grub", X86_64Efi, "2.14");
    m.mixed(&wanted, &[]);
    m.cache("grub-pc-bin_amd64", &grub_pc_bin("2.06-1"));
    m.cache("grub-efi-amd64-bin_amd64", &grub_bin("grub-efi-amd64-bin", "x86_64-efi", "2.06-2"));
    m.mixed(&wanted, &[]);
}

#[test]
fn the_cache_is_not_completed_by_the_system() {
    let m = Machine::new();
    m.install_platform("root/usr/lib/grub", X86_64Efi, "2.06-1");
    m.install_platform("root/usr/lib/grub", I386Pc, "2.06-1");
    m.cache("grub-pc-bin_amd64", &grub_pc_bin("2.06-1"));
    let e = m.locate(&[I386Pc, X86_64Efi], &[]).unwrap_err();
    let text = e.to_string();
    assert!(text.contains("holds no GRUB for x86_64-efi"), "{text}");
    assert!(text.contains("grub-efi-amd64-bin") && text.contains("`bootkey grub fetch`"), "{text}");
    // Where no wanted platform was fetched, the system's is taken.
    assert_eq!(m.locate(&[X86_64Efi], &[]).unwrap()[0].1, "2.06-1");
}

#[test]
fn what_lacks_is_named_with_its_package() {
    let m = Machine::new();
    m.install_platform("root/usr/lib/grub", I386Pc, "2.06");
    let e = m.locate(&[I386Pc, Arm64Efi], &[]).unwrap_err().to_string();
    assert!(e.contains("(arm64-efi) were not found"), "{e}");
    assert!(e.contains("apt-get install grub-efi-arm64-bin"), "{e}");
    let efi = m.install_platform("given", X86_64Efi, "2.06");
    fs::remove_file(efi.join("x86_64-efi/kernel.img")).unwrap();
    let e = m.locate(&[X86_64Efi], &[efi]).unwrap_err().to_string();
    assert!(e.contains("lacks kernel.img;"), "{e}");
}

#[test]
fn each_place_is_listed_for_each_platform() {
    let m = Machine::new();
    m.install_platform("root/usr/lib/grub", X86_64Efi, "2.06");
    m.install_platform("root/usr/share/grub2", I386Pc, "2.12");
    m.cache("grub-pc-bin_amd64", &grub_pc_bin("2.14"));
    let all = candidates(&Platform::ALL, &[], &m.env);
    let chosen: Vec<_> = all.iter().filter(|c| c.chosen).map(|c| (c.platform, c.kind)).collect();
    assert_eq!(chosen, [(I386Pc, PlaceKind::Fetched), (X86_64Efi, PlaceKind::Installed)]);
    let there = all.iter().filter(|c| matches!(c.found, Ok(Some(_)))).count();
    assert_eq!(there, 3);
}

#[test]
fn shim_and_signed_grub_are_found_in_each_distributions_places() {
    let debian = [
        "usr/lib/shim/shimx64.efi.signed",
        "usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed",
        "usr/lib/shim/mmx64.efi.signed",
        "usr/lib/shim/fbx64.efi.signed",
    ];
    let fedora = [
        "boot/efi/EFI/fedora/shimx64.efi",
        "boot/efi/EFI/fedora/gcdx64.efi",
        "boot/efi/EFI/fedora/mmx64.efi",
        "boot/efi/EFI/BOOT/fbx64.efi",
    ];
    let suse = ["shim.efi", "grub.efi", "MokManager.efi", "fallback.efi"]
        .map(|f| format!("usr/share/efi/x86_64/{f}"));
    for files in [debian, fedora, suse.each_ref().map(String::as_str)] {
        let m = Machine::new();
        for file in files {
            m.file(&format!("root/{file}"), file);
        }
        let found = locate_signed(X86_64Efi, &[], &m.env).unwrap();
        let all = [found.shim, found.grub, found.mok_manager.unwrap()];
        for (program, file) in all.iter().zip(files) {
            assert_eq!(program.asset.bytes[..], *file.as_bytes());
            assert_eq!(Some(program.name.as_str()), file.rsplit('/').next());
        }
        assert!(matches!(locate_signed(I386Efi, &[], &m.env), Err(Error::NoSigned { .. })));
    }
}

#[test]
fn signed_programs_are_of_one_level() {
    let m = Machine::new();
    let e = locate_signed(X86_64Efi, &[], &m.env).unwrap_err().to_string();
    assert!(e.contains("`bootkey grub fetch --secure-boot`"), "{e}");
    assert!(e.contains("apt-get install shim-signed"), "{e}");
    assert!(locate_signed(I386Pc, &[], &m.env).unwrap_err().to_string().contains("a BIOS"));
    m.file("root/usr/lib/shim/shimx64.efi.signed", "installed shim");
    m.file("root/usr/lib/shim/shimx64.efi", "unsigned shim");
    m.file("root/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed", "installed grub");
    let found = locate_signed(X86_64Efi, &[], &m.env).unwrap();
    assert_eq!(found.shim.asset.bytes[..], *b"installed shim");
    assert!(found.mok_manager.is_none() && found.packages.is_empty());

    let shim = Package::new("shim-signed", "1.44")
        .file("usr/lib/shim/shimx64.efi.signed", "fetched shim")
        .file("usr/lib/shim/shimaa64.efi.signed", "not this");
    m.cache("shim-signed_amd64", &shim);
    let e = locate_signed(X86_64Efi, &[], &m.env).unwrap_err();
    assert!(e.to_string().contains("has shim without the GRUB"), "{e}");
    let grub = Package::new("grub-efi-amd64-signed", "1+2.06+13")
        .file("usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed", "fetched grub")
        .file("usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed", "not this");
    m.cache("grub-efi-amd64-signed_amd64", &grub);
    let found = locate_signed(X86_64Efi, &[], &m.env).unwrap();
    assert_eq!(found.shim.asset.bytes[..], *b"fetched shim");
    assert_eq!(found.grub.asset.bytes[..], *b"fetched grub");
    assert_eq!(found.grub.asset.origin.version.as_deref(), Some("1+2.06+13"));
    assert_eq!(found.packages.len(), 2);

    // Package files that were given, also beside GRUB's.
    let given = [m.path("shim.deb"), m.path("grub.deb"), m.deb(X86_64Efi, "2.06-13")];
    shim.write(&given[0]);
    grub.write(&given[1]);
    let found = locate_signed(X86_64Efi, &given, &m.env).unwrap();
    assert!(found.shim.asset.origin.from.contains("shim.deb"), "{found:?}");
    assert_eq!(m.locate(&[X86_64Efi], &given).unwrap().len(), 1);
    // A directory with the two programs themselves.
    m.file("flat/shimx64.efi", "flat shim");
    m.file("flat/gcdx64.efi", "flat grub");
    let given = [m.path("flat"), given[2].clone()];
    let found = locate_signed(X86_64Efi, &given, &m.env).unwrap();
    assert_eq!(found.shim.asset.bytes[..], *b"flat shim");
    assert_eq!(m.locate(&[X86_64Efi], &given).unwrap().len(), 1);
}

/// Packages of a foreign architecture are fetched from an archive that the test makes.
#[test]
fn packages_of_other_architectures_are_fetched() {
    let m = Machine::new();
    let Some(repo) = Repo::new(&m.env.root, &m.path("repo")) else { return };
    let on = |package: Package, arch: &str| Package {
        control: package.control.replace("Architecture: all", &format!("Architecture: {arch}")),
        ..package
    };
    let shim = |arch: &str| {
        let suffix = if arch == "arm64" { "aa64" } else { "x64" };
        let name = format!("usr/lib/shim/shim{suffix}.efi.signed");
        on(Package::new("shim-signed", "1.44").file(&name, arch), arch)
    };
    let signed = |debian: &str, platform: &str, suffix: &str, arch: &str| {
        let file = format!("usr/lib/grub/{platform}-signed/gcd{suffix}.efi.signed");
        on(Package::new(&format!("grub-efi-{debian}-signed"), "1").file(&file, arch), arch)
    };
    let packages = [
        on(grub_bin("grub-efi-amd64-bin", "x86_64-efi", "2.06-1"), "amd64"),
        on(grub_bin("grub-efi-arm64-bin", "arm64-efi", "2.06-1+b2"), "arm64"),
        grub_common("2.06-1"),
        shim("amd64"),
        shim("arm64"),
        on(Package::new("shim-helpers-amd64-signed", "1"), "amd64"),
        on(Package::new("shim-helpers-arm64-signed", "1"), "arm64"),
        signed("amd64", "x86_64-efi", "x64", "amd64"),
        signed("arm64", "arm64-efi", "aa64", "arm64"),
    ];
    repo.publish(&packages);
    let wanted = [X86_64Efi, Arm64Efi];
    let fetched =
        fetch_packages(&grub_requests(&wanted, true), &Wishes::default(), &m.env, &mut |_| ())
            .unwrap();
    assert_eq!(fetched.len(), packages.len());
    let found = m.locate(&wanted, &[]).unwrap();
    assert_eq!(found, [(X86_64Efi, "2.06-1".into()), (Arm64Efi, "2.06-1+b2".into())]);
    for (platform, arch) in [(X86_64Efi, "amd64"), (Arm64Efi, "arm64")] {
        let found = locate_signed(platform, &[], &m.env).unwrap();
        assert_eq!(found.shim.asset.bytes[..], *arch.as_bytes());
        assert_eq!(found.grub.asset.bytes[..], *arch.as_bytes());
    }
}
