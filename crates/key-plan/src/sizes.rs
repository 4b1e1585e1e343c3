//! How large each partition is.

use crate::error::Error;
use crate::file_system::FileSystem;
use file_tree::{Directory, Node};
use fs_ext::{BlockSize, Flavour, InodeCount, Options};
use image_layout::Layout;

/// Partitions start and end on whole MiB: flash erase blocks and every other tool like that.
pub(crate) const ALIGNMENT: u64 = partition_table::ALIGNMENT;

/// From here on a partition for ISOs has blocks of 4 KiB, which is what the page cache, flash
/// and reflinks work in. Below, blocks of 1 KiB waste less on journal and tails.
const LARGE: u64 = 64 << 20;

/// From here on a journal of 16 MiB, however large the partition: ISOs are copied, not edited, and
/// a journal has to be zeros when the key is written. (The usual rule goes up to 1 GiB.)
const LARGE_JOURNAL: u64 = 128 << 20;
const LARGE_JOURNAL_BLOCKS: u32 = 4096;

/// Entries that can be added to a file system later without running out of inodes.
const SPARE_INODES: u64 = 256;

/// Inodes 1 to 10 are reserved.
const RESERVED_INODES: u64 = 10;

pub(crate) fn round_up(bytes: u64) -> u64 {
    bytes.div_ceil(ALIGNMENT).saturating_mul(ALIGNMENT)
}

pub(crate) fn round_down(bytes: u64) -> u64 {
    bytes / ALIGNMENT * ALIGNMENT
}

/// Sets block size and inode count for a partition of (about) `len` bytes of large files: one
/// inode for every MiB. The usual one for 16 KiB would write half a GiB of empty inode tables
/// onto a key of 32 GiB.
pub(crate) fn tune_for_large_files(options: &mut Options, tree: &Directory, len: u64) {
    options.block_size = Some(if len < LARGE { BlockSize::Kib1 } else { BlockSize::Kib4 });
    let journal = options.flavour != Flavour::Ext2 && len >= LARGE_JOURNAL;
    options.journal_blocks = journal.then_some(LARGE_JOURNAL_BLOCKS);
    let used = tree.walk().len() as u64 + RESERVED_INODES + 1;
    let wanted = used.saturating_add(SPARE_INODES).max(len / (1 << 20));
    options.inodes = InodeCount::Exactly(u32::try_from(wanted).unwrap_or(u32::MAX));
}

/// The bytes of all files in a tree.
pub(crate) fn payload(tree: &Directory) -> u64 {
    tree.walk()
        .iter()
        .map(|(_, node)| match node {
            Node::File(f) => f.content.len(),
            _ => 0,
        })
        .sum()
}

/// The layout of the smallest file system of whole MiB that holds `tree` and `reserve` bytes more.
pub(crate) fn smallest(
    label: &str,
    tree: &Directory,
    file_system: &FileSystem,
    reserve: u64,
) -> Result<Layout, Error> {
    let mut len = round_up(file_system.smallest(label, tree, reserve)?);
    // A larger file system may have less room: another group begins, the journal grows, clusters
    // do.
    let mut step = ALIGNMENT;
    loop {
        match file_system.lay_out(label, tree, len) {
            Err(
                Error::FileSystem { source: fs_ext::Error::DoesNotFit { .. }, .. }
                | Error::Fat { source: fs_fat::Error::DoesNotFit { .. }, .. },
            ) => {
                len = len.saturating_add(step);
                step = step.saturating_mul(2);
            }
            done => return done,
        }
    }
}
