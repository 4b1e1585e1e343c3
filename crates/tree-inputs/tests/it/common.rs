//! Helpers: a directory with everything that one can hold, and trees with contents in memory.

use file_tree::{Directory, File, FileContent, FileIdentity, Linked, MetadataPolicy, Node, View};
use image_layout::{Content, SourceId, Sources};
use rustix::fs::{CWD, FileType, Mode, XattrFlags, lsetxattr, mknodat};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

pub const FIRST: SourceId = SourceId(7);

/// Reads a directory.
#[track_caller]
pub fn read(at: &Path) -> (Directory, tree_inputs::DirectorySources) {
    tree_inputs::from_directory(at, &MetadataPolicy::KEEP, FIRST).unwrap_or_else(|e| panic!("{e}"))
}

/// The bytes of a content; holes are zeros.
pub fn bytes_of(content: &FileContent, sources: &impl Sources) -> Vec<u8> {
    let mut bytes = Vec::new();
    for piece in content.pieces() {
        let mut buf = vec![0; piece.len() as usize];
        match piece {
            Content::Source { id, offset, .. } => {
                sources.read_exact_at(*id, *offset, &mut buf).unwrap();
            }
            other => assert!(other.read_at(0, &mut buf)),
        }
        bytes.extend(buf);
    }
    bytes
}

/// The same tree with contents in memory and without sockets, which archives do not hold.
pub fn in_memory(tree: &Directory, sources: &impl Sources) -> Directory {
    fn copy(
        from: &Directory,
        sources: &impl Sources,
        linked: &mut BTreeMap<FileIdentity, Linked>,
    ) -> Directory {
        let mut to = Directory::new(from.meta);
        to.xattrs = from.xattrs.clone();
        for (name, node) in from.entries() {
            let leaf = match node.view() {
                View::Directory(d) => Node::Directory(copy(d, sources, linked)),
                View::File(f) => Node::File(File {
                    meta: f.meta,
                    xattrs: f.xattrs.clone(),
                    content: bytes_of(&f.content, sources).into(),
                }),
                View::Symlink(s) => Node::Symlink(s.clone()),
                View::Special(s) if s.kind == file_tree::SpecialKind::Socket => continue,
                View::Special(s) => Node::Special(s.clone()),
            };
            let node = match node {
                Node::Linked(l) => {
                    let l = linked.entry(l.identity());
                    Node::Linked(l.or_insert_with(|| Linked::new(leaf).unwrap()).clone())
                }
                _ => leaf,
            };
            to.insert_entry(name.clone(), node).unwrap();
        }
        to
    }
    copy(tree, sources, &mut BTreeMap::new())
}

/// Panics, and says which nodes differ, unless the trees are equal.
#[track_caller]
pub fn assert_same(got: &Directory, want: &Directory, what: &str) {
    if got == want {
        return;
    }
    let lines = |tree: &Directory| -> std::collections::BTreeSet<String> {
        let cut = |l: &str| l.chars().take(300).collect();
        format!("{tree:?}\n  links {:?}", tree.links()).lines().map(cut).collect()
    };
    let (got, want) = (lines(got), lines(want));
    let list = |a: &std::collections::BTreeSet<String>, b| {
        a.difference(b).cloned().collect::<Vec<_>>().join("\n")
    };
    panic!("{what}\n--- got\n{}\n--- wanted\n{}", list(&got, &want), list(&want, &got));
}

/// The offsets and lengths of a file's data.
pub fn data(content: &FileContent) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for (at, piece) in content.placed() {
        match (ranges.last_mut(), piece) {
            (_, Content::Zero { .. }) => {}
            (Some(last), piece) if last.1 == at => last.1 += piece.len(),
            (_, piece) => ranges.push((at, at + piece.len())),
        }
    }
    ranges
}

/// Whether this process may make devices; notes a skip otherwise.
#[track_caller]
pub fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        testbench::missing("root");
    }
    root
}

pub fn put(path: &Path, name: &str, value: &[u8]) {
    lsetxattr(path, name, value, XattrFlags::empty()).unwrap_or_else(|e| panic!("{name}: {e}"));
}

fn node(path: &Path, kind: FileType, major: u32, minor: u32) {
    let device = rustix::fs::makedev(major, minor);
    mknodat(CWD, path, kind, Mode::from_bits_truncate(0o640), device).unwrap();
}

pub fn set_time(path: &Path, seconds: i64, nanoseconds: i64) {
    let time = rustix::fs::Timespec { tv_sec: seconds, tv_nsec: nanoseconds };
    let times = rustix::fs::Timestamps { last_access: time, last_modification: time };
    rustix::fs::utimensat(CWD, path, &times, rustix::fs::AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

/// Makes a sparse file: 1 MiB of hole, 3 KiB of data, hole up to 5 MiB, 10 bytes, hole up to 6 MiB.
pub fn sparse_file(path: &Path) {
    let f = fs::File::create(path).unwrap();
    f.write_all_at(&[0x5A; 3072], 1 << 20).unwrap();
    f.write_all_at(&[0xA5; 10], 5 << 20).unwrap();
    f.set_len(6 << 20).unwrap();
}

/// Makes everything that a directory can hold, as root. `linked_device` adds a device with two
/// names, which GNU tar would pack as two devices.
pub fn everything(at: &Path, linked_device: bool) {
    let p = |name: &str| at.join(name);
    fs::create_dir_all(p("dir/sub")).unwrap();
    fs::create_dir(p("empty")).unwrap();
    fs::write(p("dir/file"), b"content\n").unwrap();
    fs::write(p("dir/nothing"), b"").unwrap();
    fs::write(p("dir/sub/block"), [7; 512]).unwrap();
    fs::write(p("dir/sub/many"), (0..100_000u32).map(|n| n as u8).collect::<Vec<_>>()).unwrap();
    fs::write(at.join(OsStr::from_bytes(b"\xff\xfe\n \t\"$\\")), b"odd name").unwrap();
    let long = "n".repeat(200);
    fs::create_dir(p(&long)).unwrap();
    fs::write(p(&long).join("m".repeat(250)), b"long name").unwrap();
    std::os::unix::fs::symlink("dir/file", p("symlink")).unwrap();
    std::os::unix::fs::symlink("../".repeat(60), p("long-symlink")).unwrap();
    std::os::unix::fs::symlink("/nowhere/at/all", p("dangling")).unwrap();
    fs::hard_link(p("dir/file"), p("dir/sub/file-too")).unwrap();
    fs::hard_link(p("dir/file"), p("a-third")).unwrap();
    fs::hard_link(p("symlink"), p("symlink-too")).unwrap();
    sparse_file(&p("sparse"));
    fs::File::create(p("hole")).unwrap().set_len(3 << 20).unwrap();
    node(&p("null"), FileType::CharacterDevice, 1, 3);
    node(&p("sda"), FileType::BlockDevice, 8, 0);
    node(&p("nvme"), FileType::BlockDevice, 259, 70_000);
    node(&p("fifo"), FileType::Fifo, 0, 0);
    if linked_device {
        fs::hard_link(p("null"), p("null-too")).unwrap();
    }
    drop(std::os::unix::net::UnixListener::bind(p("socket")).unwrap());

    std::os::unix::fs::chown(p("dir/sub/block"), Some(1000), Some(100)).unwrap();
    std::os::unix::fs::chown(p("dir/sub/many"), Some(3_000_000), Some(2_500_000)).unwrap();
    std::os::unix::fs::lchown(p("dangling"), Some(12), Some(34)).unwrap();
    for (name, mode) in [("dir/sub/block", 0o6755), ("empty", 0o1777), ("dir/nothing", 0o000)] {
        fs::set_permissions(p(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    put(&p("dir/file"), "user.comment", b"with = and % and \n and \0 in it");
    put(&p("dir/file"), "user.a=b%c", b"odd name");
    put(&p("dir/sub"), "user.dir", b"");
    put(&p("symlink"), "trusted.on-a-link", b"1");
    put(&p("null"), "trusted.on-a-device", &[0, 255]);
    let capability = b"\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    put(&p("dir/sub/block"), "security.capability", capability);
    for (n, name) in ["dir/file", "symlink", "fifo", "dir/sub", "dir", ""].into_iter().enumerate() {
        set_time(&p(name), 1_000_000_000 + n as i64, 123_456_789);
    }
    set_time(&p("dangling"), -5, 250_000_000);
    let f = fs::File::options().write(true).open(p("hole")).unwrap();
    f.set_modified(UNIX_EPOCH + Duration::from_secs(1 << 33)).unwrap();
}
