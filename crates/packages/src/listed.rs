//! The list of the packages in the cache.

use crate::cache::Cache;
use crate::error::Error;
use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

/// A package in the cache, with all that was unpacked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPackage {
    /// Its name.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The architecture that was asked for, if one was.
    pub architecture: Option<String>,
    /// The SHA-256 of the package file, in hex.
    pub sha256: String,
    /// Bytes on the disk, with those of the files that were taken out of it.
    pub len: u64,
    /// When it was put there.
    pub since: Option<SystemTime>,
}

impl Cache {
    /// The packages in the cache, by name.
    ///
    /// # Errors
    /// As [`package`](Self::package).
    pub fn list(&self) -> Result<Vec<ListedPackage>, Error> {
        let dir = self.dir().join("packages");
        let read = |source| Error::Read { path: dir.clone(), source };
        let entries = match fs::read_dir(&dir) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(read)?,
        };
        let mut all = Vec::new();
        for entry in entries {
            let name = entry.map_err(read)?.file_name();
            // What nobody could have fetched is not ours.
            let Some(name) = name.to_str() else { continue };
            let (package, architecture) = match name.split_once('_') {
                Some((package, architecture)) => (package, Some(architecture)),
                None => (name, None),
            };
            let found = match self.package(package, architecture) {
                Err(Error::BadPackageName { .. }) | Ok(None) => continue,
                found => found?,
            };
            all.extend(found.map(|found| ListedPackage {
                package: package.to_owned(),
                version: found.version(),
                architecture: architecture.map(str::to_owned),
                len: found.deb.parent().map_or(Ok(0), len_of).unwrap_or(0),
                since: found.deb.metadata().and_then(|m| m.modified()).ok(),
                sha256: found.sha256,
            }));
        }
        all.sort_by(|a, b| (&a.package, &a.architecture).cmp(&(&b.package, &b.architecture)));
        Ok(all)
    }
}

/// The length of all files below a directory.
fn len_of(dir: &Path) -> io::Result<u64> {
    let mut len = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        // A link is not followed.
        len += match entry.file_type()?.is_dir() {
            true => len_of(&entry.path())?,
            false => entry.metadata()?.len(),
        };
    }
    Ok(len)
}
