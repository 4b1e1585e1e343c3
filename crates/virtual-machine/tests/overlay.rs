//! Overlays, as QEMU's own tools see them, and what is none of ours.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // tests touch the outside
#![allow(clippy::unwrap_used)] // a test that cannot go on panics

use std::os::unix::fs::FileExt as _;
use std::path::Path;
use testbench::oracle;
use virtual_machine::{Error, Format, Overlay};

/// A key of one MiB.
fn key(dir: &Path) -> std::path::PathBuf {
    let key = dir.join("a, \"key\".img");
    std::fs::write(&key, vec![0x5a; 1 << 20]).unwrap();
    key
}

#[test]
fn qemu_reads_the_key_through_it_and_zeros_behind() {
    let Some(qemu_img) = oracle("qemu-img") else { return };
    let dir = tempfile::tempdir().unwrap();
    let (key, path, raw) = (key(dir.path()), dir.path().join("o.qcow2"), dir.path().join("raw"));
    for len in [1 << 20, (1 << 29) + 4096, 16 << 30] {
        Overlay::create(&path, &key, Format::Raw, len).unwrap();
        qemu_img.run([Path::new("check"), &path]).expect_success("qemu-img check");
        let info = qemu_img.run([Path::new("info"), "--output=json".as_ref(), &path]);
        let info = info.expect_success("qemu-img info").stdout;
        assert!(info.contains(&format!("\"virtual-size\": {len}")), "{info}");
        assert!(info.contains("\"backing-filename-format\": \"raw\""), "{info}");
        if len < 1 << 30 {
            let convert = ["convert".as_ref(), "-O".as_ref(), "raw".as_ref(), &*path, &*raw];
            qemu_img.run(convert).expect_success("qemu-img convert");
            let bytes = std::fs::read(&raw).unwrap();
            assert_eq!(bytes.len() as u64, len);
            let (own, behind) = bytes.split_at(1 << 20);
            assert!(own.iter().all(|b| *b == 0x5a) && behind.iter().all(|b| *b == 0));
        }
        std::fs::remove_file(&path).unwrap();
    }
    // The tamper test: a cluster that the table counts as unused.
    Overlay::create(&path, &key, Format::Raw, 1 << 20).unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.write_all_at(&[0, 0], 2 << 16).unwrap();
    let ran = qemu_img.run([Path::new("check"), &path]);
    ran.expect_objection(2, "refcount=0", "an image that uses what it says is free");
}

#[test]
fn it_goes_on_only_over_the_same_key() {
    let dir = tempfile::tempdir().unwrap();
    let (key, path) = (key(dir.path()), dir.path().join("o.qcow2"));
    assert!(Overlay::open(&path, &key).unwrap().is_none());
    Overlay::create(&path, &key, Format::Raw, 1 << 20).unwrap();
    assert!(Overlay::open(&path, &key).unwrap().is_some());
    let says = |key: &Path, words: &str| {
        let error = Overlay::open(&path, key).unwrap_err();
        assert!(matches!(error, Error::Unsuitable { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    };
    says(&dir.path().join("other.img"), "lies over `");
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    std::fs::File::options().write(true).open(&key).unwrap().set_modified(later).unwrap();
    says(&key, "older than the key");
    assert!(matches!(
        Overlay::create(&path, &key, Format::Raw, 1 << 20).unwrap_err(),
        Error::File { .. }
    ));
    for bytes in [&b"somebody's diary"[..], b"QFI\xfb", b""] {
        std::fs::write(&path, bytes).unwrap();
        says(&key, "no virtual disk over a key");
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn what_no_disk_can_be_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("o.qcow2");
    let long = Path::new("/").join("k".repeat(1023));
    for (key, len) in [(Path::new("/key.img"), (4 << 40) + 1), (&*long, 1 << 20)] {
        let error = Overlay::create(&path, key, Format::Raw, len).unwrap_err();
        assert!(matches!(error, Error::Unsuitable { .. }), "{error}");
        assert!(!path.exists());
    }
}
