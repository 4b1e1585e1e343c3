//! The bytes, under the specification's own names: one file per page of
//! <https://docs.kernel.org/filesystems/ext4/>.
//!
//! Nothing in here is checked; every value comes from code that has checked it.

pub mod dir_entry;
pub mod extent;
pub mod feature;
pub mod group_descriptor;
pub mod htree;
pub mod inode;
pub mod journal_superblock;
pub mod superblock;
pub mod xattr;

pub use dir_entry::{DirEntry, DirEntryTail};
pub use extent::{Extent, ExtentHeader, ExtentIndex, ExtentTail};
pub use group_descriptor::{GroupDescriptor, GroupDescriptor64};
pub use htree::{DxEntry, DxNode, DxRoot, DxTail};
pub use inode::Inode;
pub use journal_superblock::JournalSuperblock;
pub use superblock::Superblock;
