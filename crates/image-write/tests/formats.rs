//! Every format turns back into the image, by other people's programs, and they object to
//! a flipped bit.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use image_layout::{Content, Layout, Reader};
use image_write::{DiskIdentity, Format, Options, digest, to_file, to_stream};
use std::fs::{self, File};
use std::io::Read as _;
use std::num::NonZero;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

const MIB: u64 = 1 << 20;

fn options(format: Format) -> Options {
    let identity = DiskIdentity { uuid: *b"0123456789abcdef", time: 1_600_000_000 };
    Options { format, identity, sha256: true, file_sha256: true, ..Options::default() }
}

/// 12 MiB, of which 1 MiB + 5 bytes are noise, 2 MiB text, and the rest a hole.
fn input(dir: &Path) -> PathBuf {
    let path = dir.join("x.iso");
    let file = File::create(&path).unwrap();
    file.set_len(12 * MIB).unwrap();
    file.write_all_at(&noise(MIB as usize + 5), 3 * MIB).unwrap();
    let text: String = (0..200_000).map(|n| format!("line {n}\n")).collect();
    file.write_all_at(&text.as_bytes()[..2 * MIB as usize], 8 * MIB).unwrap();
    path
}

/// An image of some 600 MiB, so that there are several L2 tables, most of it nothing.
fn layout() -> Layout {
    let mut l = Layout::new(600 * MIB + 4096);
    l.claim(440, "disk signature", noise(6)).unwrap();
    l.claim(MIB, "file", source(0, 0, 12 * MIB)).unwrap();
    l.claim(40 * MIB - 100, "metadata", noise(3 * MIB as usize)).unwrap();
    l.claim(100 * MIB, "zero", Content::Zero { len: 50 * MIB }).unwrap();
    l.claim(590 * MIB + 65_536, "shifted", source(0, 3 * MIB + 7, MIB)).unwrap();
    l.claim(600 * MIB + 4095, "last byte", vec![1]).unwrap();
    l
}

/// A small one, with blocks of all kinds: zeros, part zeros, none.
fn small_layout() -> Layout {
    let mut l = Layout::new(17 * MIB + 4096);
    l.claim(440, "disk signature", noise(6)).unwrap();
    l.claim(6 * MIB - 5, "some of a file", source(0, 3 * MIB + 7, 3 * MIB)).unwrap();
    l.claim(17 * MIB + 4095, "last byte", vec![1]).unwrap();
    l
}

struct Room {
    dir: tempfile::TempDir,
    layout: Layout,
    inputs: Inputs,
    raw: Vec<u8>,
}

impl Room {
    fn new(layout: Layout) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let inputs = Inputs::open(&[&input(dir.path())]);
        let mut raw = Vec::new();
        Reader::new(&layout, &inputs).read_to_end(&mut raw).unwrap();
        Self { dir, layout, inputs, raw }
    }

    fn write(&self, format: Format) -> PathBuf {
        let path = self.dir.path().join("key");
        let options = options(format);
        let written = to_file(&self.layout, &self.inputs, &path, options, &mut go_on).unwrap();
        assert_eq!(written.len, self.layout.len());
        assert_eq!(written.sha256, Some(digest(&self.layout, &self.inputs).unwrap()));
        let bytes = fs::read(&path).unwrap();
        assert_eq!(written.file_len, bytes.len() as u64);
        let mut whole = Layout::new(written.file_len);
        whole.claim(0, "file", bytes).unwrap();
        assert_eq!(written.file_sha256, Some(digest(&whole, &self.inputs).unwrap()));
        path
    }
}

#[test]
fn compressed_streams_are_the_image() {
    let room = Room::new(layout());
    for (format, program) in [(Format::Gzip, "gzip"), (Format::Xz, "xz"), (Format::Zstd, "zstd")] {
        let Some(tool) = testbench::oracle(program) else { continue };
        let path = room.write(format);
        // 6 MiB of noise, and little for the rest: zeros are cheap.
        let len = fs::metadata(&path).unwrap().len();
        assert!(len > 5 * MIB && len < 8 * MIB, "{format}: {len} bytes");
        let back = || {
            let out = tool.command().arg("-dc").stdin(File::open(&path).unwrap()).output().unwrap();
            (out.status.success(), out.stdout)
        };
        let (fine, bytes) = back();
        assert!(fine && bytes == room.raw, "{format}");
        let file = File::options().read(true).write(true).open(&path).unwrap();
        let mut byte = [0];
        file.read_exact_at(&mut byte, len / 2).unwrap();
        file.write_all_at(&[byte[0] ^ 1], len / 2).unwrap();
        assert!(!back().0, "{program} does not object to a flipped bit");
    }
}

#[test]
fn xz_lists_blocks_and_zstd_frames() {
    let room = Room::new(layout());
    let blocks = (room.layout.len() as usize).div_ceil(4 << 20);
    if let Some(xz) = testbench::oracle("xz") {
        let path = room.write(Format::Xz);
        let said =
            xz.run(["--robot".as_ref(), "--list".as_ref(), "-Fxz".as_ref(), path.as_os_str()]);
        let said = said.expect_success("xz --list").stdout;
        let file = said.lines().find(|l| l.starts_with("file")).unwrap();
        let words: Vec<&str> = file.split('\t').collect();
        assert_eq!(words[1..3], ["1", &blocks.to_string()], "{said}");
        assert_eq!(words[4], room.layout.len().to_string(), "{said}");
    }
    if let Some(zstd) = testbench::oracle("zstd") {
        let path = room.write(Format::Zstd);
        let as_zst = path.with_extension("zst");
        fs::rename(&path, &as_zst).unwrap();
        let said = zstd.run(["-lv".as_ref(), as_zst.as_os_str()]).expect_success("zstd -l").stdout;
        let count = |what: &str| {
            let line = said.lines().find(|l| l.contains(what)).unwrap_or_default();
            line.rsplit(' ').next().unwrap_or_default().to_owned()
        };
        assert_eq!(count("Zstandard Frames"), blocks.to_string(), "{said}");
        assert_eq!(count("Skippable Frames"), "1", "{said}");
        assert!(said.contains("XXH64"), "no checksums: {said}");
    }
}

#[test]
fn virtual_disks_are_the_image() {
    let Some(qemu_img) = testbench::oracle("qemu-img") else { return };
    let room = Room::new(layout());
    let back = room.dir.path().join("back");
    for (format, driver) in [
        (Format::Qcow2, "qcow2"),
        (Format::Vmdk, "vmdk"),
        (Format::Vhd, "vpc"),
        (Format::VhdFixed, "vpc"),
    ] {
        let path = room.write(format);
        let convert = |from: &Path| {
            let words = ["convert", "-f", driver, "-O", "raw"].map(std::ffi::OsStr::new);
            let words = words.into_iter().chain([from.as_os_str(), back.as_os_str()]);
            qemu_img.run(words).expect_success("qemu-img convert");
            fs::read(&back).unwrap()
        };
        assert!(convert(&path) == room.raw, "{format}: another image");
        if format != Format::VhdFixed {
            let check = ["check", "-f", driver].map(std::ffi::OsStr::new);
            // It cannot check VHD, and says so with 63.
            let ran = qemu_img.run(check.into_iter().chain([path.as_os_str()]));
            if ran.status != Some(63) {
                ran.expect_success("qemu-img check");
            }
        }
        // Of 7 MiB of data: whole blocks of 2 MiB are most of what any of them needs.
        let meta = fs::metadata(&path).unwrap();
        let stored = meta.blocks() * 512;
        assert!(stored < 20 * MIB, "{format}: {stored} bytes stored");
        assert!(format == Format::VhdFixed || meta.len() < 30 * MIB, "{format}: {}", meta.len());
    }
}

/// The tamper test of `qemu-img check`.
#[test]
fn qemu_objects_to_a_wrong_count() {
    let Some(qemu_img) = testbench::oracle("qemu-img") else { return };
    let room = Room::new(layout());
    let path = room.write(Format::Qcow2);
    let file = File::options().read(true).write(true).open(&path).unwrap();
    let mut at = [0; 8];
    // The refcount table's first entry says where the counts are.
    file.read_exact_at(&mut at, 2 << 16).unwrap();
    file.write_all_at(&[0, 2], u64::from_be_bytes(at) + 20).unwrap();
    let check = ["check", "-f", "qcow2"].map(std::ffi::OsStr::new);
    qemu_img.run(check.into_iter().chain([path.as_os_str()])).expect_objection(
        2,
        "refcount=2 reference=1",
        "a wrong count",
    );
}

#[test]
fn a_stream_is_the_file_and_threads_change_nothing() {
    let room = Room::new(small_layout());
    for format in Format::ALL {
        let bytes = fs::read(room.write(format)).unwrap();
        for threads in [1, 3] {
            let options = Options { threads: NonZero::new(threads), ..options(format) };
            let mut out = Vec::new();
            to_stream(&room.layout, &room.inputs, &mut out, options, &mut go_on).unwrap();
            assert!(out == bytes, "{format} with {threads} threads");
        }
    }
}

/// Where an input's holes are known gives the same as where they are read as zeros.
#[test]
fn holes_of_inputs_change_nothing() {
    let room = Room::new(small_layout());
    for format in Format::ALL {
        let bytes = fs::read(room.write(format)).unwrap();
        let hidden = Inputs::open(&[&room.dir.path().join("x.iso")]).hidden();
        let mut out = Vec::new();
        to_stream(&room.layout, &hidden, &mut out, options(format), &mut go_on).unwrap();
        assert!(out == bytes, "{format}");
    }
}

#[test]
fn a_large_empty_image_is_cheap_in_every_format() {
    let mut layout = Layout::new(64 << 30);
    layout.claim(510, "boot signature", vec![0x55, 0xaa]).unwrap();
    layout.claim(60 << 30, "something", noise(10)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key");
    for format in Format::ALL {
        let options = Options { format, ..Options::default() };
        let written = to_file(&layout, &Inputs::default(), &path, options, &mut go_on).unwrap();
        let stored = fs::metadata(&path).unwrap().blocks() * 512;
        // gzip has no shorter way to say so many zeros.
        let most = if format == Format::Gzip { 70 * MIB } else { 15 * MIB };
        assert!(stored < most, "{format}: {stored} of {} bytes", written.file_len);
    }
}

#[test]
fn what_a_format_cannot_hold_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key");
    let refuse = |len, format| {
        let options = Options { format, ..Options::default() };
        let e = to_file(&Layout::new(len), &Inputs::default(), &path, options, &mut go_on);
        assert_eq!(names(dir.path()), [""; 0]);
        e.unwrap_err().to_string()
    };
    assert_eq!(
        refuse(3 << 40, Format::Vhd),
        "an image of 3298534883328 bytes is too large for the format vhd; \
         choose another, such as qcow2"
    );
    assert!(refuse(1000, Format::Qcow2).contains("not whole sectors"));
}

#[test]
fn names_and_extensions() {
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
    }
    let of = |path: &str| Format::of_path(Path::new(path));
    assert_eq!(of("a/key.img.ZST"), Some(Format::Zstd));
    assert_eq!((of("key.img"), of("key.raw"), of("zst")), (None, None, None));
    let e = "zip".parse::<Format>().unwrap_err();
    assert!(e.contains("`zip` is no format; there are raw, gz, xz, zst, qcow2"), "{e}");
}
