//! The sizes of partitions and file systems.

use crate::error::Error;
use crate::file_system::FileSystem;
use file_tree::{Directory, Node};
use fs_ext::{BlockSize, Flavour, InodeCount, Options};
use image_layout::Layout;

/// The unit, 1 MiB, at whose multiples partitions start and end, which suits flash memory and all
/// partitioning tools.
pub(crate) const ALIGNMENT: u64 = partition_table::ALIGNMENT;

/// The length from which on a partition for ISOs gets blocks of 4 KiB, the unit of the page cache,
/// of flash memory and of reflinks. On a smaller one, blocks of 1 KiB waste less space in the
/// journal and at the ends of files.
const LARGE: u64 = 64 << 20;

/// The length from which on a partition for ISOs gets a journal of 16 MiB. The usual rule goes up
/// to 1 GiB, but all of a journal is written as zeros with the key, and ISOs are only copied.
const LARGE_JOURNAL: u64 = 128 << 20;
const LARGE_JOURNAL_BLOCKS: u32 = 4096;

/// The number of files that can be added to a file system later before it runs out of inodes.
const SPARE_INODES: u64 = 256;

/// The number of reserved inodes: 1 to 10.
const RESERVED_INODES: u64 = 10;

pub(crate) fn round_up(bytes: u64) -> u64 {
    bytes.div_ceil(ALIGNMENT).saturating_mul(ALIGNMENT)
}

pub(crate) fn round_down(bytes: u64) -> u64 {
    bytes / ALIGNMENT * ALIGNMENT
}

/// Sets block size, journal and number of inodes for a partition of about `len` bytes that holds
/// large files. It gets one inode for each MiB: the usual one for each 16 KiB would mean half a GiB
/// of empty inode tables on a key of 32 GiB.
pub(crate) fn tune_for_large_files(options: &mut Options, tree: &Directory, len: u64) {
    options.block_size = Some(if len < LARGE { BlockSize::Kib1 } else { BlockSize::Kib4 });
    let journal = options.flavour != Flavour::Ext2 && len >= LARGE_JOURNAL;
    options.journal_blocks = journal.then_some(LARGE_JOURNAL_BLOCKS);
    let used = tree.nodes().count() as u64 + RESERVED_INODES + 1;
    let wanted = used.saturating_add(SPARE_INODES).max(len / (1 << 20));
    options.inodes = InodeCount::Exactly(u32::try_from(wanted).unwrap_or(u32::MAX));
}

/// The length of all files in a tree together, in bytes.
pub(crate) fn file_bytes(tree: &Directory) -> u64 {
    tree.nodes()
        .map(|node| match node {
            Node::File(f) => f.content.len(),
            _ => 0,
        })
        .sum()
}

/// The layout of a file system that holds `tree` and has room for `reserve` bytes more, as small as
/// whole MiB allow.
pub(crate) fn smallest(
    label: &str,
    tree: &Directory,
    file_system: &FileSystem,
    reserve: u64,
) -> Result<Layout, Error> {
    let mut len = round_up(file_system.smallest(label, tree, reserve)?);
    // The smallest length is enough, but rounding it up to whole MiB may leave less room: one more
    // block group begins, or the journal or the clusters grow. Then larger lengths are tried.
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
