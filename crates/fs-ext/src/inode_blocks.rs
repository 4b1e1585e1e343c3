//! The blocks of one inode.

use crate::allocate::Extent;

/// The blocks of one inode.
#[derive(Debug, Clone, Default)]
pub(crate) struct InodeBlocks {
    /// The data, in order.
    pub data: Vec<Extent>,
    /// The indirect blocks, or those of its extent tree.
    pub map: Vec<Extent>,
    /// The block of extended attributes.
    pub xattrs: XattrBlock,
}

impl InodeBlocks {
    /// The number of blocks in all.
    pub fn blocks(&self) -> u64 {
        let own: u64 = self.data.iter().chain(&self.map).map(|e| u64::from(e.len)).sum();
        own + u64::from(self.xattrs.block != 0)
    }
}

/// A block of extended attributes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct XattrBlock {
    /// 0: there is none.
    pub block: u64,
    /// The number of inodes that share it, for the first of them; 0 for the others.
    pub users: u32,
}
