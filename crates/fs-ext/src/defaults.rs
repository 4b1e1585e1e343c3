//! The rules by which `mke2fs` 1.47 chooses what it was not told, observed from its output.

use crate::{BlockSize, InodeCount, Options};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Flavour;
    use file_tree::Timestamp;

    fn ext3() -> Options {
        Options::new(Flavour::Ext3, [0; 16], [0; 16], Timestamp::default())
    }

    /// Size in bytes → block size and inodes wanted, as `mke2fs` 1.47.0 has them.
    #[test]
    fn size_classes_of_mke2fs() {
        let (kib, mib) = (1 << 10, 1 << 20);
        let table = [
            (1500 * kib, 1024, 187),
            (3071 * kib, 1024, 383),
            (3 * mib, 1024, 768),
            (511 * mib, 1024, 130_816),
            (512 * mib, 4096, 32_768),
            (1 << 40, 4096, 67_108_864),
        ];
        for (size, block, inodes) in table {
            let class = SizeClass::of(size);
            assert_eq!(class.block_size(&ext3()).bytes(), block, "{size}");
            assert_eq!(class.inodes(&ext3(), size, 1), inodes, "{size}");
        }
        assert_eq!(SizeClass::of(u64::MAX).bytes_per_inode, 64 << 10);
        // Never fewer than the tree needs, unless the number was chosen.
        let class = SizeClass::of(mib);
        assert_eq!(class.inodes(&ext3(), mib, 5000), 5000);
        let chosen = Options { inodes: InodeCount::PerBytes(65_536), ..ext3() };
        assert_eq!(class.inodes(&chosen, mib, 5000), 16);
    }
}
