//! Digests of whole layouts, so that a change to one member of the family that reaches another
//! is seen: one line for every choice of options.

use crate::common::*;
use file_tree::{Directory, Node};
use fs_ext::{BlockSize, Flavour, InodeCount, InodeSize, Options, lay_out, smallest};
use image_layout::{Content, Layout, Region};
use std::fmt::Write;

/// FNV-1a over every region: where, what it is called, what it holds. Bytes that follow bytes of the
/// same name are one region, however they are kept.
fn digest(layout: &Layout) -> u64 {
    let mut hash = 0xCBF2_9CE4_8422_2325u64;
    let mut take = |bytes: &[u8]| {
        for b in bytes {
            hash = (hash ^ u64::from(*b)).wrapping_mul(0x100_0000_01B3);
        }
    };
    take(&layout.len().to_le_bytes());
    let mut before: Option<Region<'_>> = None;
    for r in layout.regions() {
        let is_bytes =
            |r: &Region<'_>| !matches!(r.content, Content::Zero { .. } | Content::Source { .. });
        let follows =
            |b: &Region<'_>| is_bytes(b) && is_bytes(&r) && b.end() == r.at && b.name == r.name;
        if !before.as_ref().is_some_and(follows) {
            take(&r.at.to_le_bytes());
            take(r.name.as_bytes());
        }
        match &r.content {
            Content::Bytes(_) | Content::Condensed(_) | Content::Counting { .. } => {
                let mut bytes = vec![0; r.content.len() as usize];
                assert!(r.content.read_at(0, &mut bytes));
                take(&bytes);
            }
            Content::Zero { len } => take(&len.to_le_bytes()),
            Content::Source { id, offset, len } => {
                take(&id.0.to_le_bytes());
                take(&offset.to_le_bytes());
                take(&len.to_le_bytes());
            }
        }
        before = Some(r);
    }
    hash
}

/// Something of everything, with a directory of many blocks and files larger than a group.
fn tree() -> Directory {
    let mut tree = sample();
    for n in 0..3000 {
        tree.insert(format!("many/name-{n:05}").as_bytes(), file(vec![])).unwrap();
    }
    for n in 0..300 {
        let path = format!("dirs/{n}");
        tree.insert(path.as_bytes(), Node::Directory(directory(0o700))).unwrap();
    }
    tree.insert(b"large", file(source(7, 150_000_000))).unwrap();
    tree.insert(b"huge", file(source(8, 6 << 30))).unwrap();
    tree
}

fn digests(flavour: Flavour) -> String {
    let trees = [("empty", directory(0o755)), ("sample", sample()), ("everything", tree())];
    let mut out = String::new();
    for (name, tree) in &trees {
        for block_size in [None].into_iter().chain(BLOCK_SIZES.map(Some)) {
            for inode_size in [InodeSize::Bytes128, InodeSize::Bytes256] {
                for inodes in [InodeCount::Auto, InodeCount::PerBytes(65_536)] {
                    let options =
                        Options { inode_size, inodes, ..options(flavour, BlockSize::Kib1) };
                    let options = Options { block_size, ..options };
                    let Ok(least) = smallest(tree, &options, 0) else { continue };
                    for size in [least, least + 33_333_333, least + (3 << 30)] {
                        let block = block_size.map_or("auto".into(), |b| b.bytes().to_string());
                        let digest = lay_out(tree, size, &options).map(|l| digest(&l)).ok();
                        writeln!(
                            out,
                            "{name} {block} {} {inodes:?} {size}: {digest:x?}",
                            inode_size.bytes()
                        )
                        .unwrap();
                    }
                }
            }
        }
    }
    out
}

#[test]
fn of_ext2() {
    insta::assert_snapshot!(digests(Flavour::Ext2));
}

#[test]
fn of_ext3() {
    insta::assert_snapshot!(digests(Flavour::Ext3));
}
