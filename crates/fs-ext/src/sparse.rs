//! The blocks of a file that hold data. A block that a hole covers whole, or to the file's end, is
//! none of them.

use crate::BlockSize;
use file_tree::FileContent;
use image_layout::Content;

/// Blocks of a file that follow each other and all hold data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// The first, counted from the start of the file.
    pub start: u64,
    /// The number of blocks, at least one.
    pub len: u64,
}

impl Run {
    /// The end of the range: one past its last block.
    pub fn end(self) -> u64 {
        self.start + self.len
    }
}

/// A file of `blocks` blocks without a hole.
pub(crate) fn dense(blocks: u64) -> Vec<Run> {
    if blocks == 0 { vec![] } else { vec![Run { start: 0, len: blocks }] }
}

/// The runs of a file, in order, with a hole between any two.
pub(crate) fn runs(content: &FileContent, block_size: BlockSize) -> Vec<Run> {
    let bytes = u64::from(block_size.bytes());
    let mut runs: Vec<Run> = Vec::new();
    for (at, piece) in content.placed() {
        if matches!(piece, Content::Zero { .. }) {
            continue;
        }
        let (start, end) = (at / bytes, (at + piece.len()).div_ceil(bytes));
        match runs.last_mut() {
            Some(last) if last.end() >= start => last.len = last.len.max(end - last.start),
            _ => runs.push(Run { start, len: end - start }),
        }
    }
    runs
}

/// Blocks in all runs.
pub(crate) fn blocks(runs: &[Run]) -> u64 {
    runs.iter().map(|r| r.len).sum()
}

/// Whether any of the blocks `start..end` is in a run.
pub(crate) fn touches(runs: &[Run], start: u64, end: u64) -> bool {
    let next = runs.partition_point(|r| r.end() <= start);
    runs.get(next).is_some_and(|r| r.start < end)
}

/// The contents of the blocks of `runs`, one behind the other; whole blocks except at the end.
pub(crate) fn packed(content: &FileContent, runs: &[Run], block_size: BlockSize) -> Vec<Content> {
    let bytes = u64::from(block_size.bytes());
    let mut out = Vec::new();
    let mut runs = runs.iter().map(|r| (r.start * bytes, r.end() * bytes)).peekable();
    for (at, piece) in content.placed() {
        let end = at + piece.len();
        while let Some((from, to)) = runs.peek().copied() {
            let (start, stop) = (from.max(at), to.min(end));
            if start < stop {
                out.push(match stop - start == piece.len() {
                    true => piece.clone(),
                    false => piece.slice(start - at, stop - start),
                });
            }
            if to > end {
                break;
            }
            runs.next();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use image_layout::SourceId;

    fn content(pieces: &[(bool, u64)]) -> FileContent {
        let mut offset = 0;
        let pieces = pieces.iter().map(|&(data, len)| {
            offset += len;
            match data {
                true => Content::Source { id: SourceId(0), offset: offset - len, len },
                false => Content::Zero { len },
            }
        });
        FileContent::from_pieces(pieces.collect::<Vec<_>>()).unwrap()
    }

    /// Against the definition, byte by byte: a block is data when it has a byte that is no hole.
    #[test]
    fn a_block_is_data_when_any_of_it_is() {
        let pieces = [1u64, 500, 1023, 1024, 1025, 3000, 4096];
        for (i, a) in pieces.iter().enumerate() {
            for b in pieces {
                for c in pieces {
                    for first in [true, false] {
                        let d = pieces[(i + 3) % pieces.len()];
                        let f = content(&[(first, *a), (!first, b), (first, c), (!first, d)]);
                        check(&f);
                    }
                }
            }
        }
        check(&content(&[]));
        check(&content(&[(false, 5000)]));
    }

    fn check(f: &FileContent) {
        let data: Vec<bool> = f
            .pieces()
            .iter()
            .flat_map(|p| {
                core::iter::repeat_n(!matches!(p, Content::Zero { .. }), p.len() as usize)
            })
            .collect();
        let want: Vec<bool> = data.chunks(1024).map(|b| b.contains(&true)).collect();
        let runs = runs(f, BlockSize::Kib1);
        let got: Vec<bool> = (0..want.len() as u64).map(|b| touches(&runs, b, b + 1)).collect();
        assert_eq!(got, want, "{f:?}");
        assert_eq!(blocks(&runs), want.iter().filter(|b| **b).count() as u64);
        assert!(runs.windows(2).all(|w| w[0].end() < w[1].start), "{runs:?}");
        // Packed: the bytes of the data blocks, and nothing else.
        let bytes = |c: &Content| match c {
            Content::Source { offset, len, .. } => (*offset..offset + len).map(Some).collect(),
            c => vec![None; c.len() as usize],
        };
        let all: Vec<Option<u64>> = f.pieces().iter().flat_map(bytes).collect();
        let want: Vec<_> =
            all.chunks(1024).zip(&want).filter(|c| *c.1).flat_map(|c| c.0).copied().collect();
        let got: Vec<_> = packed(f, &runs, BlockSize::Kib1).iter().flat_map(bytes).collect();
        assert_eq!(got, want, "{f:?}");
    }
}
