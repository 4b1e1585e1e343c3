//! Extent trees: up to four extents in the inode, more of them in blocks of their own.
//!
//! ```text
//! i_block ──► extent ──────────────────────────────────► 1 to 32,768 blocks of data
//! i_block ──► index ──► leaf: extent, extent, … ───────► data
//! i_block ──► index ──► node: index, … ──► leaf: … ────► data
//! ```
//!
//! How many blocks a tree has depends on how many pieces the data lie in.
//! <https://docs.kernel.org/filesystems/ext4/ifork.html>

use crate::BlockSize;
use crate::allocate::Extent;
use crate::checksum::InodeSeed;
use crate::format;
use crate::format::extent::{IN_INODE, MAGIC, MAX_LEN};
use crate::sparse::Run;

/// Bytes of a header, and of an entry.
const ENTRY: usize = 12;

/// Longest file in bytes: block numbers in it have 32 bits, and so has their count.
pub(crate) fn longest_file(block_size: BlockSize) -> u64 {
    u64::from(u32::MAX) * u64::from(block_size.bytes())
}

/// Entries that a block of a tree has room for.
fn per_block(block_size: BlockSize) -> usize {
    block_size.bytes() as usize / ENTRY - 1
}

/// The number of blocks on every level of a tree over `extents` extents, leaves first.
fn levels(extents: usize, block_size: BlockSize) -> Vec<usize> {
    let mut levels = Vec::new();
    let mut entries = extents;
    while entries > IN_INODE {
        entries = entries.div_ceil(per_block(block_size));
        levels.push(entries);
    }
    levels
}

/// Blocks that a tree takes over data in these pieces, which are the file's `runs`.
pub(crate) fn tree_blocks(runs: &[Run], data: &[Extent], block_size: BlockSize) -> u64 {
    let mut extents = 0;
    pieces(runs, data, |_, _, _| extents += 1);
    levels(extents, block_size).into_iter().sum::<usize>() as u64
}

/// Blocks that a tree over `runs` takes at the least: when all blocks of each follow each other.
pub(crate) fn least_tree_blocks(runs: &[Run], block_size: BlockSize) -> u64 {
    let extents: u64 = runs.iter().map(|r| r.len.div_ceil(MAX_LEN.into())).sum();
    // OK to cast: a file has fewer than 2^32 blocks; more are refused, and counted only roughly.
    let extents = extents.min(u32::MAX.into()) as usize;
    levels(extents, block_size).into_iter().sum::<usize>() as u64
}

/// Meets the extents of data in order: first block of the file, first on the disk, blocks.
/// Pieces that follow each other both on the disk and in the file are one, and the longest are
/// cut.
fn pieces(runs: &[Run], data: &[Extent], mut visit: impl FnMut(u64, u64, u32)) {
    // What follows each other on the disk, joined.
    let mut joined: Vec<(u64, u64)> = Vec::new();
    for extent in data {
        match joined.last_mut() {
            Some((start, len)) if *start + *len == extent.start => *len += u64::from(extent.len),
            _ => joined.push((extent.start, extent.len.into())),
        }
    }
    let mut joined = joined.into_iter();
    let (mut start, mut left) = (0, 0);
    for run in runs {
        let mut logical = run.start;
        while logical < run.end() {
            if left == 0 {
                let Some(next) = joined.next() else { return };
                (start, left) = next;
            }
            // OK to cast: at most 32,768.
            let piece = left.min(run.end() - logical).min(MAX_LEN.into()) as u32;
            visit(logical, start, piece);
            logical += u64::from(piece);
            start += u64::from(piece);
            left -= u64::from(piece);
        }
    }
}

/// The contents of the inode's map and of the blocks of the tree.
pub(crate) struct ExtentTree {
    /// `i_block`.
    pub i_block: [u32; 15],
    /// The tree's blocks, in the order of `own`.
    pub tables: Vec<u8>,
}

/// Maps `data`, which are the blocks in `runs`, by a tree in the blocks `own`, as many as
/// [`tree_blocks`] says.
pub(crate) fn fill(
    runs: &[Run],
    data: &[Extent],
    own: &[Extent],
    block_size: BlockSize,
    seed: InodeSeed,
) -> ExtentTree {
    // The first block of the file that an entry covers, and its bytes; leaves first.
    let mut entries: Vec<(u32, [u8; ENTRY])> = Vec::new();
    pieces(runs, data, |logical, start, len| {
        // OK to cast: a file has fewer than 2^32 blocks, a file system fewer than 2^48, and an
        // extent at most 32,768.
        let logical = logical as u32;
        let extent = format::Extent {
            ee_block: logical.into(),
            ee_len: (len as u16).into(),
            ee_start_hi: ((start >> 32) as u16).into(),
            ee_start_lo: (start as u32).into(),
        };
        entries.push((logical, extent.to_bytes()));
    });
    let bytes = block_size.bytes() as usize;
    let room = per_block(block_size);
    let mut numbers = own.iter().flat_map(|e| e.blocks());
    let mut tables = Vec::new();
    let mut depth = 0;
    while entries.len() > IN_INODE {
        let mut above = Vec::new();
        for (node, number) in entries.chunks(room).zip(numbers.by_ref()) {
            let at = tables.len();
            tables.resize(at + bytes, 0);
            let block = &mut tables[at..];
            write_node(block, node, room, depth);
            seed.extent_block(block, ENTRY * (room + 1));
            let first = node.first().map_or(0, |n| n.0);
            let index = format::ExtentIndex {
                ei_block: first.into(),
                // OK to cast: the low 32 of 48 bits, and the others.
                ei_leaf_lo: (number as u32).into(),
                ei_leaf_hi: ((number >> 32) as u16).into(),
                ei_unused: 0.into(),
            };
            above.push((first, index.to_bytes()));
        }
        entries = above;
        depth += 1;
    }
    debug_assert!(numbers.next().is_none());
    let mut root = [0; 60];
    write_node(&mut root, &entries, IN_INODE, depth);
    let mut i_block = [0; 15];
    for (word, bytes) in i_block.iter_mut().zip(root.chunks_exact(4)) {
        *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    ExtentTree { i_block, tables }
}

fn write_node(out: &mut [u8], entries: &[(u32, [u8; ENTRY])], room: usize, depth: u16) {
    let header = format::ExtentHeader {
        eh_magic: MAGIC.into(),
        // OK to cast: at most 340.
        eh_entries: (entries.len() as u16).into(),
        eh_max: (room as u16).into(),
        eh_depth: depth.into(),
        eh_generation: 0.into(),
    };
    out[..ENTRY].copy_from_slice(&header.to_bytes());
    for (slot, (_, bytes)) in out[ENTRY..].chunks_exact_mut(ENTRY).zip(entries) {
        slot.copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::Checksums;
    use crate::sparse::dense;
    use BlockSize::{Kib1, Kib2, Kib4};

    /// `count` single blocks, none beside another.
    fn scattered(count: u64) -> Vec<Extent> {
        (0..count).map(|n| Extent { start: 1000 + 2 * n, len: 1 }).collect()
    }

    #[test]
    fn levels_at_every_boundary() {
        // 84, 169 and 340 entries in a block.
        for (bs, p) in [(Kib1, 84), (Kib2, 169), (Kib4, 340)] {
            for (extents, want) in [
                (0, 0),
                (4, 0),
                (5, 1),
                (p, 1),
                (p + 1, 2),
                (4 * p, 4),
                (4 * p + 1, 5 + 1),
                (4 * p * p, 4 * p + 4),
                (4 * p * p + 1, 4 * p + 1 + 5 + 1),
            ] {
                assert_eq!(
                    tree_blocks(&dense(extents), &scattered(extents), bs),
                    want,
                    "{bs:?} {extents}"
                );
            }
        }
        assert_eq!(least_tree_blocks(&dense(4 * 32_768), Kib4), 0);
        assert_eq!(least_tree_blocks(&dense(4 * 32_768 + 1), Kib4), 1);
        assert_eq!(longest_file(Kib4), (1 << 44) - 4096);
    }

    #[test]
    fn neighbours_are_one_and_the_longest_are_cut() {
        let data = [
            Extent { start: 100, len: 30_000 },
            Extent { start: 30_100, len: 30_000 },
            Extent { start: 5 << 32, len: 7 },
        ];
        let mut got = Vec::new();
        pieces(&dense(60_007), &data, |logical, start, len| got.push((logical, start, len)));
        assert_eq!(got, [(0, 100, 32_768), (32_768, 32_868, 27_232), (60_000, 5 << 32, 7)]);
    }

    /// Follows the tree as a reader does.
    fn follow(tree: &ExtentTree, own: &[u64], block: u64) -> Option<u64> {
        let mut node: Vec<u8> = tree.i_block.iter().flat_map(|w| w.to_le_bytes()).collect();
        loop {
            let header = format::ExtentHeader::from_bytes(node[..ENTRY].try_into().unwrap());
            assert_eq!(header.eh_magic.get(), MAGIC);
            assert!(header.eh_entries <= header.eh_max);
            let entry = node[ENTRY..]
                .chunks_exact(ENTRY)
                .take(header.eh_entries.get().into())
                .take_while(|e| u64::from(u32::from_le_bytes(e[..4].try_into().unwrap())) <= block)
                .last()?
                .try_into()
                .unwrap();
            if header.eh_depth.get() == 0 {
                let e = format::Extent::from_bytes(entry);
                let into = block - u64::from(e.ee_block.get());
                let start = u64::from(e.ee_start_hi.get()) << 32 | u64::from(e.ee_start_lo.get());
                return (into < e.ee_len.get().into()).then_some(start + into);
            }
            let index = format::ExtentIndex::from_bytes(entry);
            let number =
                u64::from(index.ei_leaf_hi.get()) << 32 | u64::from(index.ei_leaf_lo.get());
            let at = own.iter().position(|n| *n == number).unwrap() * 1024;
            node = tree.tables[at..at + 1024].to_vec();
        }
    }

    #[test]
    fn a_reader_finds_every_block() {
        let seed = Checksums::None.inode_seed(12);
        for count in [1, 4, 5, 84, 85, 336, 337, 30_000] {
            let data = scattered(count);
            let blocks = tree_blocks(&dense(count), &data, Kib1) as u32;
            let own = [
                Extent { start: 7 << 32, len: blocks / 2 },
                Extent { start: 9, len: blocks - blocks / 2 },
            ];
            let tree = fill(&dense(count), &data, &own, Kib1, seed);
            assert_eq!(tree.tables.len(), blocks as usize * 1024);
            let own: Vec<u64> = own.iter().flat_map(|e| e.blocks()).collect();
            for n in (0..count).step_by(17).chain([count - 1]) {
                assert_eq!(follow(&tree, &own, n), Some(1000 + 2 * n), "{count}: {n}");
            }
            assert_eq!(follow(&tree, &own, count), None);
        }
    }

    /// Every second block of a file is a hole, and the data follow each other on the disk.
    #[test]
    fn a_reader_finds_no_block_in_a_hole() {
        let seed = Checksums::None.inode_seed(12);
        for count in [1, 4, 5, 84, 85, 337, 3000] {
            let runs: Vec<Run> = (0..count).map(|n| Run { start: 2 * n + 1, len: 1 }).collect();
            let data = [
                Extent { start: 1000, len: count as u32 / 2 },
                Extent { start: 900_000, len: count as u32 - count as u32 / 2 },
            ];
            let data = if count == 1 { &data[1..] } else { &data };
            let blocks = tree_blocks(&runs, data, Kib1);
            assert_eq!(blocks, least_tree_blocks(&runs, Kib1));
            let own = [Extent { start: 9, len: blocks as u32 }];
            let tree = fill(&runs, data, if blocks == 0 { &[] } else { &own }, Kib1, seed);
            let own: Vec<u64> = own.iter().flat_map(|e| e.blocks()).collect();
            let mut numbers = data.iter().flat_map(|e| e.blocks());
            for block in 0..2 * count + 2 {
                let want = if block % 2 == 1 { numbers.next() } else { None };
                assert_eq!(follow(&tree, &own, block), want, "{count}: {block}");
            }
        }
    }
}
