//! Whether a FAT12, FAT16 or FAT32 file system is whole: what its table says, against what can be
//! reached in it.
//!
//! ```text
//! boot sector, its backup, FSInfo
//! file allocation tables, against each other ─┐
//! root ─► directories: names, dots ─► chains ─┴─► no cluster twice ─► lost clusters, free count
//!                     └► label
//! ```
//!
//! Nothing is believed and nothing is mended. A bit per cluster is kept, and a cluster is followed
//! only once, whoever claims it; so time and memory have the bounds of the file system's size.
//!
//! What `fsck.fat -n` objects to is found here. What it does not mind, and is found here: entries of
//! a directory behind its end, which Linux sees and firmware, GRUB and Windows do not; directories
//! longer than the specification allows, which are read no further; and a first sector that says it
//! has no file system ([`Fat::open`] refuses it), such as one without a jump, or with a cluster of
//! three sectors.

mod boot_sector;
mod chain;
mod directory;
mod name;
mod state;
mod table;

use crate::read::{Error, Fat};
use image_layout::{Findings, ReadAt as _};
use state::Checking;

/// Looks at everything in a file system that is not the contents of files.
///
/// # Errors
/// [`Error::Io`] when it cannot be read. What is damaged or cut off is a finding.
pub fn check(fat: &Fat<'_>) -> Result<Findings, Error> {
    let mut checking = Checking::new(fat);
    if fat.source().len() < fat.byte_len() || fat.source().missing() > 0 {
        checking.found.push("it is said to have more sectors than there is room for");
        return Ok(checking.found);
    }
    let boot = checking.boot_sector()?;
    checking.tables()?;
    checking.tree()?;
    checking.label(&boot);
    let free = checking.clusters()?;
    checking.fs_info(&boot, free)?;
    checking.unmounted(&boot)?;
    Ok(checking.found)
}
