//! Hashed directories: blocks of entries, ordered by the hashes of the names, and an index.
//!
//! ```text
//! block 0: .  ..  root ──► hash ≥ 0: block 1 ──► entries, linear, of the lowest hashes
//!                          hash ≥ a: block 2 ──► entries
//!                          …           (or first to nodes of the index, behind the entries)
//! ```
//!
//! A hash that does not fit into one block goes on in the next, which the index marks.

use crate::checksum::InodeSeed;
use crate::directory::{self, Member};
use crate::format::htree::INFO_LENGTH;
use crate::format::superblock::HASH_HALF_MD4;
use crate::format::{DirEntry, DxEntry, DxNode, DxRoot};
use crate::hash::half_md4;

/// Bytes of an index's entry; the first has a limit and a count in place of the hash.
const ENTRY: usize = 8;
/// The offsets at which the entries of the root and of other nodes start.
const ROOT_ENTRIES: usize = 0x20;
const NODE_ENTRIES: usize = 0x08;

/// The way in which a directory is to be hashed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hashing {
    pub seed: [u8; 16],
    /// Levels of nodes below the root, at most.
    pub levels: usize,
}

/// A directory's blocks of entries, and what the index says about them.
pub(crate) struct HashTree<'a> {
    dot: Member<'a>,
    dotdot: Member<'a>,
    /// Sorted by hash.
    members: Vec<(u32, Member<'a>)>,
    /// The first member and the lowest hash of every block of entries, with the mark.
    leaves: Vec<(usize, u32)>,
    /// Blocks of every level of nodes below the root, the one above the entries first.
    levels: Vec<usize>,
}

/// Entries that a block of the index has room for.
fn limit(block: usize, start: usize, tail: usize) -> usize {
    (block - start) / ENTRY - usize::from(tail > 0)
}

impl<'a> HashTree<'a> {
    /// Orders the members of a directory, `.` and `..` first, into blocks of `block` bytes that
    /// end with `tail` bytes of checksum. `None`: the index would have too many levels.
    pub fn new(
        mut members: impl Iterator<Item = Member<'a>>,
        hashing: Hashing,
        block: usize,
        tail: usize,
    ) -> Option<Self> {
        let (dot, dotdot) = (members.next()?, members.next()?);
        let mut members: Vec<_> = members.map(|m| (half_md4(m.name, &hashing.seed), m)).collect();
        members.sort_by_key(|(hash, _)| *hash);
        let mut leaves: Vec<(usize, u32)> = Vec::new();
        let mut before = None;
        let mut left = 0;
        for (index, (hash, member)) in members.iter().enumerate() {
            let len = directory::entry_len(member);
            if leaves.is_empty() || len > left {
                leaves.push((index, hash | u32::from(before == Some(*hash))));
                left = block - tail;
            }
            left -= len;
            before = Some(*hash);
        }
        let (root, node) = (limit(block, ROOT_ENTRIES, tail), limit(block, NODE_ENTRIES, tail));
        let mut levels = Vec::new();
        let mut entries = leaves.len();
        while entries > root {
            entries = entries.div_ceil(node);
            levels.push(entries);
        }
        (levels.len() <= hashing.levels).then_some(Self { dot, dotdot, members, leaves, levels })
    }

    /// Blocks of the whole directory.
    pub fn blocks(&self) -> u64 {
        (1 + self.leaves.len() + self.levels.iter().sum::<usize>()) as u64
    }

    /// The directory's blocks.
    pub fn write(&self, block: usize, seed: InodeSeed) -> Vec<u8> {
        let tail = seed.dir_tail();
        let ends = self.leaves.iter().skip(1).map(|l| l.0).chain([self.members.len()]);
        // OK to cast here and below: a directory has fewer than 2^31 blocks.
        let mut out = vec![0; self.blocks() as usize * block];
        let mut blocks = out.chunks_exact_mut(block);
        let Some(root) = blocks.next() else { return Vec::new() };
        for (((first, _), end), out) in self.leaves.iter().zip(ends).zip(blocks.by_ref()) {
            let members = self.members[*first..end].iter().map(|(_, member)| *member);
            directory::write_block(members, out, seed);
        }
        let numbers = 1..;
        let mut entries: Vec<(u32, u32)> =
            self.leaves.iter().map(|leaf| leaf.1).zip(numbers).collect();
        let mut number = 1 + self.leaves.len() as u32;
        let node_limit = limit(block, NODE_ENTRIES, tail);
        for _ in &self.levels {
            let mut above = Vec::new();
            for (node, out) in entries.chunks(node_limit).zip(blocks.by_ref()) {
                let head = DxNode {
                    fake: DirEntry { rec_len: (block as u16).into(), ..DirEntry::zeroed() },
                    ..DxNode::zeroed()
                };
                out[..16].copy_from_slice(&head.to_bytes());
                write_index(out, NODE_ENTRIES, node_limit, node, seed);
                above.push((node.first().map_or(0, |n| n.0), number));
                number += 1;
            }
            entries = above;
        }
        let entry = |member: &Member<'_>, len: usize| DirEntry {
            inode: member.inode.into(),
            // OK to cast: at most the size of a block.
            rec_len: (len as u16).into(),
            name_len: member.name.len() as u8,
            file_type: member.file_type,
        };
        let head = DxRoot {
            dot: entry(&self.dot, 12),
            dot_name: *b".\0\0\0",
            dotdot: entry(&self.dotdot, block - 12),
            dotdot_name: *b"..\0\0",
            hash_version: HASH_HALF_MD4,
            info_length: INFO_LENGTH,
            indirect_levels: self.levels.len() as u8,
            ..DxRoot::zeroed()
        };
        root[..40].copy_from_slice(&head.to_bytes());
        write_index(root, ROOT_ENTRIES, limit(block, ROOT_ENTRIES, tail), &entries, seed);
        out
    }
}

/// Writes the entries of a block of the index from `start` on: lowest hash, block.
fn write_index(
    out: &mut [u8],
    start: usize,
    limit: usize,
    entries: &[(u32, u32)],
    seed: InodeSeed,
) {
    for (slot, (hash, block)) in out[start..].chunks_exact_mut(ENTRY).zip(entries) {
        let entry = DxEntry { hash: (*hash).into(), block: (*block).into() };
        slot.copy_from_slice(&entry.to_bytes());
    }
    // OK to cast: at most 511.
    out[start..start + 2].copy_from_slice(&(limit as u16).to_le_bytes());
    out[start + 2..start + 4].copy_from_slice(&(entries.len() as u16).to_le_bytes());
    seed.index_block(out, start + entries.len() * ENTRY, start + limit * ENTRY);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::Checksums;

    const HASHING: Hashing = Hashing { seed: [0x5E; 16], levels: 1 };

    fn member(name: &[u8]) -> Member<'_> {
        Member { name, inode: 12, file_type: 1 }
    }

    fn tree(names: &[Vec<u8>], hashing: Hashing, tail: usize) -> Option<HashTree<'_>> {
        let head = [member(b"."), member(b"..")];
        let members = head.into_iter().chain(names.iter().map(|n| member(n)));
        HashTree::new(members, hashing, 1024, tail)
    }

    /// Finds the block that a hash leads to.
    fn look_up(bytes: &[u8], hash: u32) -> usize {
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        let mut at = ROOT_ENTRIES;
        for _ in 0..=bytes[0x1E] {
            let count = usize::from(u16::from_le_bytes([bytes[at + 2], bytes[at + 3]]));
            let later = (1..count).take_while(|n| word(at + n * ENTRY) & !1 <= hash).last();
            let block = word(at + later.unwrap_or(0) * ENTRY + 4) as usize;
            at = block * 1024 + NODE_ENTRIES;
        }
        at / 1024
    }

    #[test]
    fn every_name_is_where_the_index_says() {
        for (count, len, levels) in [(60, 8, 0), (4000, 8, 0), (372, 255, 0), (400, 255, 1)] {
            let names: Vec<Vec<u8>> =
                (0..count).map(|n| format!("{n:0len$}").into_bytes()).collect();
            for (seed, tail) in [(Checksums::None, 0), (Checksums::Crc32c(1), 12)] {
                let tree = tree(&names, HASHING, tail).unwrap();
                let bytes = tree.write(1024, seed.inode_seed(12));
                assert_eq!(bytes.len() as u64, tree.blocks() * 1024);
                if tail == 0 {
                    assert_eq!(bytes[0x1E], levels, "{count} names of {len}");
                }
                for name in &names {
                    let at = look_up(&bytes, half_md4(name, &HASHING.seed)) * 1024;
                    let block = &bytes[at..at + 1024];
                    assert!(block.windows(len).any(|w| w == name), "{count} names of {len}");
                }
            }
        }
    }

    #[test]
    fn too_many_blocks_for_the_index() {
        // Three names of 255 bytes in a block; 124 blocks under the root, 127 under a node.
        let names: Vec<Vec<u8>> =
            (0..3 * 124 + 1).map(|n| format!("{n:0255}").into_bytes()).collect();
        assert!(tree(&names, Hashing { levels: 0, ..HASHING }, 0).is_none());
        assert!(tree(&names[..3 * 124], Hashing { levels: 0, ..HASHING }, 0).is_some());
        assert!(tree(&names, HASHING, 0).is_some());
    }
}
