//! Held against mtools, which read every file back.

use crate::common::{SHAPES, bytes_of, flip, layout, sample, start, write};
use file_tree::{Directory, View};
use std::path::Path;
use testbench::{Oracle, Ran, oracle};

fn run(tool: &Oracle, image: &Path, args: &[&str]) -> Ran {
    let mut command = tool.command();
    command.env("LC_ALL", "C.UTF-8").env("MTOOLS_SKIP_CHECK", "0").arg("-i").arg(image);
    testbench::run(command.args(args))
}

/// Copies everything out of the image; says what differs from the tree.
fn differences(mcopy: &Oracle, image: &Path, tree: &Directory) -> Vec<String> {
    let out = tempfile::tempdir().unwrap();
    run(mcopy, image, &["-s", "-m", "-n", "::*", out.path().to_str().unwrap()]);
    let mut differ = Vec::new();
    for (path, node) in tree.walk() {
        let at = out.path().join(&path);
        let same = match node.view() {
            View::Directory(_) => at.is_dir(),
            View::File(f) => std::fs::read(&at).is_ok_and(|b| b == bytes_of(&f.content)),
            _ => false,
        };
        if !same {
            differ.push(path);
        }
    }
    differ
}

#[test]
fn every_file_is_read_back() {
    let Some(mcopy) = oracle("mcopy") else { return };
    for shape in SHAPES {
        let (dir, tree) = (tempfile::tempdir().unwrap(), sample());
        let image = write(&layout(&tree, shape), dir.path());
        assert_eq!(differences(&mcopy, &image, &tree), [""; 0], "{shape:?}");
    }
}

#[test]
fn label_number_and_times_are_what_was_asked_for() {
    let Some(mdir) = oracle("mdir") else { return };
    for shape in SHAPES {
        let dir = tempfile::tempdir().unwrap();
        let image = write(&layout(&sample(), shape), dir.path());
        let said = run(&mdir, &image, &["::/EFI/BOOT"]).expect_success("mdir").stdout;
        for fact in [
            " Volume in drive : is ESP OF KEY",
            " Volume Serial Number is 1234-ABCD",
            "BOOTX64  EFI    700001 2009-06-28  12:00",
            "grub     cfg        14 2009-06-28  12:00",
        ] {
            assert!(said.contains(fact), "{shape:?}: {fact:?} is not in {said}");
        }
    }
}

#[test]
fn tampering_is_noticed() {
    let Some(mcopy) = oracle("mcopy") else { return };
    for shape in SHAPES {
        let (dir, tree) = (tempfile::tempdir().unwrap(), sample());
        let layout = layout(&tree, shape);
        let image = write(&layout, dir.path());
        flip(&image, start(&layout, "file /EFI/BOOT/BOOTX64.EFI") + 5000);
        flip(&image, start(&layout, "directory /many") + 32 * 5 + 3);
        assert!(differences(&mcopy, &image, &tree).len() >= 2, "{shape:?}");
    }
}
