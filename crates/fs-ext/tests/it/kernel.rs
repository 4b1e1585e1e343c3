//! Linux mounts it: reads the same tree, then writes until it is full.

use crate::common::*;
use file_tree::{Directory, Node};
use fs_ext::{BlockSize, Flavour, smallest};
use std::ffi::OsStr;
use std::io::{ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use testbench::LoopMount;

/// A mounted image; unmounted when dropped, also by a panic.
pub struct Mount {
    mount: LoopMount,
    pub at: PathBuf,
}

impl Mount {
    pub fn new(image: &Image, flavour: Flavour, mode: &str) -> Self {
        // OK to unwrap: `can_mount` was asked.
        let mount = LoopMount::whole(&image.path(), name_of(flavour), mode).unwrap();
        Self { at: mount.path().to_owned(), mount }
    }

    pub fn unmount(self) {
        self.mount.unmount();
    }
}

/// Compares what is below `at` with the tree: names, contents, modes, owners, times, links.
fn compare(at: &Path, tree: &Directory) {
    let check = |path: &Path, node_meta: &file_tree::Meta| {
        let m = std::fs::symlink_metadata(path).unwrap();
        let mtime = (m.mtime(), m.mtime_nsec());
        let want = (node_meta.mtime.seconds, i64::from(node_meta.mtime.nanoseconds));
        let got = (m.mode() & 0o7777, m.uid(), m.gid(), mtime);
        assert_eq!(got, (node_meta.mode.into(), node_meta.uid, node_meta.gid, want), "{path:?}");
        assert_eq!((m.atime(), m.ctime()), (TIME.seconds, TIME.seconds), "{path:?}");
    };
    check(at, &tree.meta);
    let names = |d: &Path| {
        let names = std::fs::read_dir(d).unwrap().map(|e| e.unwrap().file_name());
        let mut names: Vec<_> = names.filter(|n| n != "lost+found").collect();
        names.sort();
        names
    };
    let want: Vec<_> =
        tree.entries().map(|(n, _)| OsStr::from_bytes(n.as_bytes()).to_owned()).collect();
    assert_eq!(names(at), want);
    for (name, node) in tree.entries() {
        let path = at.join(OsStr::from_bytes(name.as_bytes()));
        match node {
            Node::Directory(d) => compare(&path, d),
            Node::File(f) => {
                check(&path, &f.meta);
                assert!(std::fs::read(&path).unwrap() == bytes_of(&f.content), "{path:?}");
                let len = f.content.len();
                let hole = matches!(f.content.pieces(), [image_layout::Content::Zero { .. }]);
                let blocks = std::fs::metadata(&path).unwrap().blocks();
                assert!(if hole { blocks == 0 } else { blocks * 512 >= len }, "{path:?}: {blocks}");
            }
            Node::Special(_) | Node::Linked(_) => unreachable!("see everything.rs"),
            Node::Symlink(s) => {
                check(&path, &s.meta);
                let target = std::fs::read_link(&path).unwrap();
                assert_eq!(target.as_os_str().as_bytes(), s.target());
            }
        }
    }
}

/// Writes files below `at` until there is no room, in blocks or in inodes.
fn fill(at: &Path) {
    let chunk = vec![0xF1; 40_000];
    for n in 0.. {
        let mut left = 1 + n % 7;
        let written = std::fs::File::create(at.join(format!("fill-{n}"))).and_then(|mut f| {
            while left > 0 {
                f.write_all(&chunk)?;
                left -= 1;
            }
            f.sync_data()
        });
        match written {
            Ok(()) => assert!(n < 100_000, "never full"),
            Err(e) if e.kind() == ErrorKind::StorageFull => return,
            Err(e) => panic!("{e}"),
        }
    }
}

#[test]
fn linux_reads_it_and_writes_it_full() {
    if !can_mount() {
        return;
    }
    let tree = sample();
    for block_size in BLOCK_SIZES {
        let flavours = FLAVOURS.map(|flavour| (flavour, ""));
        let sets = FEATURE_SETS[1..].iter().map(|features| (Flavour::Ext4, *features));
        for (flavour, features) in flavours.into_iter().chain(sets) {
            let options = with_features(options(flavour, block_size), features);
            let least = smallest(&tree, &options, 0).unwrap();
            for size in [least, least + (10 << 20) + 777] {
                let image = Image::new(&tree, size, &options);
                let mount = Mount::new(&image, flavour, "ro");
                compare(&mount.at, &tree);
                mount.unmount();
                let mount = Mount::new(&image, flavour, "rw,noatime");
                fill(&mount.at);
                mount.unmount();
                image.check();
                let mount = Mount::new(&image, flavour, "rw,noatime");
                for entry in std::fs::read_dir(&mount.at).unwrap() {
                    let path = entry.unwrap().path();
                    if path.file_name().unwrap().as_bytes().starts_with(b"fill-") {
                        std::fs::remove_file(path).unwrap();
                    }
                }
                std::fs::remove_dir_all(mount.at.join("boot")).unwrap();
                // Growing a file shows zeros, not what lay behind its end before.
                let grown = mount.at.join(OsStr::from_bytes(&[b'n'; 255]));
                std::fs::File::options().write(true).open(&grown).unwrap().set_len(2000).unwrap();
                let mut want = vec![0; 2000];
                want[0] = 1;
                assert_eq!(std::fs::read(&grown).unwrap(), want);
                mount.unmount();
                image.check();
            }
        }
    }
}

#[test]
fn the_comparison_objects_to_a_flipped_byte() {
    if !can_mount() {
        return;
    }
    let tree = sample();
    let layout = fs_ext::lay_out(&tree, 5 << 20, &options(Flavour::Ext3, BlockSize::Kib1)).unwrap();
    let at = |name: &str| layout.regions().find(|r| r.name == name).unwrap().at;
    // A byte of a content; the group of /boot, inode 12.
    for flipped in [at("file /suid") + 13_000, at("group 0/inode table") + 11 * 256 + 0x18] {
        let image = Image::of(&layout);
        image.flip(flipped, 1);
        let mount = Mount::new(&image, Flavour::Ext3, "ro");
        let compared = std::panic::catch_unwind(|| compare(&mount.at, &tree));
        mount.unmount();
        assert!(compared.is_err(), "{flipped:#x}");
    }
}

/// A directory of many blocks without an index: Linux must take new entries all the same.
#[test]
fn linux_adds_to_a_large_directory() {
    if !can_mount() {
        return;
    }
    let mut tree = directory(0o755);
    for n in 0..5000 {
        tree.insert(format!("d/name-{n:05}").as_bytes(), file(vec![])).unwrap();
    }
    let options = options(Flavour::Ext3, BlockSize::Kib1);
    let image = Image::new(&tree, smallest(&tree, &options, 2 << 20).unwrap(), &options);
    let mount = Mount::new(&image, Flavour::Ext3, "rw");
    for n in 0..50 {
        std::fs::write(mount.at.join(format!("d/new-{n}")), [1]).unwrap();
        std::fs::remove_file(mount.at.join(format!("d/name-{:05}", n * 97))).unwrap();
    }
    assert_eq!(std::fs::read_dir(mount.at.join("d")).unwrap().count(), 5000);
    mount.unmount();
    image.check();
}
