//! Block maps: 12 direct block numbers in the inode, then trees of indirect blocks.
//!
//! ```text
//! i_block[0..12] ──────────────────────────► data
//! i_block[12] ─► indirect ─────────────────► data
//! i_block[13] ─► indirect ─► indirect ─────► data
//! i_block[14] ─► indirect ─► indirect ─► indirect ─► data
//! ```
//!
//! One walk over the indirect blocks, parents first, both counts them and fills them.
//! <https://docs.kernel.org/filesystems/ext4/ifork.html>

use crate::BlockSize;
use crate::allocate::Extent;
use crate::sparse::{Run, touches};
use core::ops::Range;
use image_layout::Content;

/// Block numbers in the inode that point to data.
pub(crate) const DIRECT: u64 = 12;

/// An indirect block as the walk meets it.
struct Indirect {
    /// The indirect block whose number `slot` of holds this one's; `None`: the inode.
    parent: Option<usize>,
    slot: usize,
    /// 1: it points to data, 2: to such blocks, 3: to those.
    level: u32,
    /// The first block of the file that lies below it.
    start: u64,
}

/// Meets every indirect block that a file with data in `runs` has, in order, parents first; where
/// there is no data, there is none. `None` when even the triple indirect tree is too small;
/// nothing was met then.
fn walk(runs: &[Run], pointers: u64, visit: &mut impl FnMut(Indirect)) -> Option<()> {
    let end = runs.last().map_or(0, |r| r.end());
    if end > DIRECT + pointers + pointers.pow(2) + pointers.pow(3) {
        return None;
    }
    let (mut start, mut index) = (DIRECT, 0);
    for (slot, level) in [(12, 1), (13, 2), (14, 3)] {
        let top = Indirect { parent: None, slot, level, start };
        subtree(top, runs, pointers, &mut index, visit);
        start += pointers.pow(level);
    }
    Some(())
}

/// Meets the blocks of one tree.
fn subtree(
    top: Indirect,
    runs: &[Run],
    pointers: u64,
    index: &mut usize,
    visit: &mut impl FnMut(Indirect),
) {
    let Indirect { level, start, .. } = top;
    if !touches(runs, start, start + pointers.pow(level)) {
        return;
    }
    visit(top);
    let this = *index;
    *index += 1;
    if level > 1 {
        let (span, end) = (pointers.pow(level - 1), runs.last().map_or(0, |r| r.end()));
        // OK to cast: at most 1024.
        for slot in 0..pointers as usize {
            let start = start + slot as u64 * span;
            if start >= end {
                break;
            }
            let below = Indirect { parent: Some(this), slot, level: level - 1, start };
            subtree(below, runs, pointers, index, visit);
        }
    }
}

/// Indirect blocks that a file with data in `runs` needs; `None` when no block map holds it.
pub(crate) fn indirect_blocks(runs: &[Run], block_size: BlockSize) -> Option<u64> {
    let mut count = 0;
    walk(runs, block_size.pointers().into(), &mut |_| count += 1)?;
    Some(count)
}

/// Longest file in bytes that Linux reads back without extents and without huge_file.
///
/// The inode counts 512-byte units in 32 bits, indirect blocks included; Linux subtracts all
/// indirect blocks that a full map would have, and reads nothing beyond that.
pub(crate) fn longest_file(block_size: BlockSize) -> u64 {
    let p = u64::from(block_size.pointers());
    let map = DIRECT + p + p.pow(2) + p.pow(3);
    let full_map = 1 + (1 + p) + (1 + p + p.pow(2));
    let counted = u64::from(u32::MAX) * 512 / u64::from(block_size.bytes()) - full_map;
    map.min(counted) * u64::from(block_size.bytes())
}

/// The contents of the inode's map and of the indirect blocks.
pub(crate) struct BlockMap {
    /// `i_block`.
    pub i_block: [u32; 15],
    /// The indirect blocks, in the order of `indirect`, as pieces that follow each other.
    pub tables: Vec<Content>,
}

/// Block numbers in the slots of an indirect block or of the inode, as runs of numbers that follow
/// each other: a file of 60 GiB has 15 million blocks and, where nothing is in its way, a run for
/// each group. Slots between the runs belong to holes.
#[derive(Default)]
struct Table(Vec<(u64, Range<u32>)>);

impl Table {
    fn push(&mut self, slot: u64, number: u32) {
        match self.0.last_mut() {
            Some((first, last))
                if last.end == number && *first + u64::from(last.end - last.start) == slot =>
            {
                last.end += 1;
            }
            _ => self.0.push((slot, number..number + 1)),
        }
    }

    /// Numbers for the `slots` blocks of the file from `start` on, where `runs` say that there
    /// are data.
    fn of_data(
        start: u64,
        slots: u64,
        runs: &[Run],
        numbers: &mut impl Iterator<Item = u32>,
    ) -> Self {
        let mut table = Self::default();
        let end = start + slots;
        let first = runs.partition_point(|r| r.end() <= start);
        for run in runs[first..].iter().take_while(|r| r.start < end) {
            let slots = run.start.max(start) - start..run.end().min(end) - start;
            for (slot, number) in slots.zip(numbers.by_ref()) {
                table.push(slot, number);
            }
        }
        table
    }
}

/// Runs shorter than this are written out: 16 KiB of memory, and one region instead of several.
const WRITTEN_OUT: u32 = 4096;

/// Maps the data blocks `data` of a file that has them in `runs`, in a file system of fewer than
/// 2³² blocks; `indirect` holds as many blocks as [`indirect_blocks`] says.
pub(crate) fn fill(
    runs: &[Run],
    data: &[Extent],
    indirect: &[Extent],
    block_size: BlockSize,
) -> BlockMap {
    let pointers = block_size.pointers().into();
    // OK to cast: block numbers have 32 bits wherever there are block maps.
    let mut numbers = data.iter().flat_map(|e| e.blocks()).map(|n| n as u32);
    let mut own = indirect.iter().flat_map(|e| e.blocks()).map(|n| n as u32);
    let mut i_block = [0; 15];
    for (slot, run) in Table::of_data(0, DIRECT, runs, &mut numbers).0 {
        // OK to cast: at most 12.
        for (slot, number) in i_block[slot as usize..].iter_mut().zip(run) {
            *slot = number;
        }
    }
    let mut tables: Vec<Table> = Vec::new();
    let walked = walk(runs, pointers, &mut |block| {
        let Some(number) = own.next() else { return };
        match block.parent {
            None => i_block[block.slot] = number,
            // Children are met in the order of their slots.
            Some(parent) => tables[parent].push(block.slot as u64, number),
        }
        tables.push(match block.level {
            1 => Table::of_data(block.start, pointers, runs, &mut numbers),
            _ => Table::default(),
        });
    });
    debug_assert!(walked.is_some() && own.next().is_none() && numbers.next().is_none());
    BlockMap { i_block, tables: pieces(&tables, block_size) }
}

/// The indirect blocks' content: long runs by their first number, short ones written out, what is
/// left of a block zero.
fn pieces(tables: &[Table], block_size: BlockSize) -> Vec<Content> {
    let mut pieces = Vec::new();
    let mut bytes = Vec::new();
    let mut long: Option<Range<u32>> = None;
    let mut flush = |long: &mut Option<Range<u32>>, bytes: &mut Vec<u8>| match long.take() {
        Some(run) if run.end - run.start >= WRITTEN_OUT => {
            if !bytes.is_empty() {
                pieces.push(Content::from(std::mem::take(bytes)));
            }
            pieces.push(Content::counting(run.start, (run.end - run.start).into()));
        }
        Some(run) => run.for_each(|n| bytes.extend_from_slice(&n.to_le_bytes())),
        None => {}
    };
    for table in tables {
        // Slots of this block that are done with.
        let mut slot = 0;
        let all = u64::from(block_size.pointers());
        let end = core::iter::once((all, 0..0));
        for (first, run) in table.0.iter().cloned().chain(end) {
            if first > slot {
                flush(&mut long, &mut bytes);
                // OK to cast: less than a block.
                bytes.resize(bytes.len() + (first - slot) as usize * 4, 0);
            }
            slot = first + u64::from(run.end - run.start);
            match &mut long {
                Some(l) if l.end == run.start => l.end = run.end,
                _ if run.is_empty() => {}
                _ => {
                    flush(&mut long, &mut bytes);
                    long = Some(run);
                }
            }
        }
    }
    flush(&mut long, &mut bytes);
    if !bytes.is_empty() {
        pieces.push(Content::from(bytes));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sparse::dense;
    use BlockSize::{Kib1, Kib2, Kib4};

    /// The numbers of the specification's page, in closed form.
    fn closed_form(blocks: u64, p: u64) -> u64 {
        let over = blocks.saturating_sub(12);
        let single = over.min(p);
        let double = (over - single).min(p * p);
        let triple = over - single - double;
        u64::from(single > 0)
            + u64::from(double > 0)
            + double.div_ceil(p)
            + u64::from(triple > 0)
            + triple.div_ceil(p * p)
            + triple.div_ceil(p)
    }

    #[test]
    fn counts_at_every_boundary() {
        for bs in [Kib1, Kib2, Kib4] {
            let p = u64::from(bs.pointers());
            let edges = [0, 12, 12 + p, 12 + p + p * p, 12 + p + 2 * p * p, 12 + 3 * p];
            for blocks in edges.into_iter().flat_map(|e| e.saturating_sub(2)..e + 3) {
                let got = indirect_blocks(&dense(blocks), bs).unwrap();
                assert_eq!(got, closed_form(blocks, p), "{bs:?} {blocks}");
            }
        }
        let top = 12 + 256 + 256 * 256 + 256 * 256 * 256;
        assert_eq!(indirect_blocks(&dense(top), Kib1), Some(closed_form(top, 256)));
        assert_eq!(indirect_blocks(&dense(top + 1), Kib1), None);
    }

    #[test]
    fn longest_files() {
        assert_eq!(longest_file(Kib1), (12 + 256 + (1 << 16) + (1 << 24)) * 1024);
        assert_eq!(longest_file(Kib2), (12 + 512 + (1 << 18) + (1 << 27)) * 2048);
        assert_eq!(longest_file(Kib4), (536_870_911 - 3 - 2 * 1024 - 1024 * 1024) * 4096);
        // The count of 512-byte units then fits into 32 bits.
        for bs in [Kib1, Kib2, Kib4] {
            let blocks = longest_file(bs) / u64::from(bs.bytes());
            let all = blocks + closed_form(blocks, bs.pointers().into());
            assert!(all * u64::from(bs.bytes()) / 512 <= u32::MAX.into());
        }
    }

    /// The bytes of the indirect blocks.
    fn written(map: &BlockMap) -> Vec<u8> {
        let mut tables = Vec::new();
        for piece in &map.tables {
            let at = tables.len();
            tables.resize(at + piece.len() as usize, 0xEE);
            assert!(piece.read_at(0, &mut tables[at..]));
        }
        tables
    }

    /// Follows the pointers as a reader does.
    fn follow(map: &BlockMap, tables: &[u8], own: &[u32], block: u64, bytes: usize) -> u32 {
        let p = bytes as u64 / 4;
        let read = |number: u32, slot: u64| {
            if number == 0 {
                return 0;
            }
            let index = own.iter().position(|n| *n == number).unwrap();
            let at = index * bytes + slot as usize * 4;
            u32::from_le_bytes(tables[at..at + 4].try_into().unwrap())
        };
        let over = |n: u64| block - n;
        match block {
            b if b < 12 => map.i_block[b as usize],
            b if b < 12 + p => read(map.i_block[12], over(12)),
            b if b < 12 + p + p * p => {
                let b = over(12 + p);
                read(read(map.i_block[13], b / p), b % p)
            }
            _ => {
                let b = over(12 + p + p * p);
                read(read(read(map.i_block[14], b / p / p), b / p % p), b % p)
            }
        }
    }

    #[test]
    fn a_reader_finds_every_block() {
        let p = 256;
        for blocks in [1, 11, 12, 13, 268, 269, 12 + p + p * p, 12 + p + p * p + 1, 90_000] {
            let runs = dense(blocks);
            let count = indirect_blocks(&runs, Kib1).unwrap() as u32;
            let indirect = [
                Extent { start: 5, len: count / 2 },
                Extent { start: 9_000, len: count - count / 2 },
            ];
            let data = [
                Extent { start: 100_000, len: (blocks / 3) as u32 },
                Extent { start: 900_000, len: (blocks - blocks / 3) as u32 },
            ];
            let map = fill(&runs, &data, &indirect, Kib1);
            let tables = written(&map);
            assert_eq!(tables.len(), count as usize * 1024);
            let pointers = tables.chunks_exact(4).filter(|n| *n != [0; 4]).count() as u64;
            let in_inode = map.i_block.iter().filter(|n| **n != 0).count() as u64;
            assert_eq!(pointers + in_inode, blocks + u64::from(count), "nothing else is in them");
            // A handful of pieces, however long the file.
            assert!(map.tables.len() < 24, "{} pieces for {blocks}", map.tables.len());
            let own: Vec<u32> =
                indirect.iter().flat_map(|e| e.blocks()).map(|n| n as u32).collect();
            let all: Vec<u32> = data.iter().flat_map(|e| e.blocks()).map(|n| n as u32).collect();
            for (i, number) in
                all.iter().enumerate().step_by(97).chain(all.iter().enumerate().next_back())
            {
                assert_eq!(follow(&map, &tables, &own, i as u64, 1024), *number, "{blocks}: {i}");
            }
        }
    }

    /// Data here and there, at the edges of every level: a reader finds the data blocks in order,
    /// and nothing anywhere else.
    #[test]
    fn a_reader_finds_no_block_in_a_hole() {
        let (p, pp) = (256, 256 * 256);
        let edges = [0, 5, 12, 13, 12 + p, 12 + 3 * p, 12 + p + pp, 12 + p + 2 * pp + 7];
        for pick in 1u32..1 << edges.len() {
            let picked = edges.iter().enumerate().filter(|(i, _)| pick >> i & 1 == 1);
            let runs: Vec<_> = picked.map(|(_, start)| Run { start: *start, len: 1 }).collect();
            let mut joined: Vec<Run> = Vec::new();
            for run in runs {
                match joined.last_mut() {
                    Some(last) if last.end() == run.start => last.len += 1,
                    _ => joined.push(run),
                }
            }
            let own: Vec<u32> = (5..5 + indirect_blocks(&joined, Kib1).unwrap() as u32).collect();
            let count = crate::sparse::blocks(&joined) as u32;
            let data = [Extent { start: 1000, len: count }];
            let indirect = [Extent { start: 5, len: own.len() as u32 }];
            let indirect = if own.is_empty() { &[][..] } else { &indirect };
            let map = fill(&joined, &data, indirect, Kib1);
            let tables = written(&map);
            assert_eq!(tables.len(), own.len() * 1024);
            let mut numbers = 1000..1000 + count;
            for edge in edges {
                for block in edge.saturating_sub(1)..edge + 2 {
                    let is_data = touches(&joined, block, block + 1);
                    if edges.contains(&block) && block != edge {
                        continue;
                    }
                    let want = if is_data { numbers.next().unwrap() } else { 0 };
                    assert_eq!(follow(&map, &tables, &own, block, 1024), want, "{pick:b} {block}");
                }
            }
        }
    }
}
