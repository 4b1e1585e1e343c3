//! Random trees, read back by an independent reader that is Rust as well.

use crate::common::*;
use ext4_view::{Ext4, Path};
use file_tree::{Directory, File, Meta, Node, Symlink, Timestamp};
use fs_ext::{BlockSize, Error, Flavour, InodeCount, InodeSize, Label, Options, lay_out, smallest};
use image_layout::{Content, SourceId};
use proptest::prelude::*;

/// One more node somewhere in the tree.
#[derive(Debug, Clone)]
struct Seed {
    parent: prop::sample::Index,
    name: Vec<u8>,
    meta: Meta,
    kind: SeedKind,
}

#[derive(Debug, Clone)]
enum SeedKind {
    Directory,
    Bytes(Vec<u8>),
    Source { id: u32, offset: u64, len: u64 },
    Hole(u64),
    Symlink(Vec<u8>),
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
    // The reader does not get over a missing indirect block, so holes end before the first.
    prop_oneof![
        2 => Just(SeedKind::Directory),
        2 => prop::collection::vec(any::<u8>(), 0..3000).prop_map(SeedKind::Bytes),
        4 => (0u32..9, 0u64..5000, edge)
            .prop_map(|(id, offset, len)| SeedKind::Source { id, offset, len }),
        1 => (0u64..12 * 1024).prop_map(SeedKind::Hole),
        1 => target.prop_map(SeedKind::Symlink),
    ]
}

prop_compose! {
    fn seed()(parent: prop::sample::Index, name in name(), meta in meta(), kind in kind()) -> Seed {
        Seed { parent, name, meta, kind }
    }
}

/// A tree of up to 60 nodes, anywhere below each other.
fn tree() -> impl Strategy<Value = Directory> {
    (meta(), prop::collection::vec(seed(), 0..60)).prop_map(|(root, seeds)| {
        let mut tree = Directory::new(root);
        let mut directories: Vec<Vec<u8>> = vec![vec![]];
        for seed in seeds {
            let mut path = seed.parent.get(&directories).clone();
            path.push(b'/');
            path.extend(&seed.name);
            let meta = seed.meta;
            let file = |content: Content| Node::File(File::new(meta, content));
            let node = match seed.kind {
                SeedKind::Directory => Node::Directory(Directory::new(meta)),
                SeedKind::Bytes(bytes) => file(bytes.into()),
                SeedKind::Source { id, offset, len } => {
                    file(Content::Source { id: SourceId(id), offset, len })
                }
                SeedKind::Hole(len) => file(Content::Zero { len }),
                SeedKind::Symlink(target) => Node::Symlink(Symlink::new(meta, &target).unwrap()),
            };
            let is_directory = matches!(node, Node::Directory(_));
            // Names that are taken, or are no names, are left out.
            if tree.insert(&path, node).is_ok() && is_directory {
                directories.push(path);
            }
        }
        tree
    })
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
        // The reader refuses large_dir.
        features in prop::sample::select(FEATURE_SETS.to_vec())
            .prop_map(|features| features.strip_prefix("large_dir,").unwrap_or(features)),
    ) -> Options {
        let of_flavour = Options::new(flavour, UUID, HASH_SEED, TIME);
        // The reader has no room for checksums in inodes of 128 bytes.
        let inode_size = match flavour {
            Flavour::Ext4 if !features.contains("^metadata_csum") => InodeSize::Bytes256,
            _ => inode_size,
        };
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

/// Reads a directory back as one of our trees.
fn read(fs: &Ext4, path: &[u8]) -> Directory {
    let meta_of = |m: &ext4_view::Metadata| Meta {
        mode: m.mode(),
        uid: m.uid(),
        gid: m.gid(),
        mtime: Timestamp {
            seconds: m.modified().seconds(),
            nanoseconds: m.modified().nanoseconds(),
        },
    };
    let at = Path::new(path);
    let mut directory = Directory::new(meta_of(&fs.symlink_metadata(at).unwrap()));
    for entry in fs.read_dir(at).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().as_ref().to_vec();
        if name == b"." || name == b".." {
            continue;
        }
        let child = at.join(&name);
        let metadata = fs.symlink_metadata(&child).unwrap();
        let meta = meta_of(&metadata);
        assert_eq!(entry.file_type().unwrap(), metadata.file_type());
        let node = if metadata.is_dir() {
            Node::Directory(read(fs, child.as_ref()))
        } else if metadata.is_symlink() {
            let target = fs.read_link(&child).unwrap();
            Node::Symlink(Symlink::new(meta, target.as_ref()).unwrap())
        } else {
            Node::File(File::new(meta, fs.read(&child).unwrap()))
        };
        directory.insert(&name, node).unwrap();
    }
    directory
}

/// The tree as a reader must find it: contents in memory, lost+found made, and with inodes of
/// 128 bytes no fractions of seconds.
fn expected(tree: &Directory, inode_size: InodeSize) -> Directory {
    fn copy(from: &Directory, meta: &impl Fn(Meta) -> Meta) -> Directory {
        let mut to = Directory::new(meta(from.meta));
        for (name, node) in from.entries() {
            let node = match node {
                Node::Directory(d) => Node::Directory(copy(d, meta)),
                Node::File(f) => Node::File(File::new(meta(f.meta), bytes_of(&f.content))),
                Node::Symlink(s) => Node::Symlink(Symlink::new(meta(s.meta), s.target()).unwrap()),
                Node::Special(_) | Node::Linked(_) => unreachable!("not in these trees"),
            };
            to.insert(name.as_bytes(), node).unwrap();
        }
        to
    }
    let mut to = copy(tree, &|mut meta| {
        if inode_size == InodeSize::Bytes128 {
            meta.mtime.nanoseconds = 0;
        }
        meta
    });
    if tree.get(b"lost+found").is_none() {
        to.insert(b"lost+found", Node::Directory(directory(0o700))).unwrap();
    }
    to
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
        let expected = expected(&tree, options.inode_size);
        for size in [least, least + more] {
            // A size that takes back more than it gives may not do; see `smallest`.
            let layout = match lay_out(&tree, size, &options) {
                Ok(layout) => layout,
                Err(Error::DoesNotFit { .. }) if size != least => continue,
                Err(e) => panic!("{e}"),
            };
            Image::of(&layout);
            let fs = Ext4::load(Box::new(image_bytes(&layout))).unwrap();
            let uuid = fs.uuid();
            prop_assert_eq!(uuid.as_bytes(), &UUID);
            prop_assert_eq!(read(&fs, b"/"), expected.clone());
        }
    }
}

#[test]
fn the_reader_objects_to_a_flipped_byte() {
    let tree = sample();
    let options = options(Flavour::Ext3, BlockSize::Kib1);
    let layout = lay_out(&tree, 8 << 20, &options).unwrap();
    let at = |name: &str| layout.regions().find(|r| r.name.as_ref() == name).unwrap().at as usize;
    let expected = expected(&tree, options.inode_size);
    let bytes = image_bytes(&layout);
    assert_eq!(read(&Ext4::load(Box::new(bytes.clone())).unwrap(), b"/"), expected);
    let owner_of_root = at("group 0/inode table") + 256 + 2;
    for at in [at("file /suid") + 13_000, at("directory /boot") + 24 + 8, owner_of_root] {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        let fs = Ext4::load(Box::new(bytes)).unwrap();
        assert_ne!(read(&fs, b"/"), expected, "{at}");
    }
}
