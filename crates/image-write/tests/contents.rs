//! What is written is what the layout says, and no hole is filled.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use image_layout::{Content, Layout, Reader};
use image_write::{
    Donor, Error, Format, Options, Progress, digest, to_file, to_stream, write_unnamed,
};
use sha2::Digest as _;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

const MIB: u64 = 1 << 20;

fn with_digest() -> Options {
    Options { sha256: true, ..Options::default() }
}

/// A sparse input: 12 MiB with 1 MiB + 5 bytes of data at 4 MiB, and its last 3 bytes.
fn sparse(dir: &Path) -> PathBuf {
    let path = dir.join("sparse.iso");
    let file = File::create(&path).unwrap();
    file.set_len(12 * MIB).unwrap();
    file.write_all_at(&noise(MIB as usize + 5), 4 * MIB).unwrap();
    file.write_all_at(&[7; 3], 12 * MIB - 3).unwrap();
    path
}

/// Every kind of content, aligned and not, with gaps before, between and behind.
fn layout() -> Layout {
    let mut l = Layout::new(40 * MIB + 1);
    l.claim(440, "disk signature", noise(6)).unwrap();
    l.claim(4096, "aligned", source(0, 0, 12 * MIB)).unwrap();
    l.claim(13 * MIB + 1, "shifted", source(0, 4 * MIB + 3, 8 * MIB - 3)).unwrap();
    l.claim(30 * MIB, "zero", Content::Zero { len: MIB }).unwrap();
    l.claim(31 * MIB, "metadata", noise(100_000)).unwrap();
    l.claim(35 * MIB, "an end", source(0, 12 * MIB - 5, 5)).unwrap();
    l
}

fn expected(layout: &Layout, inputs: &Inputs) -> Vec<u8> {
    let mut all = Vec::new();
    Reader::new(layout, inputs).read_to_end(&mut all).unwrap();
    all
}

#[test]
fn a_file_equals_the_reader() {
    let dir = tempfile::tempdir().unwrap();
    let input = sparse(dir.path());
    let layout = layout();
    let all = expected(&layout, &Inputs::open(&[&input]));
    let path = dir.path().join("key.img");
    for options in [Options::default(), with_digest()] {
        for inputs in [Inputs::open(&[&input]), Inputs::open(&[&input]).hidden()] {
            let written = to_file(&layout, &inputs, &path, options, &mut go_on).unwrap();
            assert!(std::fs::read(&path).unwrap() == all, "{options:?}");
            assert_eq!(written.len, all.len() as u64);
            let sha256 = options.sha256.then(|| digest(&layout, &inputs).unwrap());
            assert_eq!(written.sha256, sha256);
        }
    }
}

#[test]
fn a_stream_equals_the_reader() {
    let dir = tempfile::tempdir().unwrap();
    let inputs = Inputs::open(&[&sparse(dir.path())]);
    let layout = layout();
    let mut out = Vec::new();
    let written = to_stream(&layout, &inputs, &mut out, with_digest(), &mut go_on).unwrap();
    assert!(out == expected(&layout, &inputs));
    assert_eq!(written.sha256, Some(digest(&layout, &inputs).unwrap()));
}

/// Hundreds of pieces of all kinds and lengths, some in one page, some a MiB and more, which are
/// read and written together or not.
#[test]
fn small_neighbours_are_written_together_and_nothing_else_changes() {
    let dir = tempfile::tempdir().unwrap();
    let input = sparse(dir.path());
    let inputs = || Inputs::open(&[&input]);
    let mut dice = noise(1 << 16).into_iter().map(u64::from);
    let mut roll = |below: u64| (dice.next().unwrap() << 8 | dice.next().unwrap()) % below;
    let mut layout = Layout::new(48 * MIB);
    let (mut at, mut claimed) = (0, 0);
    loop {
        at += [0, 0, 1, roll(5000), roll(65_000)][roll(5) as usize];
        let len = [1, roll(600), 4096, roll(12_000), roll(65_000) * 20][roll(5) as usize] + 1;
        if at + len > layout.len() {
            break;
        }
        let content = match roll(4) {
            0 => noise(len.min(300_000) as usize).into(),
            1 => Content::Zero { len },
            2 => Content::counting(roll(65_000) as u32, len),
            _ => source(0, 4 * MIB + roll(65_000), len),
        };
        let end = at + content.len();
        layout.claim(at, format!("piece {claimed}"), content).unwrap();
        (at, claimed) = (end, claimed + 1);
    }
    assert!(claimed > 150, "{claimed} pieces");
    let all = expected(&layout, &inputs());
    let path = dir.path().join("key.img");
    for inputs in [inputs(), inputs().hidden()] {
        let mut last = 0;
        let written = to_file(&layout, &inputs, &path, with_digest(), &mut |p| {
            assert!(p.done > last && p.done <= p.total, "{p:?} after {last}");
            last = p.done;
            go_on(p)
        })
        .unwrap();
        assert!(std::fs::read(&path).unwrap() == all);
        assert_eq!(written.sha256, Some(digest(&layout, &inputs).unwrap()));
        let plain = to_file(&layout, &inputs, &path, Options::default(), &mut go_on).unwrap();
        assert!(std::fs::read(&path).unwrap() == all);
        assert_eq!((plain.len, plain.data), (written.len, written.data));
        let mut out = Vec::new();
        to_stream(&layout, &inputs, &mut out, Options::default(), &mut go_on).unwrap();
        assert!(out == all);
    }
}

/// Somebody else's SHA-256 agrees, and objects when the image is tampered with.
#[test]
fn the_digest_is_what_sha256sum_says() {
    let Some(sha256sum) = testbench::oracle("sha256sum") else { return };
    let dir = tempfile::tempdir().unwrap();
    let inputs = Inputs::open(&[&sparse(dir.path())]);
    let path = dir.path().join("key.img");
    let written = to_file(&layout(), &inputs, &path, with_digest(), &mut go_on).unwrap();
    let hex = base16ct::lower::encode_string(&written.sha256.unwrap());
    let sums = dir.path().join("SHA256SUMS");
    std::fs::write(&sums, format!("{hex}  {}\n", path.display())).unwrap();
    sha256sum.run(["-c".as_ref(), sums.as_os_str()]).expect_success("sha256sum -c");
    let file = File::options().write(true).open(&path).unwrap();
    file.write_all_at(&[1], 40 * MIB).unwrap();
    sha256sum.run(["-c".as_ref(), sums.as_os_str()]).expect_objection(
        1,
        "key.img: FAILED",
        "a flipped byte",
    );
}

#[test]
fn gaps_zeros_and_holes_take_no_space() {
    let dir = tempfile::tempdir().unwrap();
    let input = sparse(dir.path());
    let stored = |p: &Path| std::fs::metadata(p).unwrap().blocks() * 512;
    if stored(&input) > 2 * MIB {
        return testbench::missing("a file system with holes under the temporary directory");
    }
    let inputs = Inputs::open(&[&input]);
    let path = dir.path().join("key.img");
    for options in [Options::default(), with_digest()] {
        let written = to_file(&layout(), &inputs, &path, options, &mut go_on).unwrap();
        assert!(written.data < 3 * MIB, "{written:?}");
        assert!(stored(&path) <= written.data + 64 * 1024, "{} bytes stored", stored(&path));
    }
}

#[test]
fn progress_ends_at_its_total() {
    let dir = tempfile::tempdir().unwrap();
    let inputs = Inputs::open(&[&sparse(dir.path())]);
    let (mut calls, mut last) = (0, (0, 0, String::new()));
    let path = dir.path().join("key.img");
    to_file(&layout(), &inputs, &path, Options::default(), &mut |p| {
        assert!(p.done > last.0, "{p:?} after {last:?}");
        last = (p.done, p.total, p.region.to_owned());
        calls += 1;
        go_on(p)
    })
    .unwrap();
    let payload = 6 + 12 * MIB + 8 * MIB - 3 + 100_000 + 5;
    assert_eq!(last, (payload, payload, "an end".to_owned()));
    assert!(calls > 5);
}

/// On XFS the payload is shared, not copied, where its place is a multiple of 4 KiB.
#[test]
fn xfs_shares_the_payload() {
    if !rustix::process::geteuid().is_root() {
        return testbench::missing("root, for a loop mount");
    }
    let tools = ["unshare", "mkfs.xfs", "filefrag"].map(testbench::oracle);
    let [Some(unshare), Some(mkfs), Some(filefrag)] = tools else { return };
    let dir = tempfile::tempdir().unwrap();
    let (disk, mount) = (dir.path().join("disk"), dir.path().join("mnt"));
    File::create(&disk).unwrap().set_len(400 * MIB).unwrap();
    std::fs::create_dir(&mount).unwrap();
    mkfs.run(["-q".as_ref(), "-m".as_ref(), "reflink=1".as_ref(), disk.as_os_str()])
        .expect_success("mkfs.xfs");
    // The mount lives in a namespace of its own, and ends with it.
    let script = "mount -o loop \"$1\" \"$2\" || exit 77; cd \"$2\"; \
                  IMAGE_WRITE_DIR=$2 \"$3\" --exact child_on_xfs --ignored && \"$4\" -v key.img";
    let ran = testbench::run(
        unshare
            .command()
            .args(["--mount", "sh", "-c", script, "sh"])
            .args([&disk, &mount, &std::env::current_exe().unwrap()])
            .arg(filefrag.path()),
    );
    if ran.status == Some(77) {
        return testbench::missing("a loop mount");
    }
    let shared = ran.expect_success("writing on XFS").stdout;
    assert!(shared.contains("shared"), "{shared}");
}

/// A file of another file system than the image at `path` takes room in the first image only.
fn shares_with_an_earlier_image(path: &Path) {
    let room = || rustix::fs::statvfs(path.parent().unwrap()).map(|s| s.f_bfree * s.f_frsize);
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(elsewhere.path(), noise(20 << 20)).unwrap();
    let mut layout = Layout::new(30 * MIB);
    layout.claim(MIB, "file /y.iso", source(0, 0, 20 * MIB)).unwrap();
    let inputs = Inputs::open(&[elsewhere.path()]);
    let write = |donor: Option<&Donor>| {
        let (before, mut layout) = (room().unwrap(), layout.clone());
        let none = || Ok::<_, Error>(Layout::new(30 * MIB));
        let options = Options::default();
        let written =
            write_unnamed(&mut layout, none, &inputs, path, options, donor, &mut go_on).unwrap();
        (written.0, before - room().unwrap())
    };
    let (first, taken) = write(None);
    assert!(taken >= 20 * MIB, "{taken} bytes: there is nothing to share");
    let donor = first.donor().unwrap();
    let (second, taken) = write(Some(&donor));
    assert!(taken < MIB, "{taken} bytes were written again");
    second.commit().unwrap();
    assert!(std::fs::read(path).unwrap() == expected(&layout, &inputs));
}

#[test]
#[ignore = "run by xfs_shares_the_payload"]
fn child_on_xfs() {
    let Some(dir) = std::env::var_os("IMAGE_WRITE_DIR").map(PathBuf::from) else { return };
    let input = dir.join("x.iso");
    std::fs::write(&input, noise(80 << 20)).unwrap();
    File::open(&input).unwrap().sync_all().unwrap();
    let free = || rustix::fs::statvfs(&dir).map(|s| s.f_bfree * s.f_frsize).unwrap();
    // Leaves no room for a copy.
    let filler = File::create(dir.join("filler")).unwrap();
    let flags = rustix::fs::FallocateFlags::empty();
    rustix::fs::fallocate(&filler, flags, 0, free() - 60 * MIB).unwrap();
    let before = free();
    let mut layout = Layout::new(100 * MIB);
    layout.claim(MIB, "file /x.iso", source(0, 0, 80 * MIB)).unwrap();
    let inputs = Inputs::open(&[&input]);
    let path = dir.join("key.img");
    let all = Options { region_sha256: true, range_sha256: true, ..with_digest() };
    for options in [Options::default(), all, Options { format: Format::Qcow2, ..all }] {
        let written = to_file(&layout, &inputs, &path, options, &mut go_on).unwrap();
        assert!(before - free() < MIB, "{} bytes were copied", before - free());
        if options.format == Format::Raw {
            assert!(std::fs::read(&path).unwrap() == expected(&layout, &inputs));
        }
        if options.sha256 {
            assert_eq!(written.sha256, Some(digest(&layout, &inputs).unwrap()));
            let pieces = written.pieces.unwrap();
            let whole = sha2::Sha256::digest(std::fs::read(&input).unwrap()).into();
            assert_eq!(pieces.regions, [whole]);
            assert_eq!(pieces.ranges, [(MIB..81 * MIB, whole)]);
            assert_eq!(pieces.sources[&image_layout::SourceId(0)], (80 * MIB, whole));
        }
    }
    shares_with_an_earlier_image(&dir.join("other.img"));
    // What is shared and read are two moments: a change between them must not go unnoticed.
    let change = &mut |p: Progress<'_>| {
        File::options().write(true).open(&input).unwrap().write_all_at(b"new", 0).unwrap();
        go_on(p)
    };
    let e = to_file(&layout, &inputs, &path, all, change).unwrap_err();
    assert!(matches!(e, image_write::Error::InputChanged { .. }), "{e}");
}
