//! Whether an ext2, ext3 or ext4 file system is whole: what it says of itself, against what can be
//! reached in it.
//!
//! ```text
//! superblock, descriptors ─► blocks that the tables take ─┐
//! inode tables ─► maps, attributes ─► blocks of files ────┴─► no block twice ─► block bitmaps
//!              └► directories, their indexes ─► links ─► who is reached ─► inode bitmaps, counts
//! ```
//!
//! Nothing is believed and nothing is mended. A bit per block and a few bytes per inode of the
//! groups that have any in use are kept, and a block is followed only once, whoever claims it; so
//! time and memory have the bounds of the file system's size.
//!
//! What `e2fsck -fn` objects to is found here, but for: times of the superblock that lie in the
//! future, and quota. What it does not look at, and is found here: the copies of the superblock
//! and of the descriptors, as far as they say where things lie.

mod attributes;
mod bitmaps;
mod bits;
mod directories;
mod hash_tree;
mod inode_list;
mod inodes;
mod links;
mod map;
mod special;
mod state;
mod superblock;
mod tables;

use crate::format::superblock::OFFSET;
use crate::read::superblock::foreign;
use crate::read::{Error, Ext};
use image_layout::{Findings, ReadAt as _};
use state::Checking;

/// The answer of [`check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// A file system that was not unmounted: whether it is whole shows when its journal is replayed.
    NeedsRecovery,
    /// All of it was looked at; what is wrong, if anything.
    Whole(Findings),
}

/// `s_feature_ro_compat`: features that change what belongs to whom.
const FOREIGN_RO_COMPAT: [(u32, &str); 3] =
    [(0x80, "snapshots"), (0x200, "bigalloc"), (0x4000, "shared_blocks")];

/// `s_feature_incompat`: the same.
const FOREIGN_INCOMPAT: [(u32, &str); 4] = [
    (foreign::EA_INODE, "ea_inode"),
    (foreign::INLINE_DATA, "inline_data"),
    (foreign::ENCRYPT, "encrypt"),
    (foreign::CASEFOLD, "casefold"),
];

/// Looks at everything in a file system that is not the contents of files.
///
/// # Errors
/// [`Error::Unsupported`] with a feature that changes what belongs to whom; [`Error::Io`] when it
/// cannot be read. What is damaged or cut off is a finding.
pub fn check(ext: &Ext<'_>) -> Result<Checked, Error> {
    let has = |word: u32| move |(bit, _): &&(u32, &str)| word & bit != 0;
    let ro_compat = FOREIGN_RO_COMPAT.iter().find(has(ext.ro_compat()));
    if let Some((_, feature)) = ro_compat.or(FOREIGN_INCOMPAT.iter().find(has(ext.incompat()))) {
        return Err(Error::Unsupported { feature });
    }
    let mut found = Findings::default();
    superblock::primary(ext, &mut found);
    let end = ext.blocks().saturating_mul(ext.block_size());
    if ext.source().len() < end || ext.source().missing() > 0 {
        found.push("it is said to have more blocks than there is room for");
    }
    if ext.needs_recovery() && found.is_empty() {
        return Ok(Checked::NeedsRecovery);
    }
    // What lies where follows from these numbers: with wrong ones all the rest would be wrong.
    if !found.is_empty() {
        return Ok(Checked::Whole(found));
    }
    debug_assert!(end > OFFSET);
    let mut checking = Checking::new(ext, found);
    if checking.tables()? {
        checking.copies()?;
        checking.inodes()?;
        checking.shared_attributes();
        checking.directories()?;
        checking.links();
        checking.bitmaps()?;
    }
    Ok(Checked::Whole(checking.found))
}
