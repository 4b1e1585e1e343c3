//! The same bytes for ever: digests of a small image in every format. A change here is a change
//! for everybody who publishes images, and gets a line in the changelog.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use image_layout::{Content, Layout};
use image_write::{DiskIdentity, Format, Options, to_stream};
use std::fs::File;
use std::num::NonZero;
use std::os::unix::fs::FileExt as _;

/// Of the image below in each format.
const GOLDEN: [(Format, &str); 8] = [
    (Format::Raw, "e9819adfe76ee6c0b5fa0cfdb1d28737281d2a45dbcdb0be4d236beb9a82d936"),
    (Format::Gzip, "10b695ca2ebfbd622927015e54419efc74c9d6bb2c06be90f8412c52f75dcc18"),
    (Format::Xz, "72347ef8076c0f2b24bdd45c59bca163cd7fee50910391f3da4f53147b305156"),
    (Format::Zstd, "800288a5e8240ff905c437fb6af28e091ed286693abb0f1dbd8fb7b1f303ba5d"),
    (Format::Qcow2, "f4fa6bb22f5597224124a36df37bf5ed27545141a9e76d936f769a2b7cddc5c0"),
    (Format::Vmdk, "19f9f4050002649198cdf45d4948e9ce42e84d0ddbbd741297c8cb5c99368174"),
    (Format::Vhd, "48ebc37076a337771c1856ae651fe2c78e1f39d6844405e0526ee9d7b45c7e29"),
    (Format::VhdFixed, "fec8e25b6deca9a419d76fc14df03e5e86b4c79cf97021e5eefa148c3b0fb5f5"),
];

#[test]
fn formats_give_the_pinned_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.iso");
    let input = File::create(&path).unwrap();
    input.set_len(3 << 20).unwrap();
    let text: String = (0..60_000).map(|n| format!("line {n}\n")).collect();
    input.write_all_at(text.as_bytes(), 1 << 20).unwrap();
    let mut layout = Layout::new(12 << 20);
    layout.claim(440, "disk signature", noise(6)).unwrap();
    layout.claim(1 << 20, "file", source(0, 0, 3 << 20)).unwrap();
    layout.claim(5 << 20, "zero", Content::Zero { len: 1 << 20 }).unwrap();
    layout.claim((9 << 20) - 7, "metadata", noise(100_000)).unwrap();
    let inputs = Inputs::open(&[&path]);
    let mut got = Vec::new();
    for (format, _) in GOLDEN {
        let digest = |threads| {
            let options = Options {
                format,
                file_sha256: true,
                identity: DiskIdentity { uuid: *b"0123456789abcdef", time: 1_600_000_000 },
                threads: NonZero::new(threads),
                ..Options::default()
            };
            let written =
                to_stream(&layout, &inputs, &mut std::io::sink(), options, &mut go_on).unwrap();
            base16ct::lower::encode_string(&written.file_sha256.unwrap())
        };
        assert_eq!(digest(1), digest(2), "{format} with one thread and two");
        got.push((format, digest(1)));
    }
    let got: Vec<_> = got.iter().map(|(format, digest)| (*format, &**digest)).collect();
    assert_eq!(got, GOLDEN, "other bytes: if that is meant, say so in the changelog");
}
