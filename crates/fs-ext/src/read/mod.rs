//! The reader of ext2, ext3 and ext4 file systems, whoever made them.
//!
//! ```text
//! Part ─► Ext::open ─► inode(2) ─► entries ─► inode(n) ─► extents ─► bytes of the image
//!         superblock   group's     names,     kind, size,  or holes
//!                      descriptor  numbers    times
//! ```
//!
//! Nothing in a file system is believed: every number is checked before it is followed, no list
//! is longer than what holds it could make it, and a damaged one is an [`Error`] that says what
//! and where. The journal is not replayed ([`Ext::needs_recovery`] tells).

mod block_map;
mod directory;
mod error;
pub(crate) mod inode;
pub(crate) mod superblock;
mod xattr;

pub use directory::DirectoryEntry;
pub use error::Error;
pub use inode::{FileType, Inode};
pub use superblock::{Ext, Group};
pub use xattr::Xattr;
