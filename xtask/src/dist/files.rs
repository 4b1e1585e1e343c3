//! Writing the files of a release.

use std::path::Path;

use crate::sh::Error;

/// Makes an empty directory, in place of what is there.
pub(crate) fn fresh(dir: &Path) -> Result<(), Error> {
    if dir.exists() {
        std::fs::remove_dir_all(dir).map_err(Error::io(dir))?;
    }
    std::fs::create_dir_all(dir).map_err(Error::io(dir))
}

/// Writes a file.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    std::fs::write(path, bytes).map_err(Error::io(path))
}
