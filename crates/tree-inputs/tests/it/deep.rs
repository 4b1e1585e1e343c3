//! Tests with deep trees: deeper than a path can be long, than files can be open, and than a stack
//! has room for.

use crate::common::*;
use file_tree::{MetadataPolicy, Node};
use image_layout::Sources;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, mkdirat, openat, unlinkat};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

const DEPTH: usize = 3000;

fn open(dir: &impl std::os::fd::AsFd, name: &str) -> OwnedFd {
    openat(dir, name, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap()
}

/// A deep directory that removes itself when dropped, because `rm -r` and the standard library may
/// fail to.
struct Deep(tempfile::TempDir);

impl Drop for Deep {
    fn drop(&mut self) {
        let mut dir = openat(CWD, self.0.path(), OFlags::DIRECTORY, Mode::empty()).unwrap();
        let mut depth = 0;
        while let Ok(below) = openat(&dir, "directory", OFlags::DIRECTORY, Mode::empty()) {
            (dir, depth) = (below, depth + 1);
        }
        let _ = unlinkat(&dir, "file", AtFlags::empty());
        for _ in 0..depth {
            dir = open(&dir, "..");
            let _ = unlinkat(&dir, "directory", AtFlags::REMOVEDIR);
        }
    }
}

#[test]
fn a_directory_of_3000_levels() {
    let deep = Deep(tempfile::tempdir().unwrap());
    let mut dir = openat(CWD, deep.0.path(), OFlags::DIRECTORY, Mode::empty()).unwrap();
    for _ in 0..DEPTH {
        mkdirat(&dir, "directory", Mode::RWXU).unwrap();
        dir = open(&dir, "directory");
    }
    let flags = OFlags::CREATE | OFlags::WRONLY;
    let file = std::fs::File::from(openat(&dir, "file", flags, Mode::RUSR).unwrap());
    file.write_all_at(b"at the bottom", 0).unwrap();
    drop((dir, file));
    let (tree, sources) = read(deep.0.path());
    let path = format!("{}file", "directory/".repeat(DEPTH));
    let Some(Node::File(f)) = tree.get(path.as_bytes()) else { panic!("not there") };
    assert_eq!(bytes_of(&f.content, &sources), b"at the bottom");
    assert_eq!(tree.nodes().count(), DEPTH + 1);
    sources.check_unchanged().unwrap();
}

/// A name as deep as is possible is read; one level more is refused, and so is one that is deeper
/// than its member may be long.
#[test]
fn an_archive_of_very_many_levels() {
    let read = |levels: usize| {
        let name = "d/".repeat(levels);
        let mut archive = crate::hostile::member(b'L', "x", name.as_bytes());
        archive.extend(crate::hostile::member(b'5', "x", b""));
        archive.extend([0; 1024]);
        let spool = tempfile::tempfile().unwrap();
        tree_inputs::from_tar_stream(&archive[..], spool, &MetadataPolicy::KEEP, FIRST)
    };
    assert_eq!(read(4096).unwrap().0.nodes().count(), 4096);
    for levels in [4097, 30_000] {
        match read(levels) {
            Err(tree_inputs::Error::TooDeep { levels: found, .. }) => assert_eq!(found, levels),
            other => panic!("{levels}: {other:?}"),
        }
    }
    assert!(matches!(read(100_000), Err(tree_inputs::Error::TooLong { .. })));
}

/// 2000 directories with a file each, read in an order that is not the one on disk.
#[test]
fn any_number_of_files_with_few_of_them_open() {
    let dir = tempfile::tempdir().unwrap();
    for n in 0..2000 {
        let d = dir.path().join(format!("{n:04}"));
        std::fs::create_dir(&d).unwrap();
        std::fs::write(d.join("f"), format!("{n}")).unwrap();
    }
    let (_, sources) = read(dir.path());
    assert_eq!(sources.len(), 2000);
    for n in (0..2000u32).rev() {
        let want = n.to_string();
        let mut got = vec![0; want.len()];
        sources.read_exact_at(image_layout::SourceId(FIRST.0 + n), 0, &mut got).unwrap();
        assert_eq!(got, want.as_bytes());
    }
    let open = std::fs::read_dir("/proc/self/fd").unwrap().count();
    assert!(open < 200, "{open}");
    sources.check_unchanged().unwrap();
}
