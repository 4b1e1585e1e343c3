//! The hostile fixtures are as hostile as they say, and no more.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::collections::BTreeSet;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;

use testbench::{not_an_iso, odd_names, oracle, sparse_iso, truncated_iso};

/// ECMA-119 8.4.8, read by hand: sectors, from the little-endian half.
fn claimed_bytes(iso: &Path) -> u64 {
    let mut le = [0; 4];
    std::fs::File::open(iso).unwrap().read_exact_at(&mut le, 16 * 2048 + 80).unwrap();
    u64::from(u32::from_le_bytes(le)) * 2048
}

#[test]
fn a_truncated_iso_promises_more_than_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let iso = dir.path().join("t.iso");
    let (promised, present) = truncated_iso(&iso).unwrap();
    assert!(present < promised);
    assert_eq!(std::fs::metadata(&iso).unwrap().len(), present);
    assert_eq!(claimed_bytes(&iso), promised);
}

#[test]
fn a_sparse_iso_is_whole_and_takes_no_room() {
    let dir = tempfile::tempdir().unwrap();
    let iso = dir.path().join("s.iso");
    let size = sparse_iso(&iso, 6 << 30).unwrap();
    assert_eq!(size, 6 << 30);
    assert_eq!(claimed_bytes(&iso), size);
    let meta = std::fs::metadata(&iso).unwrap();
    assert_eq!(meta.len(), size);
    assert!(meta.blocks() * 512 < 4 << 20, "{} blocks of 512 bytes", meta.blocks());
    let Some(xorriso) = oracle("xorriso") else { return };
    let find = ["-indev", iso.to_str().unwrap(), "-find", "/isolinux", "-type", "f"];
    let found = xorriso.run(find).expect_success("xorriso lists it").stdout;
    assert!(found.contains("vmlinuz") && found.contains("initrd.img"), "{found}");
}

#[test]
fn not_an_iso_is_not_an_iso_past_the_volume_descriptors() {
    let dir = tempfile::tempdir().unwrap();
    let iso = dir.path().join("n.iso");
    not_an_iso(&iso).unwrap();
    assert!(std::fs::metadata(&iso).unwrap().len() > 17 * 2048);
    let Some(fstest) = oracle("grub-fstest") else { return };
    // `cat`, since `ls` prints nothing and exits with 0 for a file system that it does not know.
    let ran = fstest.run([iso.as_path(), "cat".as_ref(), "/x".as_ref()]);
    ran.expect_objection(1, "unknown filesystem", "HTML");
}

#[test]
fn odd_names_are_different_and_legal() {
    let dir = tempfile::tempdir().unwrap();
    let names = odd_names();
    for (what, name) in &names {
        std::fs::write(dir.path().join(name), what).unwrap();
    }
    let there: BTreeSet<_> =
        std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(there.len(), names.len());
    assert!(there.iter().any(|n| n.to_str().is_none()), "one is not UTF-8");
}
