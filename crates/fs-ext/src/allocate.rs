//! The free blocks of a file system, and how they are handed out.
//!
//! Every group's free blocks are one run behind what tables lie in it, and blocks are taken from its front:
//! what is taken in a group is always a prefix of it. Something that fits into one run gets the
//! first run that has room for it, so that only what is larger than a group is ever in pieces,
//! unless the file system is nearly full.

use crate::geometry::Geometry;

/// Blocks that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Extent {
    pub start: u64,
    /// Blocks, at least one.
    pub len: u32,
}

impl Extent {
    /// The block numbers.
    pub fn blocks(&self) -> core::ops::Range<u64> {
        self.start..self.start + u64::from(self.len)
    }
}

/// The free blocks of a file system.
#[derive(Debug)]
pub(crate) struct FreeBlocks {
    /// First free block and free blocks, a group.
    runs: Vec<Extent>,
    /// A tree over `runs` for finding the first that is long enough: `longest[1]` is the longest
    /// of all, `longest[n]` the longer of `longest[2 * n]` and `longest[2 * n + 1]`, and the
    /// second half are the runs' lengths.
    longest: Vec<u32>,
}

impl FreeBlocks {
    /// A file system that holds nothing but its tables.
    pub fn new(geometry: &Geometry) -> Self {
        let runs: Vec<Extent> = geometry
            .all_groups()
            // OK to cast: at most the blocks of a group.
            .map(|g| Extent { start: g.data, len: (g.end() - g.data) as u32 })
            .collect();
        let leaves = runs.len().next_power_of_two();
        let mut longest = vec![0; 2 * leaves];
        for (leaf, run) in longest[leaves..].iter_mut().zip(&runs) {
            *leaf = run.len;
        }
        for n in (1..leaves).rev() {
            longest[n] = longest[2 * n].max(longest[2 * n + 1]);
        }
        Self { runs, longest }
    }

    /// Blocks of the longest run.
    pub fn longest_run(&self) -> u32 {
        self.longest[1]
    }

    /// Free blocks in group `group`.
    pub fn in_group(&self, group: u32) -> u32 {
        self.runs[group as usize].len
    }

    /// Free blocks in all groups.
    pub fn total(&self) -> u64 {
        self.runs.iter().map(|r| u64::from(r.len)).sum()
    }

    /// First run of at least `len` blocks, `len` being no more than the longest has.
    fn first_run(&self, len: u32) -> usize {
        let leaves = self.longest.len() / 2;
        let mut n = 1;
        while n < leaves {
            n *= 2;
            if self.longest[n] < len {
                n += 1;
            }
        }
        n - leaves
    }

    fn take_from(&mut self, run: usize, len: u32) -> Extent {
        let taken = Extent { start: self.runs[run].start, len };
        self.runs[run].start += u64::from(len);
        self.runs[run].len -= len;
        let mut n = self.longest.len() / 2 + run;
        self.longest[n] -= len;
        while n > 1 {
            n /= 2;
            self.longest[n] = self.longest[2 * n].max(self.longest[2 * n + 1]);
        }
        taken
    }

    /// Takes `len` blocks: in one piece when there is room, else in few. `None` when fewer than
    /// `len` are free; some of them are taken then.
    pub fn take(&mut self, len: u64) -> Option<Vec<Extent>> {
        let mut pieces = Vec::new();
        let mut left = len;
        while left > 0 {
            let longest = self.longest_run();
            if longest == 0 {
                return None;
            }
            // OK to cast: at most `longest`.
            let len = left.min(longest.into()) as u32;
            let run = self.first_run(len);
            pieces.push(self.take_from(run, len));
            left -= u64::from(len);
        }
        pieces.sort_unstable();
        Some(pieces)
    }

    /// Takes `len` blocks from the front of the file system, whatever the number of pieces: for
    /// what is larger than a group, so that the next such thing starts where this one ends.
    /// `None` when fewer than `len` are free; all of them are taken then.
    pub fn take_from_front(&mut self, len: u64) -> Option<Vec<Extent>> {
        let mut pieces = Vec::new();
        let mut left = len;
        while left > 0 {
            if self.longest_run() == 0 {
                return None;
            }
            let run = self.first_run(1);
            // OK to cast: at most the run's length.
            let len = left.min(self.runs[run].len.into()) as u32;
            pieces.push(self.take_from(run, len));
            left -= u64::from(len);
        }
        Some(pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Rules;
    use crate::{BlockSize, InodeSize};

    fn three_groups() -> FreeBlocks {
        // Free: 364..8193, 8556.., 16_7xx.. (no copies in group 2), the last group short.
        let rules = Rules {
            block_size: BlockSize::Kib1,
            inode_size: InodeSize::Bytes256,
            groups_per_flex: 1,
            bit64: None,
            resize_inode: true,
        };
        let g = Geometry::new(20_000, 3840, rules).unwrap();
        FreeBlocks::new(&g)
    }

    #[test]
    fn takes_the_first_run_that_is_long_enough() {
        let mut free = three_groups();
        let lens: Vec<_> = (0..3).map(|g| free.in_group(g)).collect();
        assert!(lens[2] < lens[0]);
        let first = free.take(u64::from(lens[0]) - 10).unwrap();
        assert_eq!((first.len(), free.in_group(0)), (1, 10));
        // 11 blocks do not fit into what is left of group 0; 10 do.
        let second = free.take(11).unwrap();
        assert!(second[0].start > 8192 && second.len() == 1);
        let third = free.take(10).unwrap();
        assert_eq!((third[0].start, free.in_group(0)), (first[0].blocks().end, 0));
    }

    #[test]
    fn takes_everything_and_not_more() {
        let mut free = three_groups();
        let all: u64 = (0..3).map(|g| u64::from(free.in_group(g))).sum();
        let pieces = free.take(all).unwrap();
        assert_eq!(pieces.len(), 3);
        assert!(pieces.is_sorted());
        assert_eq!(free.longest_run(), 0);
        assert_eq!(free.take(1), None);
        assert_eq!(free.take(0), Some(vec![]));
        assert_eq!(three_groups().take(all + 1), None);
        assert_eq!(three_groups().take_from_front(all + 1), None);
    }

    #[test]
    fn from_the_front_continues_where_the_last_one_ended() {
        let mut free = three_groups();
        let a = free.take_from_front(9000).unwrap();
        let b = free.take_from_front(5).unwrap();
        assert_eq!((a.len(), b.len()), (2, 1));
        assert_eq!(a[1].blocks().end, b[0].start);
    }
}
