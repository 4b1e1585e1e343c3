//! A package as it is; or, by the first byte, a header and payload behind a sound signature, or
//! an archive in a sound package: what is behind digests and compression is reached.
#![no_main]

use flate2::{Compression, write::GzEncoder};
use fuzz::packages::with_file;
use fuzz::{Seeds, tagged};
use packages::Rpm;
use std::io::Write as _;
use testbench::deb_packages::compress;
use testbench::rpm_packages::{RpmPackage, Value};

/// A header of strings and numbers.
fn header(entries: &[(u32, u32, &[u8])]) -> Vec<u8> {
    let (mut index, mut values) = (Vec::new(), Vec::new());
    for (tag, kind, value) in entries {
        values.resize(values.len().next_multiple_of(4), 0);
        let count = if *kind == 4 { value.len() as u32 / 4 } else { 1 };
        let words = [*tag, *kind, values.len() as u32, count];
        index.extend(words.into_iter().flat_map(u32::to_be_bytes));
        values.extend(*value);
    }
    let sizes = [entries.len() as u32, values.len() as u32].map(u32::to_be_bytes).concat();
    [&b"\x8e\xad\xe8\x01\0\0\0\0"[..], &sizes, &index, &values].concat()
}

fn package(payload: &[u8], compressor: &[u8]) -> Vec<u8> {
    let files: &[(u32, u32, &[u8])] = &[
        (1000, 6, b"ab\0"),
        (1001, 6, b"1\0"),
        (1002, 6, b"1\0"),
        (1009, 4, &[0, 0, 1, 0]),
        (1022, 6, b"noarch\0"),
        (1028, 4, &[0, 0, 0, 3]),
        (1030, 3, &[0x81, 0xa4]),
        (1044, 6, b"ab.src.rpm\0"),
        (1095, 4, &[0, 0, 0, 1]),
        (1096, 4, &[0, 0, 0, 1]),
        (1116, 4, &[0, 0, 0, 0]),
        (1117, 8, b"x\0"),
        (1118, 8, b"/usr/\0"),
        (1125, 6, compressor),
    ];
    let mut all = lead();
    all.extend(header(files));
    all.extend(payload);
    all
}

/// The lead, and a signature header that says nothing.
fn lead() -> Vec<u8> {
    let mut lead = b"\xed\xab\xee\xdb\x03\0\0\0".to_vec();
    lead.resize(96, 0);
    lead.extend(header(&[]));
    lead
}

fn seeds() -> Seeds {
    let mut seeds = Seeds::new();
    let compressors =
        [(".gz", "gzip"), (".xz", "xz"), (".zst", "zstd"), (".bz2", "bzip2"), (".lzma", "lzma")];
    for (n, (suffix, name)) in (0..).zip(compressors) {
        for stripped in [false, true] {
            let mut put =
                |what: &str, bytes| seeds.push((format!("{what}{stripped}{suffix}"), bytes));
            let mut package = RpmPackage::new("ab", "1", "1").compressor(suffix, name);
            package = package.file("usr/a", "abc").file("usr/b", vec![7; 999]);
            package.stripped = stripped;
            put("whole", tagged(0, &package.bytes()));
            // Digests that no mutation would fit are replaced by none.
            let other = package.clone().tag(5093, Some(Value::Number(vec![0])));
            let behind = other.bytes().split_off(96);
            let at = behind.windows(4).rposition(|w| w == b"\x8e\xad\xe8\x01");
            put("header", tagged(1, &behind[at.unwrap_or(0)..]));
            put("payload", tagged(n * 4 + 2, &compress(suffix, &package.cpio())));
            put("cpio", tagged(3, &package.cpio()));
        }
    }
    seeds
}

fuzz::target!(seeds, |data| {
    let Some((mode, rest)) = data.split_first() else { return };
    let compressors: [&[u8]; 5] = [b"gzip\0", b"xz\0", b"zstd\0", b"bzip2\0", b"lzma\0"];
    let bytes = match mode % 4 {
        0 => rest.to_vec(),
        1 => [&lead(), rest].concat(),
        2 => package(rest, compressors[usize::from(mode / 4 % 5)]),
        _ => {
            let mut gz = GzEncoder::new(Vec::new(), Compression::none());
            gz.write_all(rest).expect("memory");
            package(&gz.finish().expect("memory"), compressors[0])
        }
    };
    with_file(&bytes, |path| {
        let Ok(rpm) = Rpm::open(path) else { return };
        let _ = rpm.header();
        let members = rpm.members();
        let read = rpm.read_members(1 << 20, |name| name.len() % 2 == 0);
        for member in members.into_iter().flatten() {
            for name in [&member.name].into_iter().chain(&member.aliases) {
                assert!(!name.starts_with('/') && !name.split('/').any(|p| p == ".."));
            }
        }
        for name in read.into_iter().flatten().map(|m| m.0) {
            assert!(!name.starts_with('/') && !name.split('/').any(|p| p == ".."));
        }
    });
});
