//! The rules by which `mke2fs` 1.47 chooses what it was not told, observed from its output.

use crate::{BlockSize, Flavour, InodeCount, Options};

/// Defaults that hold for file systems below a size.
pub(crate) struct SizeClass {
    /// First size in bytes that belongs to the next class.
    pub below: u64,
    /// Block size unless chosen.
    pub block_size: BlockSize,
    /// Bytes per inode unless chosen.
    pub bytes_per_inode: u64,
}

/// `floppy`, `small`, (none), `big` and `huge`: `mke2fs.conf`'s words for the classes.
pub(crate) const SIZE_CLASSES: [SizeClass; 5] = [
    SizeClass { below: 3 << 20, block_size: BlockSize::Kib1, bytes_per_inode: 8 << 10 },
    SizeClass { below: 512 << 20, block_size: BlockSize::Kib1, bytes_per_inode: 4 << 10 },
    SizeClass { below: 4 << 40, block_size: BlockSize::Kib4, bytes_per_inode: 16 << 10 },
    SizeClass { below: 16 << 40, block_size: BlockSize::Kib4, bytes_per_inode: 32 << 10 },
    SizeClass { below: u64::MAX, block_size: BlockSize::Kib4, bytes_per_inode: 64 << 10 },
];

impl SizeClass {
    /// The class of a file system of `size` bytes.
    pub fn of(size: u64) -> &'static Self {
        let [.., huge] = &SIZE_CLASSES;
        SIZE_CLASSES.iter().find(|c| size < c.below).unwrap_or(huge)
    }

    /// The block size: chosen, or the class's.
    pub fn block_size(&self, options: &Options) -> BlockSize {
        options.block_size.unwrap_or(self.block_size)
    }

    /// Inodes wanted in a file system of `bytes`, for a tree that uses `used` of them.
    pub fn inodes(&self, options: &Options, bytes: u64, used: u64) -> u64 {
        match options.inodes {
            InodeCount::Auto => (bytes / self.bytes_per_inode).max(used),
            InodeCount::PerBytes(n) => bytes / u64::from(n),
            InodeCount::Exactly(n) => n.into(),
        }
    }
}

/// Blocks of the journal in a file system of `blocks` blocks; 0: there is none.
///
/// `mke2fs` gives file systems below 2048 blocks no journal and calls them ext3 all the same;
/// here ext3 always has one, so that a file system too small for it is an error.
pub(crate) fn journal_blocks(options: &Options, blocks: u64) -> u64 {
    match (options.flavour, options.journal_blocks) {
        (Flavour::Ext2, _) => 0,
        (Flavour::Ext3, Some(chosen)) => chosen.into(),
        (Flavour::Ext3, None) => match blocks >> 10 {
            0..32 => 1 << 10,
            32..256 => 4 << 10,
            256..512 => 8 << 10,
            512..4_096 => 16 << 10,
            4_096..8_192 => 32 << 10,
            8_192..16_384 => 64 << 10,
            16_384..32_768 => 128 << 10,
            _ => 256 << 10,
        },
    }
}
