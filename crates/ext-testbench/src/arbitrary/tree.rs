//! A tree, node by node.

use super::input::Input;
use crate::images::*;
use file_tree::{
    DeviceNumber, Directory, File, FileContent, Meta, Node, Special, SpecialKind, Symlink,
    Timestamp, XattrName, Xattrs, acl,
};
use image_layout::{Content, SourceId};

/// The limits of a tree's contents.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Most bytes of data in all files together.
    pub data: u64,
    /// Most bytes of a hole.
    pub hole: u64,
    pub nodes: usize,
    /// Whether symbolic links have modes of their own, which Linux does not give them.
    pub symlink_modes: bool,
}

/// The bounds of the fuzz target: files of any possible length, and longer ones.
pub const LARGE: Bounds = Bounds { data: 3 << 20, hole: u64::MAX, nodes: 300, symlink_modes: true };
/// The bounds for writers that write holes as zeros, and all symbolic links with the same mode.
pub const SMALL: Bounds = Bounds { data: 300_000, hole: 5000, nodes: 60, symlink_modes: false };

/// Most directories below each other.
const DEPTH: usize = 24;

pub fn tree(input: &mut Input<'_>, bounds: Bounds) -> Directory {
    let mut tree = Directory::new(meta(input));
    tree.xattrs = xattrs(input);
    let mut directories: Vec<Vec<u8>> = vec![vec![]];
    let mut others: Vec<Vec<u8>> = Vec::new();
    let mut left = bounds.data;
    for n in 0..bounds.nodes {
        if input.is_empty() {
            break;
        }
        let mut path = directories[input.below(directories.len() as u64) as usize].clone();
        path.push(b'/');
        path.extend(name(input, n));
        let meta = meta(input);
        let xattrs = xattrs(input);
        let node = match input.below(16) {
            0..3 => {
                if path.iter().filter(|b| **b == b'/').count() > DEPTH {
                    continue;
                }
                let mut directory = Directory::new(meta);
                directory.xattrs = xattrs;
                Node::Directory(directory)
            }
            3 => {
                many_entries(&mut tree, &path, input);
                continue;
            }
            4 => {
                let target: Vec<u8> = others
                    .get(input.below(others.len() as u64 + 1) as usize)
                    .cloned()
                    .unwrap_or_default();
                if tree.get(&path).is_none() && tree.link(&target, &path).is_ok() {
                    others.push(path);
                }
                continue;
            }
            5..7 => {
                let mut symlink = Symlink::new(meta, &target(input)).unwrap();
                symlink.xattrs = xattrs;
                if !bounds.symlink_modes {
                    symlink.meta.mode = 0o777;
                }
                Node::Symlink(symlink)
            }
            7 => Node::Special(Special { xattrs, ..Special::new(meta, special(input)) }),
            _ => {
                let content = content(input, &mut left, bounds.hole);
                Node::File(File { xattrs, ..File::new(meta, content) })
            }
        };
        let is_directory = matches!(node, Node::Directory(_));
        // Names that are taken, or are no names, are left out.
        if tree.insert(&path, node).is_ok() {
            if is_directory { directories.push(path) } else { others.push(path) }
        }
    }
    tree
}

fn meta(input: &mut Input<'_>) -> Meta {
    if !input.one_in(3) {
        return Meta::root(0o755, TIME);
    }
    let id = |input: &mut Input<'_>| input.pick(&[0, 1, 65_535, 65_536, u32::MAX - 1, u32::MAX]);
    // Few beyond what ext4-view knows; see `view::can_read`.
    let seconds = match input.below(64) {
        0..63 => input.below(1 << 31) as i64,
        _ => input.pick(&[-1, -(1 << 31), 1 << 31, 1 << 32, (3 << 32) + (1 << 31) - 1, 5 << 32]),
    };
    Meta {
        mode: input.below(0o10000) as u16,
        uid: id(input),
        gid: id(input),
        mtime: Timestamp { seconds, nanoseconds: input.below(1_000_000_000) as u32 },
    }
}

fn name(input: &mut Input<'_>, n: usize) -> Vec<u8> {
    let clean = |bytes: &[u8]| {
        let clean = |b: &u8| if matches!(b, 0 | b'/') { b'_' } else { *b };
        bytes.iter().map(clean).collect::<Vec<u8>>()
    };
    match input.below(8) {
        0..3 => format!("{n}").into_bytes(),
        3 => {
            let len = 1 + input.below(255) as usize;
            let mut name = format!("{n}-").into_bytes();
            name.resize(name.len().max(len), b'n');
            name
        }
        4..6 => {
            let len = 1 + input.below(40) as usize;
            clean(input.bytes(len))
        }
        6 => {
            let mut name = clean(input.bytes(4));
            name.resize(255, 0xFE);
            name
        }
        _ if input.one_in(16) => b"lost+found".to_vec(),
        _ => input.pick(&[&b"..."[..], b" ", b"\n", b"\xFF", b"a"]).to_vec(),
    }
}

fn target(input: &mut Input<'_>) -> Vec<u8> {
    let len = match input.below(32) {
        0..16 => input.pick(&[1, 58, 59, 60, 61]),
        16..30 => 1 + input.below(1023),
        30 => input.pick(&[1022, 1023, 1024, 2047, 2048, 4094, 4095]),
        _ => 1 + input.below(4095),
    };
    let mut target: Vec<u8> = input.bytes(5).iter().map(|b| *b.max(&1)).collect();
    target.resize(len as usize, b'/');
    target
}

fn special(input: &mut Input<'_>) -> SpecialKind {
    let number = |input: &mut Input<'_>| {
        let major = input.pick(&[0, 1, 8, 255, 256, 4095]);
        let minor = input.pick(&[0, 1, 255, 256, 65_536, 0xF_FFFF]);
        DeviceNumber::new(major, minor).unwrap()
    };
    match input.below(4) {
        0 => SpecialKind::Block(number(input)),
        1 => SpecialKind::Character(number(input)),
        2 => SpecialKind::Fifo,
        _ => SpecialKind::Socket,
    }
}

/// Lengths around the ends of blocks, of direct, single and double indirect maps, and of extents.
fn len(input: &mut Input<'_>) -> u64 {
    let block = input.pick(&[1024u64, 2048, 4096]);
    let p = block / 4;
    match input.below(4) {
        0 => input.below(5000),
        1 => {
            let blocks = input.pick(&[0, 1, 2, 11, 12, 13, 12 + p, 12 + 2 * p]);
            (blocks * block).saturating_add_signed(input.around(2))
        }
        2 => input.below(100_000),
        _ => input.below(1 << 20),
    }
}

/// Lengths of holes: from bytes to beyond what any file may have.
fn hole(input: &mut Input<'_>) -> u64 {
    let block = input.pick(&[1024u64, 2048, 4096]);
    let p = block / 4;
    let blocks = match input.below(32) {
        0..8 => return input.below(10_000),
        8..31 => input.pick(&[1, 2, 11, 12, 12 + p, 12 + p + p * p, 32_768]),
        _ => input.pick(&[12 + p + p * p + p * p * p, (1 << 32) - 1]),
    };
    (blocks * block).saturating_add_signed(input.around(3))
}

fn content(input: &mut Input<'_>, left: &mut u64, longest: u64) -> FileContent {
    let mut data = |input: &mut Input<'_>| {
        let len = len(input).min(*left);
        *left -= len;
        match input.below(4) {
            0 if len < 3000 => Content::from(vec![input.byte(); len as usize]),
            // Memory, in which holes are found as well.
            1 if len < 50_000 => Content::from(vec![0; len as usize]),
            _ => Content::Source {
                id: SourceId(input.below(5) as u32),
                offset: input.below(5000),
                len,
            },
        }
    };
    match input.below(8) {
        0 => FileContent::empty(),
        1 => FileContent::hole(hole(input).min(longest)),
        2..4 => {
            let mut pieces = Vec::new();
            for _ in 0..input.below(12) {
                pieces.push(Content::Zero { len: hole(input).min(longest) });
                pieces.push(data(input));
            }
            FileContent::from_pieces(pieces).unwrap_or_default()
        }
        // Holes a block or so apart: an extent each.
        4 => {
            let apart = input.pick(&[1024, 2048, 4096, 5000]);
            let piece = Content::Source { id: SourceId(1), offset: 7, len: 1 + input.below(3000) };
            let runs = input.below(700).min(*left / 4096);
            *left -= runs * 4096;
            let runs = (0..runs).flat_map(|_| [piece.clone(), Content::Zero { len: apart }]);
            FileContent::from_pieces(runs).unwrap_or_default()
        }
        _ => data(input).into(),
    }
}

fn xattrs(input: &mut Input<'_>) -> Xattrs {
    let mut all = Xattrs::new();
    if !input.one_in(3) {
        return all;
    }
    for _ in 0..1 + input.below(6) {
        let (name, value) = match input.below(6) {
            0 => (b"security.capability".to_vec(), vec![input.byte(); 20]),
            1 => {
                let entry = |tag, permissions, id| acl::AclEntry { tag, permissions, id };
                let entries = [
                    entry(acl::USER_OBJ, 7, u32::MAX),
                    entry(acl::USER, input.below(8) as u16, u32::from(input.byte())),
                    entry(acl::GROUP_OBJ, 5, u32::MAX),
                    entry(acl::MASK, 5, u32::MAX),
                    entry(acl::OTHER, 0, u32::MAX),
                ];
                (acl::ACCESS.to_vec(), acl::value(&entries))
            }
            kind => {
                let mut name =
                    [&b"user."[..], b"trusted.", b"security."][kind as usize % 3].to_vec();
                let end = name.len() + 1 + input.pick(&[0, 3, 4, 7, 40, 246]);
                name.push(b'a' + input.below(20) as u8);
                name.resize(end.min(XattrName::MAX), b'x');
                let len = match input.below(64) {
                    0..50 => input.below(60),
                    50..63 => input.below(300),
                    _ => input.below(5000),
                };
                (name, vec![input.byte(); len as usize])
            }
        };
        all.set(XattrName::new(&name).unwrap(), &value).unwrap();
    }
    all
}

/// A directory of so many entries that it may be hashed, in up to three levels of 1 KiB blocks.
fn many_entries(tree: &mut Directory, path: &[u8], input: &mut Input<'_>) {
    let count = input.pick(&[10, 30, 60, 100, 300, 900]);
    let width = input.pick(&[1, 5, 20, 120, 250]);
    let nodes = input.below(2);
    for n in 0..count {
        let mut path = path.to_vec();
        path.extend(format!("/{n:0width$}").into_bytes());
        let node = if nodes == 0 { file(vec![]) } else { Node::Directory(directory(0o700)) };
        if tree.insert(&path, node).is_err() {
            return;
        }
    }
}
