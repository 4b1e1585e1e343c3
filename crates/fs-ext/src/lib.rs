//! ext2, ext3 and ext4 file systems, laid out in memory.
mod allocate;
mod block_map;
mod defaults;
mod directory;
mod error;
mod fit;
pub mod format;
mod geometry;
mod inode_table;
mod journal;
mod lay_out;
mod options;
mod resize_inode;
mod survey;
mod tables;

pub use error::{Error, Space};
pub use lay_out::{lay_out, smallest};
pub use options::{BlockSize, Flavour, InodeCount, InodeSize, Label, Options};
