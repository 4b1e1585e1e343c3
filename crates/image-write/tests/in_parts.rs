//! Images whose layout comes in two parts: what is written is what one layout would give.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use image_layout::{ClaimError, Content, Layout};
use image_write::{Error, Format, Options, Progress, to_file, write_unnamed};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

const MIB: u64 = 1 << 20;
const LEN: u64 = 8 * MIB;

/// What may be written first, and what comes later: between it, beside it in the same sectors and
/// pages, and behind it.
fn parts() -> [Layout; 2] {
    let (mut first, mut rest) = (Layout::new(LEN), Layout::new(LEN));
    let mut first_claims = |at, name, content: Content| first.claim(at, name, content).unwrap();
    first_claims(440, "table", noise(72).into());
    first_claims(3000, "header", noise(100).into());
    first_claims(MIB, "file /x.iso", source(0, 0, 3 * MIB + 5));
    first_claims(5 * MIB, "zeros", Content::Zero { len: 10_000 });
    first_claims(7 * MIB + 100, "copy of the header", noise(100).into());
    let mut rest_claims = |at, name, content: Content| rest.claim(at, name, content).unwrap();
    rest_claims(0, "boot code", vec![1; 440].into());
    rest_claims(512, "core.img", noise(1700).into());
    rest_claims(5 * MIB + 10_000, "behind zeros", noise(300_000).into());
    rest_claims(7 * MIB + 210, "behind the copy", vec![2; 40].into());
    [first, rest]
}

/// A directory with the input that [`parts`] name.
fn room() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let iso = dir.path().join("x.iso");
    fs::write(&iso, noise(4 * MIB as usize)).unwrap();
    (dir, iso)
}

fn with(options: Options, iso: &Path, path: &Path) -> (Layout, image_write::Written) {
    let [mut layout, rest] = parts();
    let rest = || Ok::<_, Error>(rest);
    let inputs = Inputs::open(&[iso]);
    let (ready, written) =
        write_unnamed(&mut layout, rest, &inputs, path, options, None, &mut go_on).unwrap();
    ready.commit().unwrap();
    (layout, written)
}

#[test]
fn two_parts_give_the_file_that_one_gives() {
    let (dir, iso) = room();
    let [mut whole, rest] = parts();
    whole.merge(rest).unwrap();
    let raw = Options::default();
    let options = [
        raw,
        Options { sha256: true, ..raw },
        Options { file_sha256: true, ..raw },
        Options { region_sha256: true, range_sha256: true, ..raw },
        Options { format: Format::Zstd, ..raw },
        Options { format: Format::Qcow2, ..raw },
    ];
    for options in options {
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        let expected = to_file(&whole, &Inputs::open(&[&iso]), &one, options, &mut go_on).unwrap();
        let (layout, written) = with(options, &iso, &two);
        assert_eq!(written, expected, "{options:?}");
        assert!(fs::read(&two).unwrap() == fs::read(&one).unwrap(), "{options:?}");
        assert!(layout.regions().eq(whole.regions()), "{options:?}\n{layout}");
    }
}

/// A plain file does not wait for the rest, and all others do.
#[test]
fn the_rest_is_asked_for_when_it_is_needed() {
    let (dir, iso) = room();
    let raw = Options::default();
    let ordered = [
        Options { sha256: true, ..raw },
        Options { format: Format::Gzip, ..raw },
        Options { format: Format::Vhd, ..raw },
    ];
    for (options, expected) in
        [(raw, 3 * MIB + 5 + 72 + 200)].into_iter().chain(ordered.map(|o| (o, 0)))
    {
        let done = std::cell::Cell::new((0, 0));
        let mut progress = |p: Progress<'_>| {
            assert!(p.done > done.get().0, "{p:?} after {done:?}");
            done.set((p.done, p.total));
            ControlFlow::Continue(())
        };
        let [mut layout, rest] = parts();
        let rest = || {
            assert_eq!(done.get().0, expected, "{options:?}");
            Ok::<_, Error>(rest)
        };
        let (inputs, path) = (Inputs::open(&[&iso]), dir.path().join("key.img"));
        let written =
            write_unnamed(&mut layout, rest, &inputs, &path, options, None, &mut progress);
        drop(written.unwrap());
        let (done, total) = done.get();
        assert_eq!(done, total, "{options:?}");
    }
}

/// The error of whoever makes the rest.
#[derive(Debug)]
enum Failure {
    Rest,
    #[allow(dead_code)] // shown when it comes
    Write(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Write(error)
    }
}

#[test]
fn without_the_rest_there_is_no_file() {
    let (dir, iso) = room();
    let path = dir.path().join("key.img");
    for sha256 in [false, true] {
        for old in [false, true] {
            if old {
                fs::write(&path, "old").unwrap();
            }
            let ([mut layout, _], inputs) = (parts(), Inputs::open(&[&iso]));
            let options = Options { sha256, ..Options::default() };
            let rest = || Err(Failure::Rest);
            let written =
                write_unnamed(&mut layout, rest, &inputs, &path, options, None, &mut go_on);
            assert!(matches!(written, Err(Failure::Rest)), "{written:?}");
            drop(written);
            match old {
                true => assert_eq!(fs::read(&path).unwrap(), b"old"),
                false => assert_eq!(names(dir.path()), ["x.iso"]),
            }
        }
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_rest_that_overlaps_gives_no_file() {
    let (dir, iso) = room();
    let ([mut layout, mut rest], inputs) = (parts(), Inputs::open(&[&iso]));
    rest.claim(2 * MIB, "in the file", vec![3; 5]).unwrap();
    let path = dir.path().join("key.img");
    let rest = || Ok::<_, Error>(rest);
    let written =
        write_unnamed(&mut layout, rest, &inputs, &path, Options::default(), None, &mut go_on);
    let overlaps = matches!(written, Err(Error::Container(ClaimError::Overlap { .. })));
    assert!(overlaps, "{written:?}");
    drop(written);
    assert_eq!(names(dir.path()), ["x.iso"]);
}

#[test]
fn a_part_that_cannot_be_written_is_told_before_the_rest() {
    let (dir, iso) = room();
    let path = dir.path().join("key.img");
    let ([mut layout, _], inputs) = (parts(), Inputs::open(&[&iso]));
    fs::File::options().write(true).open(&iso).unwrap().set_len(MIB).unwrap();
    let rest = || -> Result<Layout, Error> { panic!("asked for the rest of what is lost") };
    let written =
        write_unnamed(&mut layout, rest, &inputs, &path, Options::default(), None, &mut go_on);
    assert!(matches!(written, Err(Error::InputShrank { .. })), "{written:?}");
    assert_eq!(names(dir.path()), ["x.iso"]);
    // And so is one that somebody stops.
    let ([mut layout, _], mut stop) = (parts(), |_: Progress<'_>| ControlFlow::Break(()));
    let rest = || -> Result<Layout, Error> { panic!("asked for the rest of what is stopped") };
    let written =
        write_unnamed(&mut layout, rest, &inputs, &path, Options::default(), None, &mut stop);
    assert!(matches!(written, Err(Error::Stopped)), "{written:?}");
    assert_eq!(names(dir.path()), ["x.iso"]);
}
