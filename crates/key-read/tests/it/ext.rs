//! ext2, ext3 and ext4 as `mke2fs` makes them and `debugfs` fills them.

use crate::{by_extents, contents, file_system, noise, open};
use key_read::{FileSystem, FileType};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use testbench::{Oracle, oracle};

/// Features, and what they make of a file system.
const MADE: [(&str, &[&str], &str); 6] = [
    ("ext2 in blocks of 1 KiB", &["-t", "ext2", "-b", "1024"], "ext2"),
    ("ext3", &["-t", "ext3", "-b", "4096"], "ext3"),
    ("ext4", &["-t", "ext4"], "ext4"),
    ("ext4 with contents in inodes", &["-t", "ext4", "-O", "inline_data", "-I", "512"], "ext4"),
    ("ext4 of 32 bits", &["-t", "ext4", "-O", "^64bit,^metadata_csum,uninit_bg"], "ext4"),
    ("meta_bg", &["-t", "ext4", "-b", "1024", "-O", "meta_bg,^resize_inode", "-g", "1024"], "ext4"),
];

/// A tree with whatever makes a reader work: many names, long names, short and long links, files
/// of all lengths, holes.
fn tree(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut file = |path: &str, bytes: Vec<u8>| {
        fs::write(dir.join(&path[1..]), &bytes).unwrap();
        all.insert(path.to_owned(), bytes);
    };
    for name in ["many", "deep", "deep/er"] {
        fs::create_dir(dir.join(name)).unwrap();
        file(&format!("/{name}/x"), name.into());
    }
    for n in 0..600 {
        file(&format!("/many/a file with a name of some length, number {n:04}"), vec![]);
    }
    file(&format!("/{}", "n".repeat(255)), b"long name".to_vec());
    for len in [1, 59, 60, 61, 150, 4095, 4096, 4097, 300_000, 3_000_000] {
        file(&format!("/{len} bytes"), noise(len, len as u64));
    }
    let mut holes = vec![0; 2 << 20];
    holes[..10].fill(1);
    holes[1 << 20..][..5000].fill(2);
    // mke2fs 1.47.0 forgets a hole at the end.
    holes[(2 << 20) - 10..].fill(3);
    file("/holes", holes);
    for name in ["many", "deep", "deep/er"] {
        all.insert(format!("/{name}"), b"a directory".to_vec());
    }
    for (name, target) in [("short", "deep/er/x".to_owned()), ("long", "y".repeat(70))] {
        std::os::unix::fs::symlink(&target, dir.join(name)).unwrap();
        all.insert(format!("/{name}"), target.into_bytes());
    }
    all
}

fn make(mke2fs: &Oracle, options: &[&str], from: &Path, image: &Path) {
    let (image, from) = (image.to_str().unwrap(), from.to_str().unwrap());
    let common = ["-q", "-F", "-L", "a label", "-U", "0b0ccee0-1111-4222-8333-444455556666"];
    let last = ["-d", from, image, "24M"];
    mke2fs.run(common.iter().chain(options).chain(&last)).expect_success("mke2fs");
}

fn debugfs(debugfs: &Oracle, image: &Path, request: &str) -> String {
    let ran = debugfs.run(["-w", "-R", request, image.to_str().unwrap()]);
    ran.expect_success(request).stdout
}

/// All blocks that `debugfs` says a file has, those of its map included.
fn blocks(program: &Oracle, image: &Path, path: &str) -> BTreeSet<u64> {
    let said = debugfs(program, image, &format!("blocks \"{path}\""));
    said.split_whitespace().map(|n| n.parse().unwrap()).filter(|n| *n != 0).collect()
}

/// The blocks that our reader finds.
fn our_blocks(files: &FileSystem<'_>, path: &str) -> BTreeSet<u64> {
    let FileSystem::Ext(ext) = files else { panic!() };
    let node = files.lookup(path.as_bytes()).unwrap();
    let inode = node.inode().unwrap();
    let mut found: BTreeSet<u64> = ext.map_blocks(inode).unwrap().into_iter().collect();
    for extent in ext.extents(inode).unwrap() {
        let Some(place) = extent.place else { continue };
        let size = ext.block_size();
        assert_eq!(place % size, 0);
        let first = place / size;
        assert!((first..first + extent.len.div_ceil(size)).all(|b| found.insert(b)), "{path}");
    }
    found
}

#[test]
fn files_of_mke2fs_are_read_and_lie_where_debugfs_says() {
    let (Some(mke2fs), Some(program)) = (oracle("mke2fs"), oracle("debugfs")) else { return };
    let dir = tempfile::tempdir().unwrap();
    let from = dir.path().join("from");
    fs::create_dir(&from).unwrap();
    let mut expected = tree(&from);
    expected.insert("/lost+found".into(), b"a directory".to_vec());
    for (what, options, kind) in MADE {
        let path = dir.path().join("image");
        let _ = fs::remove_file(&path);
        make(&mke2fs, options, &from, &path);
        let image = open(&path);
        let files = file_system(&image);
        assert_eq!(files.kind(), kind, "{what}");
        assert_eq!(files.label().unwrap().unwrap(), b"a label", "{what}");
        assert_eq!(files.uuid().unwrap(), "0b0ccee0-1111-4222-8333-444455556666", "{what}");
        let stats = debugfs(&program, &path, "stats -h");
        let free = stats.lines().find_map(|l| l.strip_prefix("Free blocks:")).unwrap();
        let free: u64 = free.trim().parse().unwrap();
        assert_eq!(files.free().unwrap().unwrap(), free * files.block_size(), "{what}");
        let found = contents(&files);
        assert!(found.keys().eq(expected.keys()), "{what}");
        for (path, bytes) in &found {
            let (len, want) = (bytes.len(), expected[path].len());
            assert!(expected[path] == *bytes, "{what}: {path}: {len} bytes, not {want}");
        }
        for name in ["/3000000 bytes", "/holes", "/many", "/4097 bytes"] {
            let theirs = blocks(&program, &path, name);
            assert_eq!(our_blocks(&files, name), theirs, "{what}: {name}");
            assert!(!theirs.is_empty(), "{what}: {name}");
        }
        assert!(by_extents(&image, &files, "/holes") == expected["/holes"], "{what}");
        let node = files.lookup(b"/short").unwrap();
        assert_eq!((node.kind(), node.len()), (FileType::File, 7), "{what}: the link is followed");
    }
}

#[test]
fn a_file_system_that_was_used_is_read() {
    let (Some(mke2fs), Some(program)) = (oracle("mke2fs"), oracle("debugfs")) else { return };
    let dir = tempfile::tempdir().unwrap();
    let from = dir.path().join("from");
    fs::create_dir(&from).unwrap();
    for n in 0..200 {
        fs::write(from.join(format!("small{n:03}")), noise(40_000, n + 1)).unwrap();
    }
    let big = noise(5_000_000, 99);
    let outside = dir.path().join("big");
    fs::write(&outside, &big).unwrap();
    for options in [&["-t", "ext2", "-b", "1024"][..], &["-t", "ext4", "-b", "1024"]] {
        let path = dir.path().join("image");
        let _ = fs::remove_file(&path);
        make(&mke2fs, &[options, &["-N", "400"]].concat(), &from, &path);
        // Every second file goes, and what comes lies in their places.
        let script = dir.path().join("script");
        let gone = (0..200).step_by(2).map(|n| format!("rm small{n:03}\n")).collect::<String>();
        fs::write(&script, gone + &format!("write {} big\n", outside.display())).unwrap();
        let words = ["-w", "-f", script.to_str().unwrap(), path.to_str().unwrap()];
        program.run(words).expect_success("debugfs");
        let image = open(&path);
        let files = file_system(&image);
        let pieces = files.open_file(b"big").unwrap().extents().unwrap().len();
        assert!(pieces > 5, "it is not in pieces: {pieces}");
        assert!(by_extents(&image, &files, "big") == big);
        assert_eq!(our_blocks(&files, "/big"), blocks(&program, &path, "/big"));
        let found = contents(&files);
        assert_eq!(found.len(), 100 + 2);
        assert!(found["/big"] == big && found["/small007"] == noise(40_000, 8));
    }
}
