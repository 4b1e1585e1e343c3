//! The indexes of directories, by the hashes of names.

use super::bits::Bits;
use super::directories::{Directory, entries};
use super::state::Checking;
use crate::checksum::InodeSeed;
use crate::format::DxRoot;
use crate::format::feature::incompat;
use crate::format::htree::INFO_LENGTH;
use crate::format::superblock::HASH_HALF_MD4;
use crate::hash::{Signed, half_md4_of};
use crate::read::Error;
use image_layout::ReadAt as _;

/// The offsets of the entries in the root, and in other nodes.
const ROOT_ENTRIES: usize = 0x20;
const NODE_ENTRIES: usize = 8;
/// Bytes of an entry, and of the tail with the checksum.
const ENTRY: usize = 8;
const TAIL: usize = 8;
/// `s_flags`: hashes take bytes as unsigned.
const FLAGS_UNSIGNED_HASH: u32 = 2;
/// The bits of an entry's block number.
const BLOCK: u32 = 0x0FFF_FFFF;

struct Walk<'d> {
    directory: &'d Directory,
    seed: InodeSeed,
    /// Blocks that the index leads to.
    referred: Bits,
    /// Whether names are hashed as signed bytes; `None` for a kind of hash that is not computed
    /// here.
    hash: Option<Signed>,
}

impl Checking<'_, '_> {
    /// Checks that the index of a directory leads to each of its blocks once, and that the names in
    /// each have the hashes by which the index leads there.
    pub(super) fn index(&mut self, directory: &Directory) -> Result<(), Error> {
        let (number, size) = (directory.inode.number, self.ext.block_size());
        let Some(bytes) = self.index_block(directory, 0)? else { return Ok(()) };
        let Some((head, _)) = bytes.split_first_chunk() else { return Ok(()) };
        let root = DxRoot::from_bytes(head);
        let most = 1 + u8::from(self.ext.incompat() & incompat::LARGEDIR != 0);
        if root.reserved_zero.get() != 0
            || root.info_length != INFO_LENGTH
            || root.indirect_levels > most
            || root.hash_version > 5
        {
            self.found.push(format!("directory {number}: the root of its index is none"));
            return Ok(());
        }
        let unsigned = self.ext.superblock().s_flags.get() & FLAGS_UNSIGNED_HASH != 0;
        let signed = if unsigned { Signed::No } else { Signed::Yes };
        let generation = directory.inode.raw.i_generation.get();
        let mut walk = Walk {
            directory,
            seed: self.checksums.seed_of_generation(number, generation),
            referred: Bits::new(directory.blocks(size)),
            hash: (root.hash_version == HASH_HALF_MD4).then_some(signed),
        };
        walk.referred.insert(0);
        let range = (0, u32::MAX);
        if let Some(what) =
            self.node(&mut walk, &bytes, ROOT_ENTRIES, root.indirect_levels, range)?
        {
            self.found.push(format!("directory {number}: its index {what}"));
        } else if (0..directory.blocks(size)).any(|block| !walk.referred.contains(block)) {
            self.found.push(format!("directory {number}: its index lacks a block"));
        }
        Ok(())
    }

    fn index_block(&mut self, directory: &Directory, n: u64) -> Result<Option<Vec<u8>>, Error> {
        let size = self.ext.block_size();
        let Some(place) = directory.place(n, size) else { return Ok(None) };
        let read = self.ext.source().read_vec(place, size as usize);
        self.readable(read.map_err(Error::reading(|| "a directory's index".to_owned())))
    }

    /// Checks a node of the index and all below it. Returns what is wrong. `range` has the lowest
    /// and the highest hash of the names below it.
    fn node(
        &mut self,
        walk: &mut Walk<'_>,
        node: &[u8],
        first: usize,
        levels: u8,
        range: (u32, u32),
    ) -> Result<Option<&'static str>, Error> {
        let short = |at: usize| usize::from(u16::from_le_bytes([node[at], node[at + 1]]));
        let (limit, count) = (short(first), short(first + 2));
        let tail = if self.ext.has_metadata_checksums() { TAIL } else { 0 };
        if count == 0 || count > limit || limit != (node.len() - first - tail) / ENTRY {
            return Ok(Some("has a node that is none"));
        }
        if tail > 0 {
            let mut sealed = node.to_vec();
            let (used, end) = (first + count * ENTRY, first + limit * ENTRY);
            walk.seed.index_block(&mut sealed, used, end);
            if sealed != node {
                return Ok(Some("has a node with a wrong checksum"));
            }
        }
        let word =
            |at: usize| u32::from_le_bytes([node[at], node[at + 1], node[at + 2], node[at + 3]]);
        for n in 0..count {
            let at = first + n * ENTRY;
            let low = if n == 0 { range.0 } else { word(at) };
            let high = if n + 1 < count { word(at + ENTRY) } else { range.1 };
            let block = u64::from(word(at + 4) & BLOCK);
            if low > high {
                return Ok(Some("is not in order"));
            }
            if walk.referred.insert(block) {
                return Ok(Some("leads to a block twice, or outside"));
            }
            let Some(bytes) = self.index_block(walk.directory, block)? else {
                return Ok(Some("leads outside of the directory"));
            };
            let wrong = match levels {
                0 => !self.hashes_are_within(walk, block, &bytes, (low & !1, high)),
                _ => {
                    let (range, below) = ((low, high), levels - 1);
                    if let Some(what) = self.node(walk, &bytes, NODE_ENTRIES, below, range)? {
                        return Ok(Some(what));
                    }
                    false
                }
            };
            if wrong {
                return Ok(Some("leads to a block with names of other hashes"));
            }
        }
        Ok(None)
    }

    fn hashes_are_within(
        &self,
        walk: &Walk<'_>,
        n: u64,
        block: &[u8],
        (low, high): (u32, u32),
    ) -> bool {
        let Some(signed) = walk.hash else { return true };
        let seed = &self.ext.superblock().s_hash_seed;
        let names = entries(walk.directory.entries_of(n, block)).flatten();
        names.filter(|entry| entry.inode != 0).all(|entry| {
            let hash = half_md4_of(entry.name, seed, signed);
            (low..=high).contains(&hash)
        })
    }
}
