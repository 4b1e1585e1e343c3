//! Keymaps are those that `grub-mklayout` makes of what XKB knows of a layout.
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::path::Path;
use testbench::oracle;

/// The keypad's 0, which `grub-mklayout` takes for the key beside it and so leaves without a code.
const KEYPAD_0: usize = 0x62;

/// The names of a layout and its variant in XKB.
fn xkb(layout: &str) -> (&str, &str) {
    match layout {
        "ch-fr" => ("ch", "fr"),
        "dvorak" | "colemak" => ("us", layout),
        layout => (layout, ""),
    }
}

/// The places of a keymap's codes that differ from another's.
fn differences(one: &[u8], other: &[u8]) -> Vec<usize> {
    assert_eq!((one.len(), &one[..12]), (other.len(), &other[..12]));
    let pairs = one[12..].chunks(4).zip(other[12..].chunks(4));
    pairs.enumerate().filter(|(_, (a, b))| a != b).map(|(n, _)| n).collect()
}

#[test]
fn keymaps_are_those_of_grub_mklayout() {
    let (Some(describe), Some(make)) = (oracle("ckbcomp"), oracle("grub-mklayout")) else { return };
    let dir = tempfile::tempdir().unwrap();
    let theirs = |layout: &str, variant: &str| -> Vec<u8> {
        let (text, file) = (dir.path().join("text"), dir.path().join("gkb"));
        let described = describe.run(["-layout", layout, "-variant", variant]);
        assert_eq!(described.status, Some(0), "{}", described.stderr);
        write(&text, described.stdout.as_bytes());
        let made = make.run([Path::new("-i"), &text, Path::new("-o"), &file]);
        assert_eq!(made.status, Some(0), "{}", made.stderr);
        read(&file)
    };
    let only: Vec<usize> = [0, 1, 3].map(|part| part * 160 + KEYPAD_0).to_vec();
    for layout in grub_keymap::layouts() {
        let (name, variant) = xkb(layout);
        let ours = grub_keymap::keymap(layout).unwrap();
        assert_eq!(differences(&ours, &theirs(name, variant)), only, "{layout}");
    }
    // The comparison sees a key that is another.
    let (german, swiss) = (grub_keymap::keymap("de").unwrap(), theirs("ch", ""));
    assert!(differences(&german, &swiss).len() > only.len());
}

#[allow(clippy::disallowed_methods)] // a test touches the outside
fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

#[allow(clippy::disallowed_methods)] // a test touches the outside
fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}
