//! The same trees through this crate and through `ferrosys`, the other writer of ext file systems
//! in Rust: every reader finds the same in both.

use crate::arbitrary::{
    ext4_view_compares, ext4_view_reads, ferrosys_compares, ferrosys_compares_but_holes, small_tree,
};
use crate::common::*;
use ferrosys::ext::{self, EntryKind, FormatOptions, Metadata, Profile, SourceEntry, Xattr};
use file_tree::{Directory, Meta, Node, SpecialKind, View};
use fs_ext::{BlockSize, Error, Flavour, InodeCount, Options, lay_out, smallest};
use image_layout::{SourceId, Sources};
use std::collections::BTreeMap;
use std::path::Path;

/// Features of ext4 that both can be told to leave out.
const CHANGES: [&str; 4] = ["", "^metadata_csum", "^has_journal", "^dir_index,^resize_inode"];

/// What the other crate takes for a tree.
fn entries(tree: &Directory, options: &Options) -> Vec<SourceEntry> {
    let time = |t: file_tree::Timestamp| ext::Timestamp { secs: t.seconds, nanos: t.nanoseconds };
    let made = time(options.time);
    let metadata = |m: &Meta| {
        let metadata = Metadata::new(m.mode, time(m.mtime)).owned_by(m.uid, m.gid);
        metadata.with_times(made, made, time(m.mtime))
    };
    let xattrs = |x: &file_tree::Xattrs| {
        x.iter().map(|(n, v)| Xattr { name: n.as_bytes().into(), value: v.into() }).collect()
    };
    let root = SourceEntry::new(b"/", EntryKind::Directory, metadata(&tree.meta));
    let mut out = vec![root.with_xattrs(xattrs(&tree.xattrs))];
    let mut linked = BTreeMap::new();
    let mut left = vec![(Vec::new(), tree)];
    while let Some((at, directory)) = left.pop() {
        for (name, node) in directory.entries() {
            let path = [&at[..], b"/", name.as_bytes()].concat();
            let known = match node {
                Node::Linked(l) => linked.get(&l.identity()).cloned(),
                _ => None,
            };
            let kind = match (known, node.view()) {
                (Some(target), _) => EntryKind::HardLink { target },
                (None, View::Directory(d)) => {
                    left.push((path.clone(), d));
                    EntryKind::Directory
                }
                (None, View::File(f)) => EntryKind::File(bytes_of(&f.content).into()),
                (None, View::Symlink(s)) => EntryKind::Symlink(s.target().into()),
                (None, View::Special(s)) => match s.kind {
                    SpecialKind::Block(n) => {
                        EntryKind::BlockDevice { major: n.major(), minor: n.minor() }
                    }
                    SpecialKind::Character(n) => {
                        EntryKind::CharDevice { major: n.major(), minor: n.minor() }
                    }
                    SpecialKind::Fifo => EntryKind::Fifo,
                    SpecialKind::Socket => EntryKind::Socket,
                },
            };
            let is_link = matches!(kind, EntryKind::HardLink { .. });
            let mut entry = SourceEntry::new(path.clone(), kind, metadata(node.meta()));
            if !is_link {
                entry = entry.with_xattrs(xattrs(node.xattrs()));
            }
            out.push(entry);
            if let Node::Linked(l) = node {
                linked.entry(l.identity()).or_insert(path);
            }
        }
    }
    out
}

/// The other crate's image, if it makes one.
fn theirs(tree: &Directory, size: u64, options: &Options, changes: &str) -> Option<Vec<u8>> {
    let time = ext::Timestamp { secs: options.time.seconds, nanos: options.time.nanoseconds };
    let mut format = FormatOptions::new(options.uuid, time, options.hash_seed);
    format = format.profile(match options.flavour {
        Flavour::Ext2 => Profile::Ext2,
        Flavour::Ext3 => Profile::Ext3,
        Flavour::Ext4 => Profile::Ext4,
    });
    // As here, and the only ones that ext4-view knows.
    format.hash_signedness = ext::HashSignedness::Signed;
    format.feature.block_size = options.block_size.unwrap().bytes();
    for name in ["metadata_csum_seed", "orphan_file"] {
        format.feature = format.feature.with_feature(name, false).unwrap();
    }
    for change in changes.split(',').filter(|c| !c.is_empty()) {
        let name = change.strip_prefix('^').unwrap();
        format.feature = format.feature.with_feature(name, false).unwrap();
    }
    format.inodes = match options.inodes {
        InodeCount::Exactly(n) => ext::InodeCount::Count(n),
        _ => ext::InodeCount::Auto,
    };
    let image = ext::format(entries(tree, options), size, format);
    image.ok().map(ext::Image::into_bytes)
}

fn tree_of_seed(seed: u32) -> Directory {
    let mut bytes = vec![0; [60, 200, 500][seed as usize % 3]];
    Pattern.read_exact_at(SourceId(1 << 20 | seed), 0, &mut bytes).unwrap();
    small_tree(&bytes)
}

fn options_of_seed(seed: u32) -> (Options, &'static str) {
    let flavour = FLAVOURS[seed as usize % 3];
    let block_size = BLOCK_SIZES[seed as usize / 3 % 3];
    let changes = match flavour {
        Flavour::Ext4 => CHANGES[seed as usize / 9 % 4],
        _ => "",
    };
    let options = with_features(options(flavour, block_size), changes);
    (Options { inodes: InodeCount::Exactly(6000), ..options }, changes)
}

/// What `debugfs` takes out of two images, compared by other people's `diff`.
#[track_caller]
fn rdump_agrees(image: &Image, other: &Path) {
    let Some(diff) = testbench::oracle("diff") else { return };
    let Some(debugfs) = testbench::oracle("debugfs") else { return };
    let dumps = ["ours", "theirs"].map(|name| image.beside(name));
    for (dump, image) in dumps.iter().zip([&*image.path(), other]) {
        std::fs::create_dir(dump).unwrap();
        let request = format!("rdump / {}", dump.display());
        debugfs.run(["-R".as_ref(), request.as_ref(), image.as_os_str()]).expect_success("rdump");
    }
    let args =
        ["-r".as_ref(), "--no-dereference".as_ref(), dumps[0].as_os_str(), dumps[1].as_os_str()];
    diff.run(args).expect_success("diff -r");
    for dump in dumps {
        std::fs::remove_dir_all(dump).unwrap();
    }
}

/// Whether both crates made an image, and every reader found the tree in both.
fn same_to_every_reader(seed: u32) -> bool {
    let _named = Seed(seed);
    let tree = tree_of_seed(seed);
    let (options, changes) = options_of_seed(seed);
    let least = match smallest(&tree, &options, 0) {
        Ok(least) => least,
        // What these trees may hold and a file system of this kind not.
        Err(Error::LostAndFound | Error::SymlinkTarget { .. } | Error::Time { .. }) => {
            return false;
        }
        Err(Error::XattrsTooLarge { .. }) => return false,
        Err(e) => panic!("{e}"),
    };
    // They keep no holes, and reserve more for growth.
    let size = least + least / 4 + (1 << 20);
    let image = Image::new(&tree, size, &options);
    ferrosys_compares(&image.path(), &tree, &options);
    let view = ext4_view_reads(&tree, &options);
    if view {
        ext4_view_compares(&image.path(), &tree, &options);
    }
    let Some(bytes) = theirs(&tree, size, &options, changes) else { return false };
    let other = image.beside("theirs.img");
    std::fs::write(&other, bytes).unwrap();
    ferrosys_compares_but_holes(&other, &tree, &options);
    if view {
        ext4_view_compares(&other, &tree, &options);
    }
    if seed.is_multiple_of(50) {
        rdump_agrees(&image, &other);
    }
    true
}

#[test]
fn a_thousand_trees_are_the_same_to_every_reader() {
    let part = |from| (from..1200).step_by(2).filter(|seed| same_to_every_reader(*seed)).count();
    let both = std::thread::scope(|s| {
        let other = s.spawn(|| part(1));
        part(0) + other.join().unwrap()
    });
    // The others are refused by one of them, as what has attributes for more than a block.
    assert!(both >= 1000, "only {both} trees in both");
}

/// Sizes at which other writers in Rust make a group of the last few blocks that has no room for
/// its tables.
#[test]
fn tiny_last_groups() {
    for flavour in FLAVOURS {
        let options = options(flavour, BlockSize::Kib1);
        for blocks in [0, 1, 2, 3, 64, 65, 66, 514, 515, 600] {
            let layout = lay_out(&sample(), (64 << 20) + blocks * 1024, &options).unwrap();
            let image = Image::of(&layout);
            ferrosys_compares(&image.path(), &sample(), &options);
        }
    }
}
