//! Compressed images and virtual disks, read without being unpacked.

use crate::{noise, open};
use image_layout::{Layout, SourceId, Sources};
use image_write::{Format, Options, SourceFiles};
use key_read::{DiskImage, ReadAt as _};
use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use testbench::oracle;

struct NoInputs;

impl Sources for NoInputs {
    fn read_exact_at(&self, _: SourceId, _: u64, _: &mut [u8]) -> io::Result<()> {
        unreachable!()
    }
}

impl SourceFiles for NoInputs {
    fn file(&self, _: SourceId) -> Option<&File> {
        None
    }

    fn path(&self, _: SourceId) -> &Path {
        Path::new("")
    }
}

/// An image with data at its ends, across the blocks of every format, and holes between.
fn image() -> Layout {
    let mut layout = Layout::new((11 << 20) + 512);
    layout.claim(0, "start", noise(3000, 1)).unwrap();
    layout.claim((1 << 20) - 100, "across gzip's blocks", noise(200, 2)).unwrap();
    layout.claim((4 << 20) - 70_000, "across the others'", noise(140_000, 3)).unwrap();
    layout.claim((11 << 20) - 1000, "end", noise(1512, 4)).unwrap();
    layout
}

#[track_caller]
fn same(found: &DiskImage, expected: &[u8], what: &str) {
    assert_eq!(found.len(), expected.len() as u64, "{what}");
    assert!(found.read_vec(0, expected.len()).unwrap() == expected, "{what}: all");
    for (at, len) in [(0, 1), ((1 << 20) - 1, 2), ((4 << 20) - 3, 9000), (11 << 20, 512)] {
        let bytes = found.read_vec(at as u64, len).unwrap();
        assert!(bytes == expected[at..at + len], "{what}: {len} bytes at {at}");
    }
    assert!(found.read_vec(found.len() - 1, 2).is_err(), "{what}: behind the end");
}

#[test]
fn every_form_that_bootkey_writes_is_read_without_being_unpacked() {
    let dir = tempfile::tempdir().unwrap();
    let path = |format: Format| dir.path().join(format.name());
    let layout = image();
    for format in Format::ALL {
        let options = Options { format, ..Options::default() };
        image_write::to_file(&layout, &NoInputs, &path(format), options, &mut |_| {
            ControlFlow::Continue(())
        })
        .unwrap();
    }
    let raw = fs::read(path(Format::Raw)).unwrap();
    for format in Format::ALL {
        let found = open(&path(format));
        same(&found, &raw, format.name());
        assert_eq!(found.raw_file().is_some(), format == Format::Raw, "{format}");
    }
    // Cut off anywhere, each is refused or reads as less, and nothing is made up for it.
    for format in [Format::Gzip, Format::Xz, Format::Zstd, Format::Qcow2, Format::Vmdk, Format::Vhd]
    {
        let bytes = fs::read(path(format)).unwrap();
        for part in [1, 2, 3, 5, 7] {
            let cut = dir.path().join("cut");
            fs::write(&cut, &bytes[..bytes.len() * part / 8]).unwrap();
            let Ok(found) = DiskImage::open(&cut) else { continue };
            let all = usize::try_from(found.len()).ok().map(|len| found.read_vec(0, len));
            let whole = matches!(all, Some(Ok(bytes)) if bytes == raw);
            assert!(!whole, "{format}: {part}/8 of it are all of it");
        }
    }
}

#[test]
fn virtual_disks_of_qemu_are_read_and_what_cannot_be_is_told() {
    let Some(qemu_img) = oracle("qemu-img") else { return };
    let dir = tempfile::tempdir().unwrap();
    let raw = dir.path().join("raw");
    // A VHD of QEMU's is as long as whole cylinders are.
    let mut layout = Layout::new(17_694_720);
    layout.claim(70_000, "data", noise(300_000, 9)).unwrap();
    image_write::to_file(&layout, &NoInputs, &raw, Options::default(), &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    let expected = fs::read(&raw).unwrap();
    let raw = raw.to_str().unwrap();
    let out = dir.path().join("out");
    let out = out.to_str().unwrap();
    let convert = |words: &[&str]| {
        let all = [&["convert", "-f", "raw"], words, &[raw, out]].concat();
        qemu_img.run(all).expect_success("qemu-img");
        DiskImage::open(out.as_ref())
    };
    for words in [&["-O", "qcow2"][..], &["-O", "vmdk"], &["-O", "vpc", "-o", "force_size"]] {
        same(&convert(words).unwrap(), &expected, words[1]);
    }
    for (words, says) in [
        (&["-c", "-O", "qcow2"][..], "compressed clusters"),
        (&["-O", "vmdk", "-o", "subformat=streamOptimized"], "compressed grains"),
    ] {
        let error = convert(words).unwrap_err().to_string();
        assert!(error.contains(says) && error.contains("qemu-img convert"), "{error}");
    }
}

/// xz makes blocks, too, where it is told to; but CRC64 is what it has by default.
#[test]
fn blocks_that_xz_made_are_read_with_the_checksum_that_is_known() {
    let Some(xz) = oracle("xz") else { return };
    let dir = tempfile::tempdir().unwrap();
    let (raw, packed) = (dir.path().join("raw"), dir.path().join("raw.xz"));
    let expected = [noise(3 << 20, 5), vec![0; 8 << 20], noise(512, 6)].concat();
    fs::write(&raw, &expected).unwrap();
    let pack = |check: &str| {
        let check = format!("--check={check}");
        let words = ["-k", "-f", "-T2", "--block-size=1MiB", &check, raw.to_str().unwrap()];
        xz.run(words).expect_success("xz");
        DiskImage::open(&packed)
    };
    same(&pack("crc32").unwrap(), &expected, "crc32");
    for check in ["crc64", "sha256", "none"] {
        let error = pack(check).unwrap_err().to_string();
        assert!(error.contains("other checksums than bootkey's; `unxz` it first"), "{error}");
    }
}

#[test]
fn compressed_files_of_others_are_refused_with_the_next_step() {
    let dir = tempfile::tempdir().unwrap();
    let raw = dir.path().join("raw");
    fs::write(&raw, noise(3 << 20, 5)).unwrap();
    let raw = raw.to_str().unwrap();
    for (program, step) in [("gzip", "`gunzip` it"), ("xz", "`unxz` it"), ("zstd", "`unzstd` it")] {
        let Some(oracle) = oracle(program) else { return };
        let packed = testbench::run(oracle.command().args(["-k", "-f", raw]));
        packed.expect_success(program);
        let extension = if program == "gzip" { "gz" } else { &program.replace("zstd", "zst") };
        let error = DiskImage::open(format!("{raw}.{extension}").as_ref()).unwrap_err();
        assert!(error.to_string().contains(step), "{error}");
    }
}
