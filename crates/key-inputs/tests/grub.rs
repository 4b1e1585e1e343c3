//! Tests of where GRUB is found, which place wins, and which parts do not belong together.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

mod common;

use common::{Machine, Package, grub_common, grub_files, grub_pc_bin};
use input_file::OpenError;
use key_inputs::{
    Error, PlaceKind, Platform, cached_member, extract_members, locate, locate_memdisk,
};
use key_inventory::{Grub, GrubBuild};
use key_spec::ErrorFamily;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

impl Machine {
    /// Puts a build of GRUB into `dir`/i386-pc.
    fn install(&self, dir: &str, build: &str) -> PathBuf {
        self.install_platform(dir, Platform::I386Pc, build)
    }

    fn deb(&self, name: &str, package: &Package) -> PathBuf {
        package.write(&self.path(name))
    }

    /// Locates GRUB for a BIOS; the other platforms are tested in `platforms.rs`.
    fn build(&self, explicit: &[PathBuf]) -> Result<GrubBuild, Error> {
        locate(&[Platform::I386Pc], explicit, &self.env)
    }

    fn locate(&self, explicit: &[PathBuf]) -> Result<Grub, Error> {
        let mut build = self.build(explicit)?;
        assert_eq!(build.platforms.len(), 1);
        assert_eq!(build.platforms[0].platform, Platform::I386Pc);
        Ok(build.platforms.remove(0))
    }

    fn font(&self, explicit: &[PathBuf]) -> Option<key_inventory::Asset> {
        self.build(explicit).unwrap().font
    }

    fn version(&self, explicit: &[PathBuf]) -> String {
        self.locate(explicit).unwrap().origin.version.unwrap()
    }
}

fn candidates(m: &Machine, explicit: &[PathBuf]) -> Vec<key_inputs::Candidate> {
    key_inputs::candidates(&[Platform::I386Pc], explicit, &m.env)
}

#[test]
fn no_grub_is_an_error_with_the_next_command() {
    let m = Machine::new();
    let e = m.locate(&[]).unwrap_err();
    let text = e.to_string();
    assert!(text.contains("`bootkey grub fetch`"), "{text}");
    assert!(text.contains("apt-get install grub-pc-bin grub-common"), "{text}");
    assert!(text.contains("root/usr/lib/grub"), "{text}");
    assert_eq!(e.family(), ErrorFamily::Io);
    assert!(candidates(&m, &[]).iter().all(|c| !c.chosen && matches!(c.found, Ok(None))));
}

#[test]
fn given_before_fetched_before_installed() {
    let m = Machine::new();
    m.install("root/usr/share/grub2", "1-suse");
    assert_eq!(m.version(&[]), "1-suse");
    m.install("root/usr/lib/grub", "2-installed");
    assert_eq!(m.version(&[]), "2-installed");
    m.cache("grub-pc-bin_amd64", &grub_pc_bin("3-fetched"));
    assert_eq!(m.version(&[]), "3-fetched");
    let given = m.install("given", "4-given");
    assert_eq!(m.version(std::slice::from_ref(&given)), "4-given");
    assert_eq!(m.version(&[given.join("i386-pc")]), "4-given");

    let all = candidates(&m, &[given]);
    let chosen: Vec<_> = all.iter().map(|c| (c.kind, c.chosen)).collect();
    use PlaceKind::{Fetched, Given, Installed};
    let expected = [
        (Given, true),
        (Fetched, false),
        (Installed, false),
        (Installed, false),
        (Installed, false),
        (Installed, false),
        (Installed, false),
    ];
    assert_eq!(chosen, expected);
    let all = candidates(&m, &[]);
    assert!(all[0].chosen && all[0].kind == Fetched, "{all:?}");
    assert_eq!(all[1].why, "another comes first");
    assert_eq!(all[5].why, "nothing there");
}

#[test]
fn a_damaged_cache_is_an_error_and_a_broken_installation_is_passed_over() {
    let m = Machine::new();
    let broken = m.install("root/usr/lib/grub", "1");
    fs::remove_file(broken.join("i386-pc/kernel.img")).unwrap();
    let e = m.locate(&[]).unwrap_err();
    assert!(e.to_string().contains("lacks kernel.img"), "{e}");
    m.install("root/usr/share/grub", "2");
    assert_eq!(m.version(&[]), "2");

    let deb = m.cache("grub-pc-bin_amd64", &grub_pc_bin("3"));
    let bytes = fs::read(&deb).unwrap();
    fs::write(&deb, &bytes[..bytes.len() / 2]).unwrap();
    let e = m.locate(&[]).unwrap_err();
    assert!(matches!(e, Error::Package(packages::Error::DamagedCache { .. })), "{e}");
    assert!(e.to_string().contains("`bootkey grub fetch`"), "{e}");
    assert!(candidates(&m, &[]).iter().all(|c| !c.chosen));
}

#[test]
fn a_directory_gives_its_files_its_font_and_its_version() {
    let m = Machine::new();
    let dir = m.install("root/usr/lib/grub", "2.06-13+deb12u2");
    fs::write(dir.join("i386-pc/config.h"), "").unwrap();
    let files = m.locate(&[]).unwrap();
    let expected: Vec<_> = {
        let mut all: Vec<_> = grub_files("2.06-13+deb12u2").into_iter().map(|f| f.0).collect();
        all.sort();
        all
    };
    assert_eq!(files.files.names().map(str::to_owned).collect::<Vec<_>>(), expected);
    assert_eq!(files.origin.package, None);
    assert_eq!(files.origin.version.as_deref(), Some("2.06-13+deb12u2"));
    assert!(m.font(&[]).is_none());

    // The font is found in each place where distributions have it; dpkg's records have its version.
    for font in ["root/usr/lib/grub/fonts", "root/usr/share/grub2", "root/usr/share/grub"] {
        fs::create_dir_all(m.path(font)).unwrap();
        fs::write(m.path(font).join("unicode.pf2"), font).unwrap();
        let found = m.font(&[]).unwrap();
        assert_eq!(&found.bytes[..], font.as_bytes());
    }
    let dpkg = m.path("root/var/lib/dpkg");
    fs::create_dir_all(dpkg.join("info")).unwrap();
    fs::write(dpkg.join("info/grub-pc-bin.list"), "/usr/lib/grub/i386-pc/modinfo.sh\n").unwrap();
    let status = "Package: grub-pc-bin\nStatus: install ok installed\nVersion: 2.06-13+b1\n";
    fs::write(dpkg.join("status"), status).unwrap();
    let origin = m.locate(&[]).unwrap().origin;
    assert_eq!(origin.package.as_deref(), Some("grub-pc-bin"));
    assert_eq!(origin.version.as_deref(), Some("2.06-13+b1"));
}

#[test]
fn the_digest_is_what_sha256sum_gives_and_does_not_depend_on_the_place() {
    let m = Machine::new();
    let dir = m.install("given", "2.06-1");
    let from_dir = m.locate(std::slice::from_ref(&dir)).unwrap().origin.sha256;
    let deb = m.deb("g.deb", &grub_pc_bin("2.06-1"));
    assert_eq!(m.locate(&[deb]).unwrap().origin.sha256, from_dir);
    let script = "export LC_ALL=C; sha256sum *.img *.lst *.mod modinfo.sh | sort -k2 | sha256sum";
    let out =
        Command::new("sh").args(["-c", script]).current_dir(dir.join("i386-pc")).output().unwrap();
    assert_eq!(String::from_utf8(out.stdout).unwrap(), format!("{from_dir}  -\n"));
    fs::write(dir.join("i386-pc/ext2.mod"), "another").unwrap();
    assert_ne!(m.locate(&[dir]).unwrap().origin.sha256, from_dir);
}

#[test]
fn packages_give_modules_and_font_and_must_be_of_one_version() {
    let m = Machine::new();
    let bin = m.deb("bin.deb", &grub_pc_bin("2.06-13").suffix(".zst"));
    let common = m.deb("common.deb", &grub_common("2.06-13").suffix(".gz"));
    for order in [[&bin, &common], [&common, &bin]] {
        let files = m.locate(&order.map(Clone::clone)).unwrap();
        assert_eq!(files.files.names().count(), 10);
        assert_eq!(files.origin.version.as_deref(), Some("2.06-13"));
        let build = m.build(&order.map(Clone::clone)).unwrap();
        let font = build.font.unwrap();
        assert_eq!(&font.bytes[..], b"font of 2.06-13");
        assert_eq!(font.origin.package.as_deref(), Some("grub-common"));
        assert_eq!(build.packages.len(), 2);
        for file in build.packages {
            let out = Command::new("sha256sum").arg(&file.path).output().unwrap();
            assert!(String::from_utf8(out.stdout).unwrap().starts_with(&file.sha256));
            assert_eq!(file.version, "2.06-13");
        }
    }
    let newer = m.deb("newer.deb", &grub_common("2.12-1"));
    let e = m.locate(&[bin.clone(), newer.clone()]).unwrap_err();
    let text = e.to_string();
    assert!(text.contains("grub-pc-bin has GRUB 2.06-13"), "{text}");
    assert!(text.contains("grub-common has GRUB 2.12-1"), "{text}");
    let other = m.deb("other.deb", &grub_pc_bin("2.12-1"));
    assert!(matches!(m.locate(&[bin.clone(), other]), Err(Error::MixedGrub { .. })));
    assert!(matches!(m.locate(&[bin.clone(), bin.clone()]), Err(Error::TwiceGrub { .. })));
    assert!(matches!(m.locate(std::slice::from_ref(&common)), Err(Error::NotGrub { .. })));
    // The same with the font's package in the cache.
    m.cache("grub-common", &grub_common("2.12-1"));
    assert!(matches!(m.locate(&[]), Err(Error::NoGrub { .. })));
    m.cache("grub-pc-bin_amd64", &grub_pc_bin("2.06-13"));
    let e = m.locate(&[]).unwrap_err();
    assert!(matches!(e, Error::MixedGrub { .. }) && e.family() == ErrorFamily::Usage, "{e}");
}

#[test]
fn what_holds_no_grub_is_named() {
    let m = Machine::new();
    let empty = m.path("empty");
    fs::create_dir_all(&empty).unwrap();
    let e = m.locate(std::slice::from_ref(&empty)).unwrap_err();
    assert!(e.to_string().contains("empty: holds no GRUB for i386-pc"), "{e}");
    let other = m.deb("other.deb", &Package::new("hello", "1").file("usr/bin/hello", "hi"));
    assert!(matches!(m.locate(&[other]), Err(Error::NotGrub { .. })));
    assert!(matches!(m.locate(&[m.path("none")]), Err(Error::Open(OpenError::Open { .. }))));
    assert!(matches!(
        m.locate(&["/dev/null".into()]),
        Err(Error::Package(packages::Error::Open(OpenError::NotRegular { .. })))
    ));

    let efi = m.install("efi", "1");
    let modinfo = "grub_modinfo_target_cpu=x86_64\ngrub_modinfo_platform=efi\n";
    fs::write(efi.join("i386-pc/modinfo.sh"), modinfo).unwrap();
    let e = m.locate(&[efi]).unwrap_err();
    assert!(e.to_string().contains("for x86_64-efi"), "{e}");

    // A filled /boot/grub lacks the files that only grub-install reads.
    let boot = m.install("boot/grub", "1");
    for f in ["diskboot.img", "lzma_decompress.img", "kernel.img"] {
        fs::remove_file(boot.join("i386-pc").join(f)).unwrap();
    }
    let e = m.locate(&[boot]).unwrap_err().to_string();
    assert!(e.contains("lacks diskboot.img, lzma_decompress.img, kernel.img"), "{e}");
    assert!(e.contains("/usr/lib/grub"), "{e}");

    // A module that is too long.
    let giant = m.install("giant", "1");
    let file = fs::File::create(giant.join("i386-pc/huge.mod")).unwrap();
    file.set_len(1 << 40).unwrap();
    assert!(matches!(m.locate(&[giant]), Err(Error::GrubFileTooBig { .. })));
}

#[test]
fn memdisk_follows_the_same_order() {
    let m = Machine::new();
    let find = |explicit: &[PathBuf]| {
        let found = locate_memdisk(explicit, &m.env).unwrap();
        found.map(|a| String::from_utf8(a.bytes.to_vec()).unwrap())
    };
    assert_eq!(find(&[]), None);
    fs::create_dir_all(m.path("root/usr/share/syslinux")).unwrap();
    fs::write(m.path("root/usr/share/syslinux/memdisk"), "installed").unwrap();
    assert_eq!(find(&[]).as_deref(), Some("installed"));
    let package = |text: &str| {
        Package::new("syslinux-common", "3:6.04").file("usr/lib/syslinux/memdisk", text)
    };
    m.cache("syslinux-common", &package("fetched"));
    assert_eq!(find(&[]).as_deref(), Some("fetched"));
    let deb = m.deb("syslinux.deb", &package("given"));
    assert_eq!(find(std::slice::from_ref(&deb)).as_deref(), Some("given"));
    // The package with memdisk may be given beside GRUB's, and is not taken for a part of GRUB.
    let bin = m.deb("bin.deb", &grub_pc_bin("2.06-13"));
    assert_eq!(m.version(&[bin, deb]), "2.06-13");
}

#[test]
fn members_are_extracted_once_and_found_again() {
    let m = Machine::new();
    let iso = "usr/lib/memtest86+/memtest86+x64.iso";
    let e = cached_member(&m.env, "memtest86+", iso).unwrap_err();
    assert!(e.to_string().contains("next: `bootkey fetch` of the spec"), "{e}");
    assert_eq!(e.family(), ErrorFamily::Io);
    let contents = vec![7; 3_000_000];
    m.cache("memtest86+", &Package::new("memtest86+", "6.10-4").file(iso, contents.clone()));
    assert!(matches!(
        cached_member(&m.env, "memtest86+", iso),
        Err(Error::Package(packages::Error::MemberNotFetched { .. }))
    ));
    let paths = extract_members(&m.env, "memtest86+", &[iso.into()]).unwrap();
    assert_eq!(paths[0].file_name().unwrap(), "memtest86+x64.iso");
    assert!(paths[0].starts_with(m.path("home/.cache/bootkey/packages/memtest86+")));
    let cached = cached_member(&m.env, "memtest86+", iso).unwrap();
    assert_eq!((cached.path, &*cached.version), (paths[0].clone(), "6.10-4"));
    assert_eq!(fs::read(&paths[0]).unwrap(), contents);

    let e = extract_members(&m.env, "memtest86+", &["usr/x.iso".into()]).unwrap_err();
    assert!(e.to_string().contains(iso), "{e}");
    for bad in ["../../etc/passwd", "/etc/passwd", "usr/lib/"] {
        let e = cached_member(&m.env, "memtest86+", bad).unwrap_err();
        assert!(matches!(e, Error::Package(packages::Error::BadMemberName { .. })), "{bad}: {e}");
    }
    let e = cached_member(&m.env, "../x", iso).unwrap_err();
    assert!(matches!(e, Error::Package(packages::Error::BadPackageName { .. })), "{e}");
}

#[test]
fn a_failed_extraction_leaves_nothing_under_the_final_name() {
    let m = Machine::new();
    let iso = "usr/x.iso";
    // Uncompressed and cut inside the member, so that half of it is written before it is noticed.
    let whole = Package::new("ab", "1").suffix("").file(iso, vec![1; 1 << 20]);
    let deb = m.cache("ab", &whole);
    let tar = whole.data_tar();
    fs::write(&deb, whole.with_data_tar(&tar[..tar.len() / 2])).unwrap();
    let e = extract_members(&m.env, "ab", &[iso.into()]).unwrap_err();
    assert!(matches!(e, Error::Package(packages::Error::DamagedCache { .. })), "{e}");
    assert!(matches!(
        cached_member(&m.env, "ab", iso),
        Err(Error::Package(packages::Error::MemberNotFetched { .. }))
    ));
    fn files(dir: &Path, all: &mut Vec<PathBuf>) {
        for path in fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()) {
            if path.is_dir() && !path.is_symlink() { files(&path, all) } else { all.push(path) }
        }
    }
    let mut all = Vec::new();
    files(&m.path("home"), &mut all);
    assert!(!all.iter().any(|p| p.ends_with("x.iso")), "{all:?}");
}
