//! Tests of Debian packages: every compression against dpkg-deb, and hostile packages.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use packages::{Deb, Error, MemberKind};
use std::fs;
use std::path::PathBuf;
use tar::EntryType;
use testbench::deb_packages::{Package, archive, compress, end_of_tar, header, raw_entry, tar_of};
use testbench::oracle;

const SUFFIXES: [&str; 4] = ["", ".gz", ".xz", ".zst"];

fn sample() -> Package {
    let mut x = 1_u64;
    let noise = std::iter::repeat_with(|| {
        // xorshift64: bytes that no compression makes smaller.
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        x as u8
    });
    let noise: Vec<u8> = noise.take(200_000).collect();
    Package::new("grub-pc-bin", "2.06-13+deb12u2")
        .file("usr/lib/grub/i386-pc/kernel.img", noise)
        .file("usr/lib/grub/i386-pc/fs.lst", "ext2\n")
        .file("usr/share/doc/empty", "")
        .file(
            &format!("usr/share/{}/long", "a-long-name/".repeat(20).trim_end_matches('/')),
            "long",
        )
}

struct Dir(tempfile::TempDir);

impl Dir {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join("x.deb");
        fs::write(&path, bytes).unwrap();
        path
    }

    fn open(&self, bytes: &[u8]) -> Result<Deb, Error> {
        Deb::open(&self.put(bytes))
    }

    /// The error of reading all of a package with this data archive.
    fn error_of(&self, data_tar: &[u8]) -> Error {
        let bytes = sample().with_data_tar(data_tar);
        self.open(&bytes).unwrap().members().unwrap_err()
    }
}

#[test]
fn every_compression_gives_the_same_members() {
    let dir = Dir::new();
    for suffix in SUFFIXES {
        let package = sample().suffix(suffix);
        let deb = dir.open(&package.bytes()).unwrap();
        assert_eq!(deb.control().package, "grub-pc-bin");
        assert_eq!(deb.control().version, "2.06-13+deb12u2");
        let all = deb.read_members(1 << 20, |_| true).unwrap();
        let got: Vec<_> = all.iter().map(|(n, b)| (n.clone(), b.to_vec())).collect();
        let mut expected = package.files.clone();
        expected.sort();
        assert_eq!(got, expected, "{suffix}");
        let mut out = Vec::new();
        let len = deb.copy_member("usr/lib/grub/i386-pc/kernel.img", &mut out).unwrap();
        assert_eq!((len, &out), (200_000, &package.files[0].1));
    }
}

#[test]
fn dpkg_deb_agrees_and_objects_to_a_flipped_byte() {
    let Some(dpkg) = oracle("dpkg-deb") else { return };
    let dir = Dir::new();
    for suffix in SUFFIXES {
        let package = sample().suffix(suffix);
        let bytes = package.bytes();
        let path = dir.put(&bytes);
        // dpkg-deb reads the same, so the packages that the test makes are sound.
        let fields = dpkg.run(["-f".as_ref(), path.as_os_str(), "Version".as_ref()]);
        assert_eq!(fields.expect_success(suffix).stdout.trim(), "2.06-13+deb12u2");
        let to = dir.0.path().join(format!("unpacked{suffix}"));
        dpkg.run(["-x".as_ref(), path.as_os_str(), to.as_os_str()]).expect_success(suffix);
        let all = Deb::open(&path).unwrap().read_members(1 << 20, |_| true).unwrap();
        assert_eq!(all.len(), package.files.len());
        for (name, contents) in &all {
            assert_eq!(fs::read(to.join(name)).unwrap(), contents.to_vec(), "{suffix} {name}");
        }
        let words = match suffix {
            "" => continue, // nothing in the format guards the bytes of an uncompressed package
            ".gz" => "incorrect data check",
            ".xz" => "compressed data is corrupt",
            _ => "Restored data doesn't match checksum",
        };
        let mut bad = bytes.clone();
        let middle = bad.len() - 90_000; // amid the noise in the data archive
        bad[middle] ^= 0x10;
        let path = dir.put(&bad);
        let to = dir.0.path().join("bad");
        dpkg.run(["-x".as_ref(), path.as_os_str(), to.as_os_str()])
            .expect_objection(2, words, suffix);
        let e = Deb::open(&path).unwrap().members().unwrap_err();
        assert!(matches!(e, Error::DamagedPackage { .. }), "{suffix}: {e}");
    }
}

#[test]
fn what_dpkg_deb_builds_is_read() {
    let Some(dpkg) = oracle("dpkg-deb") else { return };
    let dir = Dir::new();
    let tree = dir.0.path().join("tree");
    fs::create_dir_all(tree.join("DEBIAN")).unwrap();
    fs::create_dir_all(tree.join("usr/lib")).unwrap();
    fs::write(tree.join("DEBIAN/control"), sample().control).unwrap();
    fs::write(tree.join("usr/lib/file"), b"contents").unwrap();
    std::os::unix::fs::symlink("file", tree.join("usr/lib/link")).unwrap();
    fs::hard_link(tree.join("usr/lib/file"), tree.join("usr/lib/other")).unwrap();
    for kind in ["none", "gzip", "xz", "zstd"] {
        let path = dir.0.path().join(format!("{kind}.deb"));
        let args = ["--root-owner-group".into(), format!("-Z{kind}"), "-b".into()];
        dpkg.run(args.iter().map(AsRef::as_ref).chain([tree.as_os_str(), path.as_os_str()]))
            .expect_success(kind);
        let deb = Deb::open(&path).unwrap();
        let mut members = deb.members().unwrap();
        members.sort_by(|a, b| a.name.cmp(&b.name));
        let kinds: Vec<_> =
            members.iter().map(|m| (m.name.as_str(), &m.kind)).filter(|m| m.0.len() > 7).collect();
        // tar stores the first name that it meets as the file, and the other as a link to that.
        let (file, other) = (&kinds[0], &kinds[2]);
        assert_eq!(kinds[1], ("usr/lib/link", &MemberKind::Symlink("file".into())));
        assert!(
            [file, other].iter().any(|(_, k)| matches!(k, MemberKind::HardLink(_)))
                && [file, other].iter().any(|(_, k)| **k == MemberKind::File),
            "{kind}: {kinds:?}"
        );
        let e = deb.copy_member("usr/lib/link", &mut Vec::new()).unwrap_err();
        assert!(e.to_string().contains("usr/lib/link is a symbolic link to file"), "{e}");
        assert!(matches!(e, Error::MemberNotAFile { .. }), "{e}");
    }
}

#[test]
fn every_truncation_is_an_error() {
    let dir = Dir::new();
    for suffix in SUFFIXES {
        let bytes = sample().suffix(suffix).bytes();
        let step = bytes.len() / 97;
        for len in (0..bytes.len()).step_by(step) {
            let e = match dir.open(&bytes[..len]) {
                Ok(deb) => deb.members().unwrap_err(),
                Err(e) => e,
            };
            let damaged = matches!(e, Error::NotADeb { .. } | Error::DamagedPackage { .. });
            assert!(damaged, "{suffix} {len}: {e}");
            let named = e.to_string();
            assert!(named.contains("x.deb: is "), "{named}");
            if len > 100 {
                assert!(named.contains("`bootkey grub fetch`"), "{len}: {named}");
            }
        }
    }
}

#[test]
fn no_flipped_byte_makes_it_panic_or_pass_unnoticed() {
    let dir = Dir::new();
    for suffix in [".gz", ".xz", ".zst"] {
        let package = sample().suffix(suffix);
        let bytes = package.bytes();
        let honest = dir.open(&bytes).unwrap().read_members(1 << 20, |_| true).unwrap();
        let data_at = bytes.len() - compress(suffix, &package.data_tar()).len();
        let mut refused = 0;
        let mut tried = 0;
        for at in (0..bytes.len()).step_by(bytes.len() / 211).chain(data_at - 60..data_at + 40) {
            let mut bad = bytes.clone();
            bad[at] ^= 1 << (at % 8);
            tried += 1;
            match dir.open(&bad).and_then(|deb| deb.read_members(1 << 20, |_| true)) {
                // The bit is in a time or an owner of an archive member, or in a gzip header.
                Ok(members) => assert_eq!(members, honest, "{suffix} {at}"),
                Err(_) => refused += 1,
            }
        }
        assert!(refused * 2 > tried, "{suffix}: {refused} of {tried}");
    }
}

#[test]
fn no_archive_no_package() {
    let dir = Dir::new();
    for bytes in [&b""[..], b"!<arch>", b"\x7fELF and so on", b"!<arch>\n"] {
        let e = dir.open(bytes).unwrap_err();
        assert!(matches!(e, Error::NotADeb { .. }), "{e}");
    }
    let e = dir.open(&archive(&[("x", b"")])).unwrap_err();
    assert!(matches!(e, Error::NotADeb { .. }), "{e}");
    let e = dir.open(&archive(&[("debian-binary", b"3.0\n")])).unwrap_err();
    assert!(e.to_string().contains("format \"3.0\""), "{e}");
}

#[test]
fn members_missing_twice_or_unreadable() {
    let dir = Dir::new();
    let v = ("debian-binary", &b"2.0\n"[..]);
    let control = tar_of(&[("./control", sample().control.as_bytes())]);
    let control = ("control.tar", &control[..]);
    let data = ("data.tar", &end_of_tar()[..]);
    dir.open(&archive(&[v, control, data, ("_gpgorigin", b"x")])).unwrap();

    let e = dir.open(&archive(&[v, control])).unwrap_err();
    assert!(e.to_string().contains("data.tar: it is missing"), "{e}");
    let e = dir.open(&archive(&[v, control, data, data])).unwrap_err();
    assert!(matches!(e, Error::DuplicateMember { .. }), "{e}");
    let e = dir.open(&archive(&[v, control, data, ("data.tar.xz", b"")])).unwrap_err();
    assert!(matches!(e, Error::DuplicateMember { .. }), "{e}");
    let e = dir.open(&archive(&[v, control, ("data.tar.bz2", b"")])).unwrap_err();
    assert!(e.to_string().contains("data.tar.bz2 is compressed in a way"), "{e}");
    let none = tar_of(&[("./postinst", b"")]);
    let e = dir.open(&archive(&[v, ("control.tar", &none), data])).unwrap_err();
    assert!(e.to_string().contains("holds no `control`"), "{e}");
    let two = tar_of(&[("control", b"Package: ab\n"), ("./control", b"Package: cd\n")]);
    let e = dir.open(&archive(&[v, ("control.tar", &two), data])).unwrap_err();
    assert!(matches!(e, Error::DuplicateMember { .. }), "{e}");
}

#[test]
fn names_that_lead_out_of_the_package_are_refused() {
    let dir = Dir::new();
    for name in [&b"../etc/passwd"[..], b"/etc/passwd", b"usr/../../x", b"./..", b"a/b/.."] {
        for kind in [EntryType::Regular, EntryType::Symlink, EntryType::Directory] {
            let e = dir.error_of(&raw_entry(name, kind, "/etc", b""));
            assert!(matches!(e, Error::UnsafeMember { .. }), "{name:?}: {e}");
        }
    }
    // The same by a GNU long name.
    let mut tar = raw_entry(b"././@LongLink", EntryType::GNULongName, "", b"../../etc/passwd\0");
    tar.extend(raw_entry(b"usr/good", EntryType::Regular, "", b"x"));
    let e = dir.error_of(&tar);
    assert!(e.to_string().contains("\"../../etc/passwd\""), "{e}");
}

#[test]
fn tar_tricks_are_refused() {
    let dir = Dir::new();
    let pax = raw_entry(b"pax", EntryType::XHeader, "", b"19 size=9999999999\n");
    assert!(matches!(dir.error_of(&pax), Error::DamagedPackage { .. }));
    let name = vec![b'a'; 100_000];
    let long = raw_entry(b"././@LongLink", EntryType::GNULongName, "", &name);
    assert!(dir.error_of(&long).to_string().contains("more than 4096 bytes"));

    // An entry of far too large a size, in octal and in base 256.
    for size in [0o77_777_777_777, u64::MAX] {
        let mut h = header(size);
        h.set_path("usr/lib/x").unwrap();
        h.set_cksum();
        let tar = [h.as_bytes().as_slice(), &[0; 4096]].concat();
        let e = dir.error_of(&tar);
        assert!(matches!(e, Error::DamagedPackage { .. }), "{size}: {e}");
        let deb = dir.open(&sample().with_data_tar(&tar)).unwrap();
        let e = deb.read_members(1 << 20, |_| true).unwrap_err();
        assert!(!matches!(e, Error::Read { .. }), "{size}: {e}");
        assert!(deb.copy_member("usr/lib/x", &mut Vec::new()).is_err());
    }

    // Cut off inside contents that nobody reads.
    let tar = raw_entry(b"usr/x", EntryType::Regular, "", &[1; 2048]);
    assert!(matches!(dir.error_of(&tar[..1024]), Error::DamagedPackage { .. }));

    // Two members of one name: nobody can tell which was meant.
    let twice = tar_of(&[("./usr/x", b"1"), ("usr/x", b"2")]);
    let deb = dir.open(&sample().with_data_tar(&twice)).unwrap();
    assert!(matches!(deb.read_members(100, |_| true), Err(Error::DuplicateMember { .. })));
    let e = deb.copy_member("usr/x", &mut Vec::new()).unwrap_err();
    assert!(matches!(e, Error::DuplicateMember { .. }), "{e}");
}

#[test]
fn bombs_and_giants_stop_early() {
    let dir = Dir::new();
    // 160 MiB of zeros in a package that says it installs 64 KiB.
    let mut h = header(160 << 20);
    h.set_path("usr/zeros").unwrap();
    h.set_cksum();
    let mut tar = h.as_bytes().to_vec();
    tar.resize(tar.len() + (160 << 20), 0);
    for suffix in [".gz", ".xz", ".zst"] {
        let bytes = sample().suffix(suffix).with_data_tar(&tar);
        assert!(bytes.len() < 2 << 20, "{suffix}: {}", bytes.len());
        let deb = dir.open(&bytes).unwrap();
        let e = deb.members().unwrap_err();
        assert!(
            matches!(e, Error::PackageTooBig { limit, .. } if limit < 80 << 20),
            "{suffix}: {e}"
        );
        let e = deb.read_members(1 << 20, |_| true).unwrap_err();
        assert!(matches!(e, Error::MemberTooBig { limit, .. } if limit == 1 << 20), "{e}");
    }
    // The control archive has a limit of its own.
    let zeros = raw_entry(b"zeros", EntryType::Regular, "", &vec![0; 80 << 20]);
    let bytes = archive(&[
        ("debian-binary", b"2.0\n"),
        ("control.tar.xz", &compress(".xz", &zeros)),
        ("data.tar", &end_of_tar()),
    ]);
    assert!(matches!(dir.open(&bytes), Err(Error::PackageTooBig { .. })));
}

#[test]
fn a_missing_member_is_answered_with_what_there_is() {
    let dir = Dir::new();
    let package = Package::new("memtest86+", "6.10-4").file("usr/lib/memtest86+x64.iso", "iso");
    let deb = dir.open(&package.bytes()).unwrap();
    let e = deb.copy_member("usr/lib/memtest.iso", &mut Vec::new()).unwrap_err();
    assert!(
        e.to_string().ends_with("holds no usr/lib/memtest.iso; it has usr/lib/memtest86+x64.iso"),
        "{e}"
    );
}
