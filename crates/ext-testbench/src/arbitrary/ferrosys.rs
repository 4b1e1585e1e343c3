//! The contents of a tree, read through the reader of the crate `ferrosys`, which knows attributes,
//! devices and hard links, and checks every checksum it comes by.

use super::windows::windows;
use ferrosys::ext::ondisk::{Inode, InodeFlags};
use ferrosys::ext::{OpenOptions, ParseError, ReadError, ReadPolicy, Reader};
use file_tree::{
    Directory, FileContent, FileIdentity, Meta, Node, SpecialKind, Timestamp, View, Xattrs,
};
use fs_ext::{InodeSize, Options};
use image_layout::Content;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// `S_IFMT` and its values.
const TYPE: u16 = 0o170_000;

struct Comparison<'a> {
    fs: Reader<std::fs::File>,
    options: &'a Options,
    /// Whether holes have no blocks.
    holes: bool,
    /// Inode and number of names of each file with several.
    linked: BTreeMap<FileIdentity, (u32, u16)>,
    /// All inodes met, to see that no two files share one.
    met: BTreeSet<u32>,
}

/// Panics unless the image holds the tree, and nothing else.
pub fn compare(image: &Path, tree: &Directory, options: &Options) {
    compare_all(image, tree, options, true);
}

/// Compares an image in which holes may have become zeros with its tree.
pub fn compare_but_holes(image: &Path, tree: &Directory, options: &Options) {
    compare_all(image, tree, options, false);
}

fn compare_all(image: &Path, tree: &Directory, options: &Options, holes: bool) {
    // Strictly, it refuses large_dir, though none of these directories has three levels.
    let large_dir = options.clone().with_feature("large_dir", true).unwrap() == *options;
    let policy = if large_dir { ReadPolicy::Lenient } else { ReadPolicy::Strict };
    let file = std::fs::File::open(image).unwrap();
    let mut fs = Reader::open_with(file, &OpenOptions::new().policy(policy)).unwrap();
    fs.verify_checksums().unwrap();
    assert_eq!(fs.superblock().uuid, options.uuid);
    let mut c = Comparison { fs, options, holes, linked: BTreeMap::new(), met: BTreeSet::new() };
    // Not by recursion: some trees are deep.
    let mut left = vec![(String::new(), 2, tree)];
    while let Some((path, number, directory)) = left.pop() {
        let inode = c.fs.inode(number).unwrap();
        c.check(&path, &inode, 0o040_000, &directory.meta, &directory.xattrs);
        let mut entries = BTreeMap::new();
        for entry in c.fs.read_dir(&inode).unwrap() {
            if ![&b"."[..], b".."].contains(&&*entry.name) {
                assert!(entries.insert(entry.name, entry.inode).is_none(), "{path}: twice");
            }
        }
        if path.is_empty() && tree.get(b"lost+found").is_none() {
            let number = entries.remove(&b"lost+found"[..]).unwrap();
            let inode = c.fs.inode(number).unwrap();
            let meta = Meta::root(0o700, options.time);
            c.check("lost+found", &inode, 0o040_000, &meta, &Xattrs::new());
            assert_eq!(number, 11);
        }
        let names: Vec<&[u8]> = entries.keys().map(|n| &**n).collect();
        let wanted: Vec<&[u8]> = directory.entries().map(|(n, _)| n.as_bytes()).collect();
        assert_eq!(names, wanted, "{path}");
        for ((name, node), number) in directory.entries().zip(entries.into_values()) {
            let path = format!("{path}/{name}");
            match node.view() {
                View::Directory(d) => left.push((path, number, d)),
                _ => c.node(&path, number, node),
            }
        }
    }
    for (number, names) in c.linked.into_values() {
        let links = c.fs.inode(number).unwrap().links_count;
        assert_eq!(links, names, "names of inode {number}");
    }
}

impl Comparison<'_> {
    fn node(&mut self, path: &str, number: u32, node: &Node) {
        let inode = self.fs.inode(number).unwrap();
        if let Node::Linked(linked) = node {
            let known = self.linked.entry(linked.identity()).or_insert((number, 0));
            known.1 += 1;
            assert_eq!(known.0, number, "{path} has an inode of its own");
            if known.1 > 1 {
                return;
            }
        } else {
            assert_eq!(inode.links_count, 1, "{path}");
        }
        assert!(self.met.insert(number), "{path} is another file as well");
        let kind = match node.view() {
            View::Directory(_) => unreachable!("see compare"),
            View::File(f) => {
                self.content(path, &inode, &f.content);
                0o100_000
            }
            View::Symlink(s) => {
                let target = self.fs.read_symlink(&inode).unwrap();
                assert_eq!(target, s.target(), "{path}");
                0o120_000
            }
            View::Special(s) => {
                let number = match s.kind {
                    SpecialKind::Block(n) | SpecialKind::Character(n) => (n.major(), n.minor()),
                    SpecialKind::Fifo | SpecialKind::Socket => (0, 0),
                };
                assert_eq!(self.fs.device(&inode), number, "{path}");
                match s.kind {
                    SpecialKind::Block(_) => 0o060_000,
                    SpecialKind::Character(_) => 0o020_000,
                    SpecialKind::Fifo => 0o010_000,
                    SpecialKind::Socket => 0o140_000,
                }
            }
        };
        self.check(path, &inode, kind, node.meta(), node.xattrs());
    }

    fn check(&mut self, path: &str, inode: &Inode, kind: u16, meta: &Meta, xattrs: &Xattrs) {
        let got = self.fs.metadata(inode);
        let whole = self.options.inode_size == InodeSize::Bytes128;
        let time = |t: Timestamp| (t.seconds, if whole { 0 } else { t.nanoseconds });
        assert_eq!((inode.mode & TYPE, got.mode), (kind, meta.mode), "{path}");
        assert_eq!((got.uid, got.gid), (meta.uid, meta.gid), "{path}");
        assert_eq!((got.mtime.secs, got.mtime.nanos), time(meta.mtime), "{path}");
        assert_eq!((got.ctime.secs, got.ctime.nanos), time(self.options.time), "{path}");
        // The reader wants 16 bytes of zeros behind the entries, where Linux wants 4: give them
        // to the inode, and do without a block that is full of entries.
        let mut inode = inode.clone();
        inode.inline_xattr.extend([0; 16]);
        let mut without_block = false;
        let mut got = match self.fs.xattrs(&inode) {
            Err(ReadError::Parse(ParseError::TooShort { .. })) if inode.file_acl != 0 => {
                inode.file_acl = 0;
                without_block = true;
                self.fs.xattrs(&inode).unwrap()
            }
            got => got.unwrap(),
        };
        got.sort_by(|a, b| a.name.cmp(&b.name));
        let got: Vec<(&[u8], &[u8])> = got.iter().map(|x| (&*x.name, &*x.value)).collect();
        let mut want: Vec<(&[u8], &[u8])> = xattrs.iter().map(|(n, v)| (n.as_bytes(), v)).collect();
        want.retain(|x| !without_block || got.contains(x));
        assert_eq!(got, want, "{path}");
    }

    fn content(&mut self, path: &str, inode: &Inode, content: &FileContent) {
        assert_eq!(inode.size, content.len(), "{path}");
        for (at, piece) in windows(content) {
            let mut got = vec![0x5A; piece.len() as usize];
            assert_eq!(self.fs.read_into(inode, at, &mut got).unwrap(), got.len(), "{path}");
            assert!(got == crate::images::bytes_of(&piece), "{path} differs at {at}");
        }
        // What it may take at most: its data in whole blocks, the block of attributes, and the
        // map of an extent or, in the worst case, three indirect blocks for each piece.
        let block = 1024u64 << self.fs.superblock().log_block_size;
        let is_hole = |piece: &Content| self.holes && matches!(piece, Content::Zero { .. });
        let data = content.placed().filter(|(_, piece)| !is_hole(piece));
        let (mut most, mut pieces) = (1, 1);
        for (at, piece) in data {
            most += (at + piece.len()).div_ceil(block) - at / block;
            pieces += 1;
        }
        most += most / (block / 4) + 6 * pieces;
        let unit = if inode.flags.contains(InodeFlags::HUGE_FILE) { block } else { 512 };
        assert!(
            inode.blocks * unit <= most * block,
            "{path}: {} × {unit} for {most}",
            inode.blocks
        );
    }
}
