//! The files in the cache that a lock needs.

use crate::error::Error;
use crate::lock_file::LockFile;
use key_inputs::needed_downloads;
use std::collections::BTreeSet;
use std::path::Path;

/// The SHA-256 of all files in the cache that the lock in a file needs.
///
/// # Errors
/// Those of [`LockFile::read`].
pub fn digests(path: &Path) -> Result<BTreeSet<String>, Error> {
    let file = LockFile::read(path)?;
    let downloads =
        needed_downloads(&file.pinned(file.spec()?)?).into_iter().map(|wanted| wanted.sha256);
    let packages = file.lock.packages.iter().flat_map(|package| {
        let members = package.members.iter().map(|member| member.sha256.clone());
        members.chain([package.sha256.clone()])
    });
    Ok(downloads.chain(packages).collect())
}
