//! Tests of RPM packages made by hand: sound ones are read, hostile ones are refused.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use input_file::sha256_hex;
use packages::{Error, MemberKind, Rpm};
use std::fs;
use std::path::Path;
use testbench::deb_packages::compress;
use testbench::rpm_packages::{Entry, FILE, RpmPackage, Value, newc, pad};

const COMPRESSORS: [(&str, &str); 5] =
    [(".gz", "gzip"), (".xz", "xz"), (".zst", "zstd"), (".bz2", "bzip2"), (".lzma", "lzma")];

fn open(dir: &Path, bytes: &[u8]) -> Result<Rpm, Error> {
    let path = dir.join("x.rpm");
    fs::write(&path, bytes).unwrap();
    Rpm::open(&path)
}

/// Opens the package and reads all of it.
fn read(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let dir = tempfile::tempdir().unwrap();
    let found = open(dir.path(), bytes)?.read_members(1 << 30, |_| true)?;
    Ok(found.into_iter().map(|(n, b)| (n, b.to_vec())).collect())
}

fn sample() -> RpmPackage {
    RpmPackage::new("grub2-tools", "2.12", "28.fc42")
        .file("./usr/share/a", "contents of a")
        .file("./usr/share/b", vec![7; 100_000])
        .file("/usr/share/empty", "")
}

fn contents() -> Vec<(String, Vec<u8>)> {
    vec![
        ("usr/share/a".into(), b"contents of a".to_vec()),
        ("usr/share/b".into(), vec![7; 100_000]),
        ("usr/share/empty".into(), Vec::new()),
    ]
}

#[test]
fn every_compression_and_both_archives_give_the_same() {
    for (ending, name) in COMPRESSORS {
        let package = sample().compressor(ending, name);
        assert_eq!(read(&package.bytes()).unwrap(), contents(), "{name}");
        let stripped = RpmPackage {
            entries: package
                .entries
                .iter()
                .map(|e| Entry { name: e.name.trim_start_matches(['.', '/']).into(), ..e.clone() })
                .collect(),
            stripped: true,
            ..package
        };
        assert_eq!(read(&stripped.bytes()).unwrap(), contents(), "{name}");
    }
    // A package that names no compression is compressed with gzip.
    let silent = sample().compressor(".gz", "gzip");
    let silent = silent.tag(1125, Some(Value::Text("gzip".into())));
    assert_eq!(read(&silent.bytes()).unwrap(), contents());
}

#[test]
fn the_header_says_what_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let rpm = open(dir.path(), &sample().bytes()).unwrap();
    let header = rpm.header().clone();
    assert_eq!((header.name.as_str(), header.version.as_str()), ("grub2-tools", "2.12-28.fc42"));
    assert_eq!(header.architecture, "noarch");
    let epoch = sample().tag(1003, Some(Value::Number(vec![1])));
    let rpm = open(dir.path(), &epoch.bytes()).unwrap();
    assert_eq!(rpm.header().version, "1:2.12-28.fc42");
    assert_eq!(rpm.sha256().unwrap(), sha256_hex(&epoch.bytes()));
    for (tag, bad) in [(1000, "../x"), (1001, "a b"), (1022, ""), (1002, "1\n")] {
        let package = sample().tag(tag, Some(Value::Text(bad.into())));
        assert!(matches!(read(&package.bytes()), Err(Error::DamagedPackage { .. })), "{bad:?}");
        assert!(matches!(
            read(&sample().tag(tag, None).bytes()),
            Err(Error::DamagedPackage { .. })
        ));
    }
}

#[test]
fn names_of_one_file_share_its_contents() {
    let link = |name: &str, bytes: &str| Entry {
        name: name.into(),
        mode: FILE,
        bytes: bytes.into(),
        inode: 77,
        links: 3,
    };
    for stripped in [false, true] {
        let mut package = RpmPackage::new("ab", "1", "1")
            .entry(link("usr/one", ""))
            .file("usr/other", "x")
            .entry(link("usr/two", ""))
            .entry(link("usr/three", "shared"));
        package.stripped = stripped;
        if stripped {
            // The header gives each name the whole size.
            package = package.tag(5008, None);
        }
        let found = read(&package.bytes()).unwrap();
        let names: Vec<_> = found.iter().filter(|f| f.1 == b"shared").map(|f| &f.0[..]).collect();
        assert_eq!(names, ["usr/one", "usr/three", "usr/two"], "stripped: {stripped}");
        assert_eq!(found.len(), 4);
        let dir = tempfile::tempdir().unwrap();
        let mut out = Vec::new();
        let rpm = open(dir.path(), &package.bytes()).unwrap();
        assert_eq!(rpm.copy_member("usr/two", &mut out).unwrap(), 6);
        assert_eq!(out, b"shared");
    }
}

#[test]
fn links_and_directories_are_told_apart() {
    let entry = |name: &str, mode: u32, bytes: &str| Entry {
        name: name.into(),
        mode,
        bytes: bytes.into(),
        inode: 5,
        links: 1,
    };
    let package = RpmPackage::new("ab", "1", "1")
        .entry(entry("./usr", 0o040_755, ""))
        .entry(entry("./usr/link", 0o120_777, "../../etc/passwd"))
        .entry(entry("./usr/null", 0o020_666, ""));
    let dir = tempfile::tempdir().unwrap();
    let rpm = open(dir.path(), &package.bytes()).unwrap();
    let kinds: Vec<_> = rpm.members().unwrap().into_iter().map(|m| m.kind).collect();
    let link = MemberKind::Symlink("../../etc/passwd".into());
    assert_eq!(kinds, [MemberKind::Directory, link, MemberKind::Other]);
    let e = rpm.copy_member("usr/link", &mut Vec::new()).unwrap_err();
    assert!(matches!(e, Error::MemberNotAFile { .. }), "{e}");
    let e = rpm.copy_member("usr/none", &mut Vec::new()).unwrap_err();
    assert!(matches!(e, Error::NoSuchMember { .. }), "{e}");
}

#[test]
fn names_that_lead_out_are_refused() {
    for bad in ["../x", "./../x", "usr/../../x", "./usr/..", "//../x"] {
        let e = read(&sample().file(bad, "x").bytes()).unwrap_err();
        assert!(matches!(e, Error::UnsafeMember { .. }), "{bad}: {e}");
    }
    let twice = sample().file("usr/share/a", "another");
    assert!(matches!(read(&twice.bytes()), Err(Error::DuplicateMember { .. })));
}

#[test]
fn a_flipped_bit_or_a_missing_end_is_noticed() {
    for (ending, name) in COMPRESSORS {
        let whole = sample().compressor(ending, name).bytes();
        for at in (0..whole.len()).step_by(7) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            match read(&bytes) {
                // No digest covers the lead and the unused parts of the signature header.
                Ok(found) => assert!(found == contents() && at < 96 + 200, "{name} byte {at}"),
                Err(Error::DamagedPackage { .. } | Error::NotAnRpm { .. }) => {}
                Err(Error::UnsupportedPackage { .. }) => assert!(at < 96, "{name} byte {at}"),
                Err(e) => panic!("{name} byte {at}: {e}"),
            }
        }
        for len in (0..whole.len()).step_by(11) {
            let e = read(&whole[..len]).unwrap_err();
            assert!(matches!(e, Error::DamagedPackage { .. }), "{name} {len}: {e}");
        }
        let longer = [&whole[..], b"more"].concat();
        assert!(matches!(read(&longer), Err(Error::DamagedPackage { .. })), "{name}");
    }
}

/// Packages without digests, as from before rpm 4.14, have only the compression's checksums.
/// Reading damaged ones may give anything, but must not panic.
#[test]
fn damage_below_the_digests_never_panics() {
    let package = sample();
    let cpio = package.cpio();
    let mut read_well = 0;
    for at in 0..cpio.len().min(600) {
        for value in [b'f', b'8', 0xff] {
            let mut bytes = cpio.clone();
            bytes[at] = value;
            read_well += u32::from(read(&package.with_cpio(&bytes)).is_ok());
        }
    }
    assert!(read_well > 0);
    for len in 0..cpio.len().min(600) {
        assert!(read(&package.with_cpio(&cpio[..len])).is_err(), "{len}");
    }
    for (ending, name) in COMPRESSORS {
        let package = sample().compressor(ending, name);
        let payload = compress(ending, &cpio);
        for at in (0..payload.len()).step_by(3) {
            let mut bytes = payload.clone();
            bytes[at] ^= 0x41;
            let _ = read(&package.with_payload(&bytes));
        }
        // Not compressed as the header says.
        assert!(read(&package.with_payload(b"")).is_err(), "{name}");
        assert!(read(&package.with_payload(&cpio)).is_err(), "{name}");
    }
}

#[test]
fn sizes_that_nobody_can_mean_are_refused() {
    // Headers that claim to be longer than the file, or than the limit.
    let whole = sample().bytes();
    for at in [96 + 8, 96 + 12] {
        for value in [0x0100_0000_u32, 0x7fff_ffff, u32::MAX] {
            let mut bytes = whole.clone();
            bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
            assert!(matches!(read(&bytes), Err(Error::DamagedPackage { .. })), "{at} {value}");
        }
    }
    // A few bytes that unpack to gigabytes, where the header declares almost nothing.
    let small = RpmPackage::new("ab", "1", "1").tag(1009, Some(Value::Number(vec![0])));
    let mut bomb = newc("usr/big", FILE, 0x7000_0000, 1, 1);
    pad(&mut bomb);
    bomb.resize(100 << 20, 0);
    let e = read(&small.with_cpio(&bomb)).unwrap_err();
    assert!(matches!(e, Error::MemberTooBig { .. } | Error::PackageTooBig { .. }), "{e}");
    let dir = tempfile::tempdir().unwrap();
    let e = open(dir.path(), &small.with_cpio(&bomb)).unwrap().members().unwrap_err();
    assert!(matches!(e, Error::PackageTooBig { .. }), "{e}");
    // Names whose contents never come.
    let mut names = Vec::new();
    for n in 0..20_000 {
        names.extend(newc(&format!("usr/{n}"), FILE, 0, 1, u32::MAX));
        pad(&mut names);
    }
    let e = read(&sample().with_cpio(&names)).unwrap_err();
    assert!(e.to_string().contains("names without contents"), "{e}");
}

#[test]
fn other_kinds_are_told_apart() {
    let is = |package: RpmPackage| read(&package.bytes()).unwrap_err();
    let text = |t: &str| Some(Value::Text(t.into()));
    let source = is(sample().tag(1044, None));
    assert!(source.to_string().contains("source package"), "{source}");
    let delta = is(sample().tag(1124, text("drpm")));
    assert!(matches!(delta, Error::UnsupportedPackage { .. }), "{delta}");
    let other = is(sample().tag(1125, text("lz4")));
    assert!(other.to_string().contains("rpm2cpio"), "{other}");
    let dir = tempfile::tempdir().unwrap();
    let e = open(dir.path(), b"!<arch>\ndebian-binary").unwrap_err();
    assert!(matches!(e, Error::NotAnRpm { .. }), "{e}");
    // A digest of another package's payload.
    let wrong = is(sample().tag(5092, Some(Value::Texts(vec!["00".repeat(32)]))));
    assert!(wrong.to_string().contains("payload"), "{wrong}");
}
