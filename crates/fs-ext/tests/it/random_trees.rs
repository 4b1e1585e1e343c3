//! Random trees, read back by independent readers that are Rust as well: `ext4-view`, and for what
//! it does not know `ferrosys`. A tree that fails shrinks.

use crate::arbitrary::{ext4_view_compares, ext4_view_reads, ferrosys_compares};
use crate::common::*;
use file_tree::{
    DeviceNumber, Directory, File, FileContent, Meta, Node, Special, SpecialKind, Symlink,
    Timestamp, XattrName, Xattrs,
};
use fs_ext::{Error, Flavour, InodeCount, InodeSize, Label, Options, lay_out, smallest};
use image_layout::{Content, SourceId};
use proptest::prelude::*;

/// One more node somewhere in the tree.
#[derive(Debug, Clone)]
struct Seed {
    parent: prop::sample::Index,
    name: Vec<u8>,
    meta: Meta,
    xattrs: Vec<(&'static str, Vec<u8>)>,
    kind: SeedKind,
}

#[derive(Debug, Clone)]
enum SeedKind {
    Directory,
    Bytes(Vec<u8>),
    Source {
        id: u32,
        offset: u64,
        len: u64,
    },
    Hole(u64),
    /// Holes, each with so many bytes of data behind it.
    Sparse(Vec<(u64, u64)>),
    Symlink(Vec<u8>),
    Special(SpecialKind),
    /// One more name of a file.
    Link(prop::sample::Index),
}

fn meta() -> impl Strategy<Value = Meta> {
    let id = prop_oneof![0u32..10, any::<u32>()];
    // The reader takes seconds with bit 31 set for corrupt: before 1970, and 2038 to 2106.
    let seconds = 0i64..1 << 31;
    (0u16..0o10000, id.clone(), id, seconds, 0u32..1_000_000_000).prop_map(
        |(mode, uid, gid, seconds, nanoseconds)| Meta {
            mode,
            uid,
            gid,
            mtime: Timestamp { seconds, nanoseconds },
        },
    )
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    let byte = any::<u8>().prop_filter("no part of a name", |b| *b != b'/' && *b != 0);
    prop_oneof![
        3 => "[a-z]{1,12}".prop_map(String::into_bytes),
        1 => prop::collection::vec(byte.clone(), 1..40),
        1 => prop::collection::vec(byte, 240..=255),
    ]
}

fn kind() -> impl Strategy<Value = SeedKind> {
    let edge = (prop::sample::select(vec![0u64, 1, 2, 4, 12, 13, 24, 48, 268, 280, 600]), -2i64..3)
        .prop_map(|(kib, d)| (kib * 1024).saturating_add_signed(d));
    let target = prop::collection::vec(1u8..=255, 1..100);
    let hole = prop::sample::select(vec![1u64, 1000, 4096, 20_000, 300_000, 5 << 20, 70 << 20]);
    let number = (0u32..1 << 12, 0u32..1 << 20).prop_map(|(a, b)| DeviceNumber::new(a, b).unwrap());
    let special = prop_oneof![
        number.clone().prop_map(SpecialKind::Block),
        number.prop_map(SpecialKind::Character),
        Just(SpecialKind::Fifo),
        Just(SpecialKind::Socket),
    ];
    prop_oneof![
        2 => Just(SeedKind::Directory),
        2 => prop::collection::vec(any::<u8>(), 0..3000).prop_map(SeedKind::Bytes),
        4 => (0u32..9, 0u64..5000, edge)
            .prop_map(|(id, offset, len)| SeedKind::Source { id, offset, len }),
        1 => (0u64..12 * 1024).prop_map(SeedKind::Hole),
        1 => prop::collection::vec((hole, 0u64..5000), 1..9).prop_map(SeedKind::Sparse),
        1 => special.prop_map(SeedKind::Special),
        1 => any::<prop::sample::Index>().prop_map(SeedKind::Link),
        1 => target.prop_map(SeedKind::Symlink),
    ]
}

/// At most so many bytes as go into a block of 1 KiB. Often the same ones, which share a block.
fn xattrs() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    let name = prop::sample::select(vec!["user.a", "user.long-name", "trusted.t", "security.b"]);
    let value = prop_oneof![Just(vec![7; 90]), prop::collection::vec(any::<u8>(), 0..150)];
    let some = prop::collection::btree_map(name, value, 1..4);
    prop_oneof![
        3 => Just(Vec::new()),
        1 => some.prop_map(|all| all.into_iter().collect()),
    ]
}

prop_compose! {
    fn seed()(
        parent: prop::sample::Index,
        name in name(),
        meta in meta(),
        xattrs in xattrs(),
        kind in kind(),
    ) -> Seed {
        Seed { parent, name, meta, xattrs, kind }
    }
}

/// A tree of up to 60 nodes, anywhere below each other.
fn tree() -> impl Strategy<Value = Directory> {
    (meta(), prop::collection::vec(seed(), 0..60)).prop_map(|(root, seeds)| {
        let mut tree = Directory::new(root);
        let mut directories: Vec<Vec<u8>> = vec![vec![]];
        let mut others: Vec<Vec<u8>> = Vec::new();
        for seed in seeds {
            let mut path = seed.parent.get(&directories).clone();
            path.push(b'/');
            path.extend(&seed.name);
            if let SeedKind::Link(index) = &seed.kind {
                if !others.is_empty() && tree.get(&path).is_none() {
                    // Names that are none are left out.
                    let existing: &Vec<u8> = index.get(&others);
                    drop(tree.link(existing, &path));
                }
                continue;
            }
            let node = node(seed);
            let is_directory = matches!(node, Node::Directory(_));
            // Names that are taken, or are no names, are left out.
            if tree.insert(&path, node).is_ok() {
                if is_directory { directories.push(path) } else { others.push(path) }
            }
        }
        tree
    })
}

fn node(seed: Seed) -> Node {
    let mut xattrs = Xattrs::new();
    for (name, value) in &seed.xattrs {
        xattrs.set(XattrName::new(name.as_bytes()).unwrap(), value).unwrap();
    }
    let meta = seed.meta;
    let content: FileContent = match seed.kind {
        SeedKind::Directory => {
            let mut directory = Directory::new(meta);
            directory.xattrs = xattrs;
            return Node::Directory(directory);
        }
        SeedKind::Symlink(target) => {
            let mut symlink = Symlink::new(meta, &target).unwrap();
            symlink.xattrs = xattrs;
            return Node::Symlink(symlink);
        }
        SeedKind::Special(kind) => {
            return Node::Special(Special { xattrs, ..Special::new(meta, kind) });
        }
        SeedKind::Link(_) => unreachable!("no node of its own"),
        SeedKind::Bytes(bytes) => bytes.into(),
        SeedKind::Source { id, offset, len } => {
            Content::Source { id: SourceId(id), offset, len }.into()
        }
        SeedKind::Hole(len) => FileContent::hole(len),
        SeedKind::Sparse(runs) => {
            let runs = runs.into_iter().enumerate().flat_map(|(n, (hole, len))| {
                let data = Content::Source { id: SourceId(3), offset: n as u64 * 10_000, len };
                [Content::Zero { len: hole }, data]
            });
            FileContent::from_pieces(runs).unwrap()
        }
    };
    Node::File(File { xattrs, ..File::new(meta, content) })
}

prop_compose! {
    fn options_()(
        flavour in prop::sample::select(FLAVOURS.to_vec()),
        block_size in prop::sample::select(BLOCK_SIZES.to_vec()),
        inode_size in prop::sample::select(vec![InodeSize::Bytes128, InodeSize::Bytes256]),
        inodes in prop::sample::select(vec![
            InodeCount::Auto, InodeCount::PerBytes(1024), InodeCount::PerBytes(65_536),
            InodeCount::Exactly(80),
        ]),
        label in prop::collection::vec(1u8..=255, 0..=16),
        reserved_percent in 0u8..=50,
        features in prop::sample::select(FEATURE_SETS.to_vec()),
    ) -> Options {
        let of_flavour = Options::new(flavour, UUID, HASH_SEED, TIME);
        Options {
            label: Label::new(label).unwrap(),
            block_size: Some(block_size),
            inode_size,
            inodes,
            reserved_percent,
            ..match flavour {
                Flavour::Ext4 => with_features(of_flavour, features),
                _ => of_flavour,
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// In the smallest file system that holds it, full to the last block, or a little larger.
    #[test]
    fn random_trees_come_back(tree in tree(), options in options_(), more in 0u64..3_000_000) {
        let bytes = u64::from(options.block_size.unwrap().bytes());
        let least = smallest(&tree, &options, 0).unwrap();
        prop_assert_eq!(least % bytes, 0);
        let smaller = lay_out(&tree, least - bytes, &options);
        let Err(Error::DoesNotFit { smallest: said, .. }) = smaller else { panic!("{least} - 1") };
        prop_assert_eq!(said, Some(least));
        for size in [least, least + more] {
            // A size that takes back more than it gives may not do; see `smallest`.
            let layout = match lay_out(&tree, size, &options) {
                Ok(layout) => layout,
                Err(Error::DoesNotFit { .. }) if size != least => continue,
                Err(e) => panic!("{e}"),
            };
            let image = Image::of(&layout);
            ferrosys_compares(&image.path(), &tree, &options);
            if ext4_view_reads(&tree, &options) {
                ext4_view_compares(&image.path(), &tree, &options);
            }
        }
    }
}
