//! Tests with hostile archives.

use crate::common::*;
use file_tree::{Directory, MetadataPolicy, Node};
use proptest::prelude::*;
use tree_inputs::{Error, TarSources, from_tar, from_tar_stream};

/// A member with a good header, and its contents.
pub fn member(typeflag: u8, name: &str, content: &[u8]) -> Vec<u8> {
    with(typeflag, name, content, |_| {})
}

fn with(typeflag: u8, name: &str, content: &[u8], change: impl Fn(&mut [u8; 512])) -> Vec<u8> {
    let mut header = [0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    for (at, text) in [(100, "0000644"), (108, "0000000"), (116, "0000000"), (136, "00000000001")] {
        header[at..at + text.len()].copy_from_slice(text.as_bytes());
    }
    header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    header[156] = typeflag;
    header[257..265].copy_from_slice(b"ustar\x0000");
    change(&mut header);
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut out = header.to_vec();
    out.extend_from_slice(content);
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

fn linked(typeflag: u8, name: &str, target: &str) -> Vec<u8> {
    with(typeflag, name, b"", |h| h[157..157 + target.len()].copy_from_slice(target.as_bytes()))
}

/// Reads an archive from a file and from a stream, which must agree.
pub fn read(bytes: &[u8]) -> Result<(Directory, TarSources), Error> {
    let file = tempfile::tempfile().unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, bytes, 0).unwrap();
    let spool = tempfile::tempfile().unwrap();
    let streamed = from_tar_stream(bytes, spool, &MetadataPolicy::KEEP, FIRST);
    let read = from_tar(file, &MetadataPolicy::KEEP, FIRST);
    match (&read, &streamed) {
        (Ok((a, a_sources)), Ok((b, b_sources))) => {
            assert_eq!(in_memory(a, a_sources), in_memory(b, b_sources));
        }
        (Err(a), Err(b)) => {
            let kind = core::mem::discriminant;
            assert_eq!(kind(a), kind(b), "{a}\n{b}");
        }
        (a, b) => panic!("{a:?}\n{b:?}"),
    }
    read
}

fn archive(members: &[Vec<u8>]) -> Vec<u8> {
    [members.concat(), vec![0; 1024]].concat()
}

fn refused(members: &[Vec<u8>]) -> Error {
    read(&archive(members)).err().unwrap_or_else(|| panic!("accepted"))
}

/// A pax header with these records.
fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    let mut text = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let len = (rest..).find(|len| len - rest == len.to_string().len()).unwrap();
        text.extend(format!("{len} {key}={value}\n").into_bytes());
    }
    member(b'x', "pax", &text)
}

#[test]
fn names_stay_in_the_tree() {
    let file = |name: &str| refused(&[member(b'0', name, b"x")]);
    for name in ["/etc/passwd", "//x"] {
        assert!(matches!(file(name), Error::Absolute { .. }), "{name}");
    }
    for name in ["../x", "a/../../x", "a/..", ".."] {
        assert!(matches!(file(name), Error::DotDot { .. }), "{name}");
    }
    let e = refused(&[pax(&[("path", "../../x")]), member(b'0', "innocent", b"x")]);
    assert!(matches!(e, Error::DotDot { .. }), "{e}");
    let e = refused(&[member(b'L', "x", b"/x\0"), member(b'0', "innocent", b"x")]);
    assert!(matches!(e, Error::Absolute { .. }), "{e}");
    let e = refused(&[member(b'0', "x", b""), linked(b'1', "y", "../x")]);
    assert!(matches!(e, Error::DotDot { .. }), "{e}");
    let e = refused(&[pax(&[("path", "a\0b")]), member(b'0', "x", b"")]);
    assert!(matches!(e, Error::Name { .. }), "{e}");
}

#[test]
fn nothing_goes_through_a_symbolic_link() {
    for target in ["/etc", "real"] {
        let members =
            [member(b'5', "real", b""), linked(b'2', "a", target), member(b'0', "a/passwd", b"x")];
        let e = refused(&members);
        assert!(matches!(&e, Error::ThroughSymlink { link, .. } if link == "a"), "{e}");
        // Not by a second name of the symbolic link, either.
        let members = [linked(b'2', "a", target), linked(b'1', "b", "a"), member(b'0', "b/c", b"")];
        assert!(matches!(refused(&members), Error::ThroughSymlink { .. }));
    }
    // A hard link to what a symbolic link leads to is a link to nothing.
    let members = [member(b'0', "d/x", b""), linked(b'2', "a", "d"), linked(b'1', "y", "a/x")];
    assert!(matches!(refused(&members), Error::LinkTarget { .. }));
    // A directory takes the link's place.
    let members =
        [linked(b'2', "a", "/etc"), member(b'5', "a", b""), member(b'0', "a/x", b"harmless")];
    let (tree, _) = read(&archive(&members)).unwrap();
    assert!(matches!(tree.get(b"a/x"), Some(Node::File(_))));
}

#[test]
fn what_is_in_the_way() {
    let e = refused(&[member(b'0', "a", b""), member(b'0', "a/b", b"")]);
    assert!(matches!(e, Error::NotADirectory { .. }), "{e}");
    let e = refused(&[member(b'0', "a/b", b""), member(b'0', "a", b"")]);
    assert!(matches!(e, Error::NotEmpty { .. }), "{e}");
    let e = refused(&[member(b'0', ".", b"")]);
    assert!(matches!(e, Error::NotEmpty { .. }), "{e}");
    let e = refused(&[linked(b'1', "a", "b"), member(b'0', "b", b"")]);
    assert!(matches!(e, Error::LinkTarget { .. }), "{e}");
    let e = refused(&[member(b'5', "d", b""), linked(b'1', "a", "d")]);
    assert!(matches!(e, Error::LinkTarget { .. }), "{e}");
    let e = refused(&[member(b'M', "rest", b"of another volume")]);
    assert!(matches!(e, Error::Kind { .. }), "{e}");
    // A link to itself is itself.
    let (tree, _) = read(&archive(&[member(b'0', "a", b"1"), linked(b'1', "a", "a")])).unwrap();
    assert_eq!(tree.nodes().count(), 1);
}

#[test]
fn every_truncation_is_an_error() {
    let members = [
        member(b'L', "long", &[b'n'; 120]),
        member(b'0', "x", &[1; 700]),
        pax(&[("path", "other"), ("SCHILY.xattr.user.a", "b")]),
        member(b'0', "y", &[2; 512]),
        member(b'5', "z", b""),
    ];
    let whole = archive(&members);
    let end = whole.len() - 1024;
    for len in (0..end + 1).step_by(64).chain([1, 511, 513, end + 511]) {
        let e = read(&whole[..len]).err().unwrap_or_else(|| panic!("{len} bytes accepted"));
        assert!(matches!(e, Error::Truncated { .. }), "{len}: {e}");
    }
    // One block of zeros does for an end.
    read(&whole[..end + 512]).unwrap();
    // A header about a member that does not come.
    let e = refused(&[member(b'0', "x", b""), pax(&[("path", "other")])]);
    assert!(matches!(e, Error::Truncated { .. }), "{e}");
}

#[test]
fn absurd_numbers() {
    let sized = |kind, field: &'static [u8]| {
        with(kind, "x", b"", move |h| h[124..124 + field.len()].copy_from_slice(field))
    };
    let huge = b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff";
    for field in [&huge[..], b"\x80\0\0\0\0\0\0\xff\xff\xff\xff\xff", b"77777777777\0"] {
        let e = refused(&[sized(b'0', field)]);
        assert!(matches!(e, Error::Truncated { .. }), "{e}");
        for kind in [b'x', b'g', b'L', b'K'] {
            let e = refused(&[sized(kind, field)]);
            assert!(matches!(e, Error::TooLong { .. }), "{e}");
        }
    }
    for field in [&b"-1         \0"[..], &[0xFF; 12], b"9", b"\x80\0\0\x01\0\0\0\0\0\0\0\0"] {
        let e = refused(&[sized(b'0', field)]);
        assert!(matches!(e, Error::Field { field: "size", .. }), "{e}");
    }
    for (key, value) in
        [("size", "18446744073709551616"), ("size", "-1"), ("uid", "4294967296"), ("mtime", "soon")]
    {
        let e = refused(&[pax(&[(key, value)]), member(b'0', "x", b"")]);
        assert!(matches!(e, Error::Field { .. }), "{key}={value}: {e}");
    }
    let e = refused(&[pax(&[("size", "18446744073709551615")]), member(b'0', "x", b"")]);
    assert!(matches!(e, Error::Truncated { .. }), "{e}");
    let device = with(b'3', "null", b"", |h| h[329..336].copy_from_slice(b"0010000"));
    assert!(matches!(refused(&[device]), Error::Field { field: "device", .. }));
    let mut bad = archive(&[member(b'0', "x", b"")]);
    bad[150] ^= 1;
    assert!(matches!(read(&bad), Err(Error::Header { at: 0, .. })));
    assert!(matches!(read(&[0xAB; 4096]), Err(Error::Header { .. })));
    let members = [pax(&[("SCHILY.acl.access", "user::rwx,user:bob:r--")]), member(b'0', "x", b"")];
    let e = refused(&members);
    assert!(matches!(&e, Error::Acl { entry, .. } if entry == "user:bob:r--"), "{e}");
    let e = refused(&[linked(b'2', "x", "")]);
    assert!(matches!(e, Error::Tree { .. }), "{e}");
}

#[test]
fn maps_of_holes_that_cannot_be() {
    let v0 = |map: &str, len: &str| {
        let records = [("GNU.sparse.map", map), ("GNU.sparse.size", len)];
        refused(&[pax(&records), member(b'0', "x", &[7; 100])])
    };
    for (map, len) in [
        ("0,99", "200"),       // a byte too many in the archive
        ("0,101", "200"),      // one too few
        ("0,50,40,50", "200"), // they overlap
        ("100,100", "199"),    // past the end
        ("18446744073709551615,100", "200"),
        ("0,100,", "200"),
        ("0,100,5", "200"),
        ("a,100", "200"),
        ("0,100", "18446744073709551615"),
    ] {
        let e = v0(map, len);
        assert!(matches!(e, Error::Sparse { .. } | Error::Tree { .. }), "{map} of {len}: {e}");
    }
    let v1 = |content: &[u8], major: &str| {
        let records =
            [("GNU.sparse.major", major), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "9")];
        refused(&[pax(&records), member(b'0', "x", content)])
    };
    let block = |text: &str| {
        let mut block = text.as_bytes().to_vec();
        block.resize(512, 0);
        block
    };
    for text in ["99999999\n", "2\n0\n1\n", "x\n", "1\n0\n111111111111111111111\n", "1\n0\n10\n"] {
        let e = v1(&block(text), "1");
        assert!(matches!(e, Error::Sparse { .. }), "{text:?}: {e}");
    }
    assert!(matches!(v1(&block("0\n"), "2"), Error::Sparse { .. }));
    assert!(matches!(v1(b"", "1"), Error::Sparse { .. }));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever is changed in an archive, reading ends, and both ways of reading agree.
    #[test]
    fn changed_archives_are_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        fix in any::<bool>(),
    ) {
        let records = [("path", "p/q"), ("GNU.sparse.map", "0,10,1000,90"),
            ("GNU.sparse.size", "2000"), ("SCHILY.xattr.user.x", "1"), ("mtime", "1.5")];
        let mut bytes = archive(&[
            member(b'L', "long", &[b'n'; 120]),
            member(b'0', "x", &[1; 700]),
            pax(&records),
            member(b'0', "y", &[2; 100]),
            linked(b'1', "z", "p/q"),
            linked(b'2', "s", "target"),
            member(b'S', "old", b""),
        ]);
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
            if fix {
                let block = at / 512 * 512;
                let header = &mut bytes[block..block + 512];
                header[148..156].fill(b' ');
                let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
                header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            }
        }
        let _ = read(&bytes);
    }
}

/// A generator for each budget of an archive: just within it, and beyond.
#[test]
fn each_budget_is_kept() {
    let too_much = |members: &[Vec<u8>]| match refused(members) {
        Error::TooMuch { what, len, max, .. } => {
            assert!(len > max, "{len} of {max}");
            what
        }
        other => panic!("{other}"),
    };
    // Directories without a member: 45 levels in each name of 100 bytes.
    let deep = |n: usize| member(b'5', &format!("{n:06}/{}", "a/".repeat(45)), b"");
    let implied = |members: usize| (0..members).map(deep).collect::<Vec<_>>();
    read(&archive(&implied(700))).unwrap();
    assert_eq!(too_much(&implied(800)), "directories without a member");

    // Names of 4000 bytes in the same directories.
    let directories = format!("{}/", "d".repeat(249)).repeat(16);
    let names = |members: usize| {
        let long = |n| member(b'L', "long", format!("{directories}{n}").as_bytes());
        (0..members).flat_map(|n| [long(n), member(b'0', "x", b"")]).collect::<Vec<_>>()
    };
    read(&archive(&names(2400))).unwrap();
    assert_eq!(too_much(&names(2600)), "bytes of names");

    // Attributes that a record of 64 KiB gives to every member.
    let value = "v".repeat(60_000);
    let mut header = pax(&[("SCHILY.xattr.user.a", &value)]);
    header[156] = b'g';
    header[148..156].fill(b' ');
    let sum: u32 = header[..512].iter().map(|b| u32::from(*b)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let files = |n: usize| {
        let file = |n| member(b'0', &format!("{n}"), b"");
        [vec![header.clone()], (0..n).map(file).collect()].concat()
    };
    read(&archive(&files(270))).unwrap();
    assert_eq!(too_much(&files(300)), "extended attributes");

    // Pieces of sparse files, together.
    let sparse = |name: &str, pieces: usize| {
        let map: String = (0..pieces).map(|n| format!("{}\n0\n", n)).collect();
        let mut map = format!("{pieces}\n{map}").into_bytes();
        map.resize(map.len().next_multiple_of(512), 0);
        let records = [
            ("GNU.sparse.major", "1"),
            ("GNU.sparse.minor", "0"),
            ("GNU.sparse.name", name),
            ("GNU.sparse.realsize", "10000000"),
        ];
        [pax(&records), member(b'0', name, &map)].concat()
    };
    read(&archive(&[sparse("a", 200_000), sparse("b", 50_000)])).unwrap();
    match refused(&[sparse("a", 200_000), sparse("b", 100_000)]) {
        Error::Sparse { reason, .. } => {
            assert!(reason.contains("pieces that are left"), "{reason}")
        }
        other => panic!("{other}"),
    }
}

/// Very many records about all members are not copied for each of these, nor counted again and
/// again: this takes minutes if they are.
#[test]
fn global_records_are_shared() {
    let keys: Vec<String> = (0..200_000).map(|n| format!("K{n}")).collect();
    let records: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "v")).collect();
    let global = |records: &[(&str, &str)]| {
        let mut header = pax(records);
        header[156] = b'g';
        header[148..156].fill(b' ');
        let sum: u32 = header[..512].iter().map(|b| u32::from(*b)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        header
    };
    let mut members = vec![global(&records)];
    members.extend((0..20_000).map(|_| global(&[("a", "b")])));
    members.extend((0..20_000).map(|n| member(b'0', &n.to_string(), b"")));
    let spool = tempfile::tempfile().unwrap();
    let bytes = archive(&members);
    let (tree, _) = from_tar_stream(&bytes[..], spool, &MetadataPolicy::KEEP, FIRST).unwrap();
    assert_eq!(tree.nodes().count(), 20_000);
}
