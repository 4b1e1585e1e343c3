//! Locks: made of a spec, written beside it, checked, and exported.
//!
//! ```text
//! key.toml ─ make ─► Lock ─ write ─► bootkey.lock
//!              │                        │
//!   packages from the archive,          ├─ check    what does not hold any more
//!   downloads, files of this machine,   └─ export   all that it needs, into another cache
//!   and the image, streamed to a hasher
//! ```

mod check;
mod export;
mod make;
mod write;

pub use check::check;
pub use export::export;
pub use make::{Making, make};
pub use write::{before, write};

use crate::build::OnProgress;
use crate::error::Error;
use crate::lock_file::LockFile;
use key_inputs::{DownloadEvent, NeededDownload, needed_downloads};
use std::collections::BTreeSet;
use std::path::Path;

/// Who is told how far it is.
pub struct Told<'a> {
    /// Gets a line at each step.
    pub say: &'a mut dyn FnMut(&str),
    /// Gets what the user has to know.
    pub warn: &'a mut dyn FnMut(&str),
    /// Gets what happens to downloads.
    pub downloads: &'a (dyn Fn(usize, &NeededDownload, DownloadEvent<'_>) + Sync),
    /// Gets how far the image is.
    pub progress: &'a mut OnProgress<'a>,
}

impl core::fmt::Debug for Told<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Told").finish_non_exhaustive()
    }
}

/// The SHA-256 of all files in the cache that the lock in a file needs.
///
/// # Errors
/// Those of [`LockFile::read`].
pub fn digests(path: &Path) -> Result<BTreeSet<String>, Error> {
    let file = LockFile::read(path)?;
    let downloads = needed_downloads(&file.spec()?).into_iter().map(|wanted| wanted.sha256);
    let packages = file.lock.packages.iter().flat_map(|package| {
        let members = package.members.iter().map(|member| member.sha256.clone());
        members.chain([package.sha256.clone()])
    });
    Ok(downloads.chain(packages).collect())
}
