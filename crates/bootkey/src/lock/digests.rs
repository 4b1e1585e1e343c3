//! The files in the cache that a lock needs.

use crate::error::Error;
use crate::lock_file::LockFile;
use key_inputs::needed_downloads;
use std::collections::BTreeSet;

/// The SHA-256 of all files in the cache that a lock needs.
///
/// # Errors
/// [`Error`] for a lock whose spec is none.
pub fn digests(file: &LockFile) -> Result<BTreeSet<String>, Error> {
    let downloads = needed_downloads(&file.completed()?).into_iter().map(|wanted| wanted.sha256);
    let packages = file.lock.packages.iter().flat_map(|package| {
        let members = package.members.iter().map(|member| member.sha256.clone());
        members.chain([package.sha256.clone()])
    });
    Ok(downloads.chain(packages).collect())
}
