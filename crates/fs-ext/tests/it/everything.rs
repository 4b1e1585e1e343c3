//! What a tree can hold beside directories, files and symbolic links: hard links, devices, fifos,
//! sockets, extended attributes, holes.

use crate::common::*;
use crate::fiemap::compare_places;
use crate::kernel::Mount;
use file_tree::{
    DeviceNumber, Directory, File, FileContent, Node, Special, SpecialKind, Timestamp, View,
    XattrName, Xattrs, acl,
};
use fs_ext::{BlockSize, Error, Flavour, InodeSize, Options, lay_out, smallest};
use image_layout::{Content, Layout};
use rustix::fs::{SeekFrom, lgetxattr, llistxattr, seek};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

fn xattrs(pairs: &[(&str, &[u8])]) -> Xattrs {
    let mut all = Xattrs::new();
    for (name, value) in pairs {
        all.set(XattrName::new(name.as_bytes()).unwrap(), value).unwrap();
    }
    all
}

fn special(kind: SpecialKind) -> Node {
    let meta = file_tree::Meta { mode: 0o640, uid: 3, gid: 99_999, mtime: TIME };
    Node::Special(Special::new(meta, kind))
}

fn device(major: u32, minor: u32) -> DeviceNumber {
    DeviceNumber::new(major, minor).unwrap()
}

/// `user::rwx user:1000:r-- group::r-x mask::r-x other::---`
fn some_acl() -> Vec<u8> {
    let all = u32::MAX;
    let entry = |(tag, permissions, id)| acl::AclEntry { tag, permissions, id };
    let entries = [
        (acl::USER_OBJ, 7, all),
        (acl::USER, 4, 1000),
        (acl::GROUP_OBJ, 5, all),
        (acl::MASK, 5, all),
        (acl::OTHER, 0, all),
    ];
    acl::value(&entries.map(entry))
}

/// Data of 1 byte at each of these places, and a last byte of hole if `tail`.
fn sparse(places: &[u64], len: u64) -> FileContent {
    let mut pieces = Vec::new();
    let mut at = 0;
    for place in places {
        pieces.push(Content::Zero { len: place - at });
        pieces.push(source(5, 1));
        at = place + 1;
    }
    pieces.push(Content::Zero { len: len - at });
    FileContent::from_pieces(pieces).unwrap()
}

pub fn everything() -> Directory {
    let mut tree = directory(0o755);
    tree.xattrs = xattrs(&[("user.root", b"of the tree")]);
    let mut put = |path: &str, node| tree.insert(path.as_bytes(), node).unwrap();
    put("dev/sda1", special(SpecialKind::Block(device(8, 1))));
    put("dev/nvme", special(SpecialKind::Block(device(259, 70_000))));
    put("dev/last", special(SpecialKind::Character(device(4095, 0xF_FFFF))));
    put("dev/null", special(SpecialKind::Character(device(1, 3))));
    put("dev/zero", special(SpecialKind::Character(device(0, 0))));
    put("dev/fifo", special(SpecialKind::Fifo));
    put("dev/socket", special(SpecialKind::Socket));

    put("links/one", file(vec![1; 3000]));
    put("links/symlink", symlink([b'l'; 70]));
    put("a", file(source(3, 20_000)));

    // Every edge of a block map of 1 KiB blocks: direct, single, double and triple indirect.
    let kib = |n: u64| n * 1024;
    let p = 256;
    let edges = [0, 11, 12, 12 + p, 12 + p + p * p, 12 + p + p * p + 1000].map(kib);
    put("sparse/edges", file(sparse(&edges, kib(70_000))));
    put("sparse/far", file(sparse(&[kib(12 + p + p * p) + 777], kib(12 + p + p * p) + 778)));
    put("sparse/end", file(sparse(&[0], (4 << 30) + 5)));
    put("sparse/odd", file(sparse(&[5000, 5500, 9000, 40_000], 40_001)));
    put("sparse/hole", file(FileContent::hole(1 << 33)));

    let attributed = |pairs: &[(&str, &[u8])], mode| {
        let meta = file_tree::Meta::root(mode, TIME);
        Node::File(File { meta, xattrs: xattrs(pairs), content: vec![7; 10].into() })
    };
    let capability = b"\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    put("x/capable", attributed(&[("security.capability", capability)], 0o755));
    put("x/empty", attributed(&[("user.nothing", b"")], 0o644));
    put("x/acl", attributed(&[("system.posix_acl_access", &some_acl())], 0o750));
    let many: Vec<(String, Vec<u8>)> =
        (0..12).map(|n| (format!("user.{}", "n".repeat(12 - n)), vec![n as u8; 3 * n])).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(n, v)| (&**n, &**v)).collect();
    put("x/many", attributed(&many, 0o644));
    put("x/trusted", attributed(&[("trusted.t", b"for root"), ("user.\u{e9}", b"\xff\0")], 0o644));
    for n in 0..5 {
        put(&format!("x/shared-{n}"), attributed(&[("user.long", &[0x77; 700])], 0o644));
    }
    let mut link = Node::clone(&symlink("short"));
    if let Node::Symlink(s) = &mut link {
        s.xattrs = xattrs(&[("trusted.on-a-link", &[b'v'; 200])]);
    }
    put("x/symlink", link);
    let mut dir = directory(0o750);
    dir.xattrs = xattrs(&[
        ("system.posix_acl_access", &some_acl()),
        ("system.posix_acl_default", &some_acl()),
    ]);
    put("x/inherited", Node::Directory(dir));

    for (old, new) in [
        ("links/one", "links/two"),
        ("links/one", "dev/three"),
        ("links/symlink", "links/symlink2"),
        ("dev/sda1", "links/sda1"),
        ("a", "z"),
        ("x/shared-1", "x/shared-1-too"),
        ("sparse/odd", "links/odd"),
    ] {
        tree.link(old.as_bytes(), new.as_bytes()).unwrap();
    }
    tree
}

/// The attributes that Linux shows at `path`, which it does not follow.
fn xattrs_at(path: &Path) -> Xattrs {
    let mut names = vec![0; 65_536];
    let len = llistxattr(path, &mut names[..]).unwrap();
    let mut all = Xattrs::new();
    for name in names[..len].split(|b| *b == 0).filter(|n| !n.is_empty()) {
        let mut value = vec![0; 65_536];
        let len = lgetxattr(path, name, &mut value[..]).unwrap();
        all.set(XattrName::new(name).unwrap(), &value[..len]).unwrap();
    }
    all
}

/// The data of an open file, by `SEEK_DATA` and `SEEK_HOLE`.
fn data_ranges(file: &std::fs::File) -> Vec<(u64, u64)> {
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Ok(data) = seek(file, SeekFrom::Data(at)) {
        let hole = seek(file, SeekFrom::Hole(data)).unwrap();
        ranges.push((data, hole));
        at = hole;
    }
    ranges
}

/// The ranges of data that the tree says, in blocks.
fn expected_ranges(content: &FileContent, block: u64) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for (at, piece) in content.placed() {
        if matches!(piece, Content::Zero { .. }) {
            continue;
        }
        let end = (at + piece.len()).next_multiple_of(block).min(content.len());
        match ranges.last_mut() {
            Some(last) if last.1 >= at / block * block => last.1 = end,
            _ => ranges.push((at / block * block, end)),
        }
    }
    ranges
}

/// Compares all that `kernel::compare` does not.
fn compare(at: &Path, tree: &Directory, block: u64) {
    let path_of = |path: &str| at.join(OsStr::from_bytes(path.as_bytes()));
    assert_eq!(xattrs_at(at), tree.xattrs);
    let mut inodes: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for (name, node) in tree.walk() {
        let path = path_of(&name);
        let m = std::fs::symlink_metadata(&path).unwrap();
        assert_eq!(m.mode() & 0o7777, u32::from(node.meta().mode), "{name}");
        assert_eq!((m.uid(), m.gid()), (node.meta().uid, node.meta().gid), "{name}");
        assert_eq!(xattrs_at(&path), *node.xattrs(), "{name}");
        match node.view() {
            View::Directory(_) => continue,
            View::Symlink(s) => {
                assert_eq!(std::fs::read_link(&path).unwrap().as_os_str().as_bytes(), s.target());
            }
            View::Special(s) => {
                let (t, rdev) = (m.file_type(), m.rdev());
                let number = device(rustix::fs::major(rdev), rustix::fs::minor(rdev));
                let got = match () {
                    () if t.is_block_device() => SpecialKind::Block(number),
                    () if t.is_char_device() => SpecialKind::Character(number),
                    () if t.is_fifo() => SpecialKind::Fifo,
                    () if t.is_socket() => SpecialKind::Socket,
                    () => panic!("{name}: {t:?}"),
                };
                assert_eq!(got, s.kind, "{name}");
            }
            View::File(f) => {
                assert_eq!(m.len(), f.content.len(), "{name}");
                let file = std::fs::File::open(&path).unwrap();
                assert_eq!(data_ranges(&file), expected_ranges(&f.content, block), "{name}");
                for (at, piece) in f.content.placed() {
                    let mut got = vec![0; piece.len().min(100_000) as usize];
                    std::os::unix::fs::FileExt::read_exact_at(&file, &mut got, at).unwrap();
                    assert!(got == bytes_of(&piece.slice(0, got.len() as u64)), "{name} at {at}");
                }
            }
        }
        assert_eq!(u64::from(m.nlink() > 1), u64::from(matches!(node, Node::Linked(_))), "{name}");
        if m.nlink() > 1 {
            inodes.entry(m.ino()).or_default().push(name);
        }
    }
    let mut links: Vec<_> = inodes.into_values().collect();
    links.sort();
    assert_eq!(links, tree.links());
}

/// ext2, ext3 and ext4, and ext4 with each of these changes.
fn variants(changes: &[&str]) -> Vec<(Flavour, Options, u64)> {
    let flavours = FLAVOURS.map(|flavour| (flavour, ""));
    let changed = changes.iter().map(|changes| (Flavour::Ext4, *changes));
    let mut variants = Vec::new();
    for (flavour, changes) in flavours.into_iter().chain(changed) {
        for block_size in BLOCK_SIZES {
            for inode_size in [InodeSize::Bytes128, InodeSize::Bytes256] {
                let options = with_features(options(flavour, block_size), changes);
                let options = Options { inode_size, ..options };
                variants.push((flavour, options, block_size.bytes().into()));
            }
        }
    }
    variants
}

#[test]
fn e2fsck_finds_nothing_in_the_smallest_size_and_in_others() {
    let tree = everything();
    for (_, options, block) in variants(&FEATURE_SETS[1..]) {
        let least = smallest(&tree, &options, 0).unwrap();
        for size in [least, least + 7 * block, least + (3 << 20) + 1] {
            Image::new(&tree, size, &options);
        }
        assert!(matches!(lay_out(&tree, least - block, &options), Err(Error::DoesNotFit { .. })));
    }
}

#[test]
fn linux_reads_everything_and_writes_on() {
    if !can_mount() {
        return;
    }
    let tree = everything();
    for (flavour, options, block) in variants(&["^metadata_csum", "64bit", "^extent"]) {
        let size = smallest(&tree, &options, 3 << 20).unwrap() + (4 << 20);
        let layout = lay_out(&tree, size, &options).unwrap();
        let image = Image::of(&layout);
        let mount = Mount::new(&image, flavour, "ro");
        compare(&mount.at, &tree, block);
        let _skipped = compare_places(&mount.at, &tree, &layout, block);
        mount.unmount();
        let mount = Mount::new(&image, flavour, "rw");
        let at = |name: &str| mount.at.join(name);
        // What was shared or sparse takes changes by itself.
        let flags = rustix::fs::XattrFlags::empty();
        rustix::fs::lsetxattr(at("x/shared-2"), "user.long", &[1; 600], flags).unwrap();
        rustix::fs::lremovexattr(at("x/shared-3"), "user.long").unwrap();
        rustix::fs::lsetxattr(at("x/capable"), "user.more", &[2; 300], flags).unwrap();
        rustix::fs::lsetxattr(at("x/many"), "user.nnnn", b"other", flags).unwrap();
        std::fs::remove_file(at("links/two")).unwrap();
        std::fs::remove_file(at("x/shared-4")).unwrap();
        std::fs::remove_file(at("sparse/edges")).unwrap();
        std::fs::hard_link(at("links/one"), at("links/four")).unwrap();
        let f = std::fs::File::options().write(true).open(at("sparse/far")).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&f, &[9; 5000], 270_000).unwrap();
        drop(f);
        assert_eq!(std::fs::metadata(at("links/one")).unwrap().nlink(), 3);
        assert_eq!(xattrs_at(&at("x/shared-0")).get(b"user.long"), Some(&[0x77; 700][..]));
        assert_eq!(xattrs_at(&at("x/many")).get(b"user.nnnn"), Some(&b"other"[..]));
        mount.unmount();
        image.check();
    }
}

#[test]
fn debugfs_shows_attributes_and_numbers() {
    let tree = everything();
    for flavour in FLAVOURS {
        let options = options(flavour, BlockSize::Kib1);
        let image = Image::new(&tree, smallest(&tree, &options, 0).unwrap(), &options);
        shown_by_debugfs(&image);
    }
}

fn shown_by_debugfs(image: &Image) {
    for (request, want) in [
        ("ea_list x/shared-0", vec!["user.long (700)"]),
        ("ea_list x/empty", vec!["user.nothing (0)"]),
        ("ea_list x/capable", vec!["security.capability (20)"]),
        ("ea_list x/trusted", vec!["trusted.t (8) = \"for root\""]),
        ("stat dev/nvme", vec!["New-style", "259:70000"]),
        ("stat dev/sda1", vec!["Device major/minor number: 08:01", "Links: 2"]),
        ("stat links/one", vec!["Links: 3"]),
        ("stat sparse/hole", vec!["Size: 8589934592", "Blockcount: 0"]),
    ] {
        let Some(said) = image.debugfs(request) else { return };
        for want in want {
            assert!(said.contains(want), "{request}: {want:?} in\n{said}");
        }
    }
}

/// Byte by byte: what is in the block of attributes, and what e2fsck makes of a change there.
#[test]
fn e2fsck_objects_to_flipped_bits_in_attributes() {
    let of_inodes = |flavour, inode_size| {
        let options = Options { inode_size, ..options(flavour, BlockSize::Kib1) };
        lay_out(&everything(), 9 << 20, &options).unwrap()
    };
    let start = |layout: &Layout, name: &str| {
        layout.regions().find(|r| r.name == name).unwrap_or_else(|| panic!("{name}")).at
    };
    let name = "xattrs of /x/shared-0 and 4 others";
    let layout = of_inodes(Flavour::Ext2, InodeSize::Bytes128);
    let block = start(&layout, name);
    let mut flips = Vec::new();
    for (byte, words) in [
        (0, "bad extended attribute block"),        // the magic
        (4, "has reference count 21, should be 5"), // the reference count
        (32 + 12, "which is invalid"),              // the hash of an entry
        (32 + 8 + 1, "Extended attribute block 267 is corrupt"), // the size of a value
    ] {
        flips.push((layout.clone(), block + byte, 4, words));
    }
    // With checksums also the checksum itself, and the last byte of all. A count that is not the
    // checksum's stops it.
    let layout = of_inodes(Flavour::Ext4, InodeSize::Bytes256);
    let block = start(&layout, name);
    for (byte, status) in [(4, 12), (16, 4), (1023, 4)] {
        flips.push((layout.clone(), block + byte, status, "checksum does not match block"));
    }
    // The last byte of the root's inode belongs to the value of `user.root`.
    let end_of_root = start(&layout, "group 0/inode table") + 2 * 256;
    flips.push((layout, end_of_root - 1, 4, "Extended attribute in inode 2 has a hash"));
    for (layout, at, status, words) in flips {
        let image = Image::of(&layout);
        image.flip(at, 0x10);
        if let Some(ran) = image.e2fsck() {
            ran.expect_objection(status, words, &format!("byte {at:#x} flipped"));
        }
    }
}

#[test]
fn the_comparison_objects() {
    if !can_mount() {
        return;
    }
    let tree = everything();
    let mut changed: Vec<(&str, Directory)> = Vec::new();
    let mut change = |what, how: &dyn Fn(&mut Directory)| {
        let mut other = tree.clone();
        how(&mut other);
        assert_ne!(other, tree, "{what}");
        changed.push((what, other));
    };
    change("a value", &|t| {
        let Some(Node::File(f)) = t.get_mut(b"x/acl") else { panic!() };
        f.xattrs = xattrs(&[("system.posix_acl_access", b"\x02\0\0\0")]);
    });
    change("a device", &|t| {
        t.remove(b"dev/last");
        let kind = SpecialKind::Character(device(4095, 0xF_FFFE));
        t.insert(b"dev/last", special(kind)).unwrap();
    });
    change("a hole", &|t| {
        let Some(Node::File(f)) = t.get_mut(b"sparse/far") else { panic!() };
        let len = f.content.len();
        f.content = sparse(&[len - 2000, len - 1], len);
    });
    change("a link", &|t| {
        let node = t.remove(b"z").unwrap();
        let View::File(f) = node.view() else { panic!() };
        t.insert(b"z", Node::File(f.clone())).unwrap();
    });
    for flavour in [Flavour::Ext2, Flavour::Ext4] {
        let options = options(flavour, BlockSize::Kib1);
        let image = Image::new(&tree, 9 << 20, &options);
        let mount = Mount::new(&image, flavour, "ro");
        compare(&mount.at, &tree, 1024);
        for (what, other) in &changed {
            let compared = std::panic::catch_unwind(|| compare(&mount.at, other, 1024));
            assert!(compared.is_err(), "{what}");
        }
        mount.unmount();
    }
}

#[test]
fn more_than_1024_inodes_with_the_same_attributes() {
    let mut tree = directory(0o755);
    for n in 0..2100 {
        let meta = file_tree::Meta::root(0o644, TIME);
        let xattrs = xattrs(&[("security.selinux", &[b's'; 90])]);
        let node = Node::File(File { meta, xattrs, content: FileContent::empty() });
        tree.insert(format!("{n:04}").as_bytes(), node).unwrap();
    }
    for (flavour, inode_size) in [
        (Flavour::Ext2, InodeSize::Bytes128),
        (Flavour::Ext2, InodeSize::Bytes256),
        (Flavour::Ext4, InodeSize::Bytes256),
    ] {
        let options = Options { inode_size, ..options(flavour, BlockSize::Kib1) };
        let layout = lay_out(&tree, smallest(&tree, &options, 0).unwrap(), &options).unwrap();
        let blocks = layout.regions().filter(|r| r.name.starts_with("xattrs of ")).count();
        assert_eq!(blocks, 3);
        Image::of(&layout);
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let options = options(Flavour::Ext3, BlockSize::Kib1);
    let with = |pairs: &[(&str, &[u8])]| {
        let meta = file_tree::Meta::root(0o644, Timestamp::default());
        let file = File { meta, xattrs: xattrs(pairs), content: FileContent::empty() };
        let mut tree = directory(0o755);
        tree.insert(b"some/where", Node::File(file)).unwrap();
        lay_out(&tree, 4 << 20, &options).unwrap_err()
    };
    let e = with(&[("user.a", &[1; 4096])]);
    assert!(matches!(e, Error::XattrsTooLarge { available: 988, .. }), "{e}");
    assert!(e.to_string().contains("`/some/where`"), "{e}");
    let e = with(&[("system.nfs4_acl", b"")]);
    assert!(matches!(&e, Error::XattrNamespace { name, .. } if name == "system.nfs4_acl"), "{e}");
}

/// 32,000 names of one file, in ext4 65,000, and one more.
#[test]
fn as_many_names_as_linux_allows() {
    for (flavour, max) in [(Flavour::Ext3, 32_000), (Flavour::Ext4, 65_000)] {
        let options = options(flavour, BlockSize::Kib1);
        let mut tree = directory(0o755);
        tree.insert(b"0", file(vec![1])).unwrap();
        for n in 1..max {
            tree.link(b"0", n.to_string().as_bytes()).unwrap();
        }
        let image = Image::new(&tree, 16 << 20, &options);
        if let Some(stat) = image.debugfs("stat /4711") {
            assert!(stat.contains(&format!("Links: {max}")), "{stat}");
        }
        tree.link(b"0", max.to_string().as_bytes()).unwrap();
        let e = lay_out(&tree, 16 << 20, &options).unwrap_err();
        assert_eq!(e, Error::TooManyLinks { path: "/0".into(), max });
    }
}

/// More runs of data than an inode, and than a block of a tree, have extents for; every size.
#[test]
fn extents_of_many_runs() {
    let mut tree = directory(0o755);
    // In blocks of 1 KiB, 5 runs, then 400: in one piece on the disk, and yet an extent each.
    for (name, runs) in [(b"5", 5), (b"4", 400)] {
        let places: Vec<u64> = (0..runs).map(|n| n * 9000 + 7).collect();
        tree.insert(name, file(sparse(&places, runs * 9000))).unwrap();
    }
    let with = |n: u8| {
        let meta = file_tree::Meta::root(0o644, TIME);
        let xattrs = xattrs(&[("user.long", &[n; 300])]);
        Node::File(File { meta, xattrs, content: vec![n; 20].into() })
    };
    for n in 0..9 {
        tree.insert(format!("x/{n}").as_bytes(), with(n % 3)).unwrap();
    }
    for features in ["^has_journal", "^has_journal,^metadata_csum,^flex_bg"] {
        let options = with_features(options(Flavour::Ext4, BlockSize::Kib1), features);
        crate::smallest::is_the_smallest(&tree, &options, 0);
        let layout = lay_out(&tree, smallest(&tree, &options, 0).unwrap(), &options).unwrap();
        let image = Image::of(&layout);
        let blocks = |name: &str| -> u64 {
            let all = layout.regions().filter(|r| r.name == name);
            all.map(|r| r.content.len()).sum::<u64>() / 1024
        };
        // 400 in leaves of 84: five, under a node, which is the second level.
        assert_eq!((blocks("extent tree of /5"), blocks("extent tree of /4")), (1, 5 + 1));
        for (name, depth) in [("5", 1), ("4", 2)] {
            let Some(shown) = image.debugfs(&format!("extents /{name}")) else { return };
            let last = shown.lines().last().unwrap();
            assert!(last.trim().starts_with(&format!("{depth}/ {depth}")), "{last}");
        }
        if can_mount() {
            let mount = Mount::new(&image, Flavour::Ext4, "ro");
            compare(&mount.at, &tree, 1024);
            mount.unmount();
        }
    }
}
