//! Tests of `from_directory` on real directories.

use crate::common::*;
use file_tree::{
    MetadataPolicy, Modes, Node, Owners, SpecialKind, Times, Timestamp, View, XattrPolicy,
};
use image_layout::Sources;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use testbench::oracle;
use tree_inputs::{Error, from_directory};

#[test]
fn everything_is_read() {
    if !is_root() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    everything(dir.path(), true);
    let (tree, sources) = read(dir.path());
    let get = |path: &str| tree.get(path.as_bytes()).unwrap_or_else(|| panic!("{path}"));
    let links = [
        &["a-third", "dir/file", "dir/sub/file-too"][..],
        &["null", "null-too"],
        &["symlink", "symlink-too"],
    ];
    assert_eq!(tree.links(), links);
    let View::File(sparse) = get("sparse").view() else { panic!() };
    assert_eq!(sparse.content.len(), 6 << 20);
    let total: u64 = data(&sparse.content).iter().map(|(from, to)| to - from).sum();
    assert!((3082..64 << 10).contains(&total), "{total}");
    let View::File(hole) = get("hole").view() else { panic!() };
    assert_eq!(data(&hole.content), []);
    let special = |path: &str| match get(path).view() {
        View::Special(s) => match s.kind {
            SpecialKind::Block(n) => format!("b {}:{}", n.major(), n.minor()),
            SpecialKind::Character(n) => format!("c {}:{}", n.major(), n.minor()),
            other => format!("{other:?}"),
        },
        _ => panic!("{path}"),
    };
    let got = ["null", "sda", "nvme", "fifo", "socket"].map(special);
    assert_eq!(got, ["c 1:3", "b 8:0", "b 259:70000", "Fifo", "Socket"]);
    assert_eq!(get("dir/file").xattrs().get(b"user.a=b%c"), Some(&b"odd name"[..]));
    assert_eq!(get("symlink").xattrs().get(b"trusted.on-a-link"), Some(&b"1"[..]));
    assert_eq!(get("null").xattrs().len(), 1);
    assert_eq!(
        get("dir").meta().mtime,
        Timestamp { seconds: 1_000_000_004, nanoseconds: 123_456_789 }
    );
    assert_eq!((get("dangling").meta().uid, get("dangling").meta().mtime.seconds), (12, -5));
    let Node::File(many) = get("dir/sub/many") else { panic!() };
    assert_eq!(
        bytes_of(&many.content, &sources),
        fs::read(dir.path().join("dir/sub/many")).unwrap()
    );
    // In any order, and out of range.
    let id = |path: &str| match get(path).view() {
        View::File(f) => match f.content.pieces() {
            [image_layout::Content::Source { id, .. }] => *id,
            other => panic!("{other:?}"),
        },
        _ => panic!(),
    };
    for _ in 0..2 {
        for (path, want) in [("dir/sub/block", 7), ("dir/file", b'c'), ("dir/sub/many", 0)] {
            let mut byte = [9];
            sources.read_exact_at(id(path), 0, &mut byte).unwrap();
            assert_eq!(byte, [want], "{path}");
        }
    }
    let past = image_layout::SourceId(FIRST.0 + sources.len() as u32);
    assert!(sources.read_exact_at(past, 0, &mut [0]).is_err());
    assert!(sources.read_exact_at(image_layout::SourceId(0), 0, &mut [0]).is_err());
    sources.check_unchanged().unwrap();
    // Reading twice gives the same.
    assert_eq!(read(dir.path()).0, tree);
}

#[test]
fn cp_makes_an_equal_tree_until_something_differs() {
    let Some(cp) = oracle("cp") else { return };
    if !is_root() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    fs::create_dir(&from).unwrap();
    everything(&from, true);
    cp.run([&"-a".into(), &"--sparse=always".into(), &from, &to]).expect_success("cp -a");
    let (tree, sources) = read(&from);
    let tree = in_memory(&tree, &sources);
    let copied = || {
        let (tree, sources) = read(&to);
        in_memory(&tree, &sources)
    };
    assert_same(&copied(), &tree, "cp -a");
    type Change = (&'static str, fn(&std::path::Path));
    let changes: [Change; 6] = [
        ("a byte", |p| {
            let f = fs::File::options().write(true).open(p.join("sparse")).unwrap();
            let time = f.metadata().unwrap().modified().unwrap();
            std::os::unix::fs::FileExt::write_all_at(&f, &[1], (5 << 20) + 3).unwrap();
            f.set_modified(time).unwrap();
        }),
        ("a time", |p| set_time(&p.join("fifo"), 1, 1)),
        ("an owner", |p| std::os::unix::fs::lchown(p.join("dangling"), Some(13), None).unwrap()),
        ("an attribute", |p| put(&p.join("dir/file"), "user.comment", b"other")),
        ("a link", |p| {
            let bytes = fs::read(p.join("a-third")).unwrap();
            fs::remove_file(p.join("a-third")).unwrap();
            fs::write(p.join("a-third"), bytes).unwrap();
        }),
        ("a name", |p| fs::rename(p.join("sda"), p.join("sdb")).unwrap()),
    ];
    for (what, change) in changes {
        let before = copied();
        change(&to);
        assert_ne!(copied(), before, "{what}");
    }
}

#[test]
fn an_unprivileged_user_may_say_root() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("d")).unwrap();
    fs::write(dir.path().join("d/x"), b"1").unwrap();
    fs::set_permissions(dir.path().join("d/x"), fs::Permissions::from_mode(0o4711)).unwrap();
    let time = Timestamp { seconds: 1_700_000_000, nanoseconds: 0 };
    let policy = MetadataPolicy {
        owners: Owners::Pinned { uid: 0, gid: 5 },
        modes: Modes::Normalized,
        times: Times::Pinned(time),
        xattrs: XattrPolicy::Dropped,
    };
    let (tree, _) = from_directory(dir.path(), &policy, FIRST).unwrap();
    for (path, mode) in [("d", 0o755), ("d/x", 0o755)] {
        let m = tree.get(path.as_bytes()).unwrap().meta();
        assert_eq!((m.mode, m.uid, m.gid, m.mtime), (mode, 0, 5, time), "{path}");
    }
    assert_eq!((tree.meta.gid, tree.meta.mtime), (5, time));
}

/// A file that changes after the tree was read and before its bytes are is noticed.
#[test]
fn a_file_that_changes_or_vanishes_is_an_error() {
    type Change = (&'static str, fn(&std::path::Path), &'static str);
    let changes: [Change; 6] = [
        ("grows", |p| fs::write(p, [1; 200]).unwrap(), "100 bytes at first, 200 now"),
        ("shrinks", |p| fs::write(p, [1; 50]).unwrap(), "100 bytes at first, 50 now"),
        (
            "is rewritten, with its old time",
            |p| {
                let time = fs::metadata(p).unwrap().modified().unwrap();
                fs::write(p, [2; 100]).unwrap();
                fs::File::options().write(true).open(p).unwrap().set_modified(time).unwrap();
            },
            "it was written to",
        ),
        (
            "is replaced",
            |p| {
                fs::write(p.with_extension("new"), [1; 100]).unwrap();
                fs::rename(p.with_extension("new"), p).unwrap();
            },
            "another file",
        ),
        ("vanishes", |p| fs::remove_file(p).unwrap(), "No such file"),
        (
            "is a symbolic link now",
            |p| {
                fs::rename(p, p.with_extension("away")).unwrap();
                std::os::unix::fs::symlink(p.with_extension("away"), p).unwrap();
            },
            "",
        ),
    ];
    for (what, change, said) in changes {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sub/x");
        fs::create_dir(dir.path().join("sub")).unwrap();
        fs::write(&path, [1; 100]).unwrap();
        fs::write(dir.path().join("y"), [1; 100]).unwrap();
        let ((_, sources), (_, unopened)) = (read(dir.path()), read(dir.path()));
        sources.check_unchanged().unwrap();
        sources.read_exact_at(FIRST, 0, &mut [0; 50]).unwrap();
        change(&path);
        let e = sources.check_unchanged().unwrap_err().to_string();
        assert!(e.contains("/sub/x: ") && e.contains(said), "{what}: {e}");
        if !["vanishes", "is replaced", "is a symbolic link now"].contains(&what) {
            // Found when the rest of it is read, too.
            let e = sources.read_exact_at(FIRST, 50, &mut [0; 50]).unwrap_err().to_string();
            assert!(e.contains("/sub/x: changed"), "{what}: {e}");
        }
        // And by a reader that has not opened it before.
        let e = unopened.read_exact_at(FIRST, 0, &mut [0; 1]).unwrap_err().to_string();
        assert!(e.contains("/sub/x: "), "{what}: {e}");
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let e = from_directory(&dir.path().join("none"), &MetadataPolicy::KEEP, FIRST).unwrap_err();
    assert!(matches!(e, Error::Io { .. }) && e.to_string().contains("/none: "), "{e}");
    fs::write(dir.path().join("file"), b"").unwrap();
    let e = from_directory(&dir.path().join("file"), &MetadataPolicy::KEEP, FIRST).unwrap_err();
    assert!(e.to_string().contains("cannot be opened as a directory"), "{e}");
    if rustix::process::geteuid().is_root() {
        return testbench::again_as_nobody("directory::what_cannot_be_read_is_named");
    }
    for name in ["locked-dir", "locked-file"] {
        let path = dir.path().join(name);
        match name {
            "locked-dir" => fs::create_dir(&path).unwrap(),
            _ => fs::write(&path, b"").unwrap(),
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        let e = from_directory(dir.path(), &MetadataPolicy::KEEP, FIRST).unwrap_err();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        assert!(e.to_string().contains(name) && e.to_string().contains("Permission"), "{e}");
        // Nothing else is wrong with it.
        from_directory(dir.path(), &MetadataPolicy::KEEP, FIRST).unwrap();
    }
}
