//! Writing the files of a release.

use std::collections::BTreeMap;
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

/// The files of a directory by their names.
pub(crate) fn read_all(dir: &Path) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(dir).map_err(Error::io(dir))? {
        let path = entry.map_err(Error::io(dir))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        found.insert(name, std::fs::read(&path).map_err(Error::io(&path))?);
    }
    Ok(found)
}
