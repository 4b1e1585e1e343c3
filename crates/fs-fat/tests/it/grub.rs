//! Held against GRUB's own reader.

use crate::common::{SHAPES, bytes_of, flip, layout, sample, start, write};
use file_tree::View;
use std::path::Path;
use testbench::{Oracle, Ran, oracle};

fn compare(fstest: &Oracle, image: &Path, path: &str, local: &Path) -> Ran {
    let file = format!("(loop0)/{path}");
    fstest.run([image.to_str().unwrap(), "cmp", &file, local.to_str().unwrap()])
}

fn same(ran: &Ran) -> bool {
    let quiet = ran.stdout.is_empty() && ran.stderr.is_empty();
    ran.clone().accepts(1, "grub-fstest: error: ") && quiet
}

#[test]
fn reads_every_file() {
    let Some(fstest) = oracle("grub-fstest") else { return };
    for shape in SHAPES {
        let (dir, tree) = (tempfile::tempdir().unwrap(), sample());
        let image = write(&layout(&tree, shape), dir.path());
        let local = dir.path().join("local");
        // Of the many, some.
        let paths = tree.walk().into_iter().filter(|(path, _)| {
            path.strip_prefix("many/module-").is_none_or(|rest| rest.starts_with("19"))
        });
        for (path, node) in paths {
            let View::File(file) = node.view() else { continue };
            std::fs::write(&local, bytes_of(&file.content)).unwrap();
            let ran = compare(&fstest, &image, &path, &local);
            assert!(same(&ran), "{shape:?}, {path}: {ran:?}");
        }
    }
}

#[test]
fn finds_it_whatever_the_case() {
    let Some(fstest) = oracle("grub-fstest") else { return };
    let dir = tempfile::tempdir().unwrap();
    let image = write(&layout(&sample(), SHAPES[2]), dir.path());
    let cat = |file: &str| fstest.run([image.to_str().unwrap(), "cat", file]).stdout;
    assert_eq!(cat("(loop0)/efi/boot/GRUB.CFG"), "set timeout=5\n");
}

#[test]
fn tampering_is_noticed() {
    let Some(fstest) = oracle("grub-fstest") else { return };
    let layout = layout(&sample(), SHAPES[2]);
    let path = "EFI/BOOT/BOOTX64.EFI";
    for at in [
        start(&layout, &format!("file /{path}")) + 5000,
        start(&layout, "directory /EFI/BOOT") + 3 * 32 + 3,
    ] {
        let dir = tempfile::tempdir().unwrap();
        let image = write(&layout, dir.path());
        let local = dir.path().join("local");
        let tree = sample();
        let View::File(file) = tree.get(path.as_bytes()).unwrap().view() else { panic!() };
        std::fs::write(&local, bytes_of(&file.content)).unwrap();
        assert!(same(&compare(&fstest, &image, path, &local)));
        flip(&image, at);
        assert!(!same(&compare(&fstest, &image, path, &local)), "byte {at:#x}");
    }
}
