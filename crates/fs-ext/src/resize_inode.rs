//! The resize inode: a file whose blocks are those reserved for more group descriptors.
//!
//! Its double indirect block lists the reserved blocks behind the primary descriptors, each at
//! the index of the descriptor block it may become. Such a block in turn acts as an indirect
//! block and lists its counterparts in the other groups, in order. So every reserved block
//! belongs to a file, and `resize2fs` or an online resize can take them one by one.
//! <https://docs.kernel.org/filesystems/ext4/special_inodes.html>

use crate::block_map::DIRECT;
use crate::geometry::{Geometry, superblock_groups};
use image_layout::Content;
use std::sync::Arc;

/// Size of the resize inode's file in bytes: all that a double indirect block can map.
pub(crate) fn size(geometry: &Geometry) -> u64 {
    let pointers = u64::from(geometry.block_size.pointers());
    (DIRECT + pointers + pointers.pow(2)) * u64::from(geometry.block_size.bytes())
}

/// Blocks the resize inode holds, its double indirect block included.
pub(crate) fn blocks(geometry: &Geometry) -> u64 {
    let copies = superblock_groups(geometry.groups).len() as u64;
    1 + u64::from(geometry.reserved_descriptor_blocks) * copies
}

/// The double indirect block.
pub(crate) fn double_indirect(geometry: &Geometry) -> Vec<u8> {
    let mut out = vec![0; geometry.block_size.bytes() as usize];
    let first = geometry.block_size.first_data_block() + 1;
    for i in
        geometry.descriptor_blocks..geometry.descriptor_blocks + geometry.reserved_descriptor_blocks
    {
        // Counted modulo the pointers in a block: with blocks of 1 KiB, 256 reserved blocks
        // behind two descriptor blocks wrap around.
        let at = (i % geometry.block_size.pointers()) as usize * 4;
        out[at..at + 4].copy_from_slice(&(first + i).to_le_bytes());
    }
    out
}

/// The reserved blocks of group 0, one behind the other.
pub(crate) fn reserved_blocks(geometry: &Geometry) -> Content {
    let bytes = geometry.block_size.bytes() as usize;
    // The blocks are made in the memory where they stay, because copying up to 4 MiB takes longer
    // than all the rest of an empty file system.
    let len = geometry.reserved_descriptor_blocks as usize * bytes;
    let mut shared: Arc<[u8]> = core::iter::repeat_n(0, len).collect();
    let out = Arc::make_mut(&mut shared);
    let groups = superblock_groups(geometry.groups);
    for (i, block) in (geometry.descriptor_blocks..).zip(out.chunks_exact_mut(bytes)) {
        for (slot, group) in block.chunks_exact_mut(4).zip(groups.iter().skip(1)) {
            // OK to cast: beyond 32 bits no blocks are reserved.
            let start = geometry.start(*group) as u32;
            slot.copy_from_slice(&(start + 1 + i).to_le_bytes());
        }
    }
    Content::Bytes(shared)
}
