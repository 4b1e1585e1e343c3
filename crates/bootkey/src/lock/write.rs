//! The writing of a lock, which replaces nothing but a lock.

use crate::error::Error;
use crate::lock_file::{LockFile, read_bytes};
use crate::written_bytes::write_bytes;
use key_lock::Lock;
use std::io;
use std::path::Path;

/// The lock that is there before another takes its place.
///
/// # Errors
/// [`Error::NotOurs`] if the file is something else; [`Error::Lock`] if it is a lock that cannot be read.
pub fn before(path: &Path) -> Result<Option<LockFile>, Error> {
    if path.symlink_metadata().is_err_and(|e| e.kind() == io::ErrorKind::NotFound) {
        return Ok(None);
    }
    let bytes = read_bytes(path)?;
    let head = key_lock::HEAD.lines().next().unwrap_or_default().as_bytes();
    match Lock::read(&bytes) {
        Ok(lock) => Ok(Some(LockFile { path: path.to_owned(), lock })),
        Err(source) if bytes.starts_with(head) => {
            Err(Error::Lock { path: path.to_owned(), source })
        }
        Err(_) => Err(Error::NotOurs { path: path.to_owned(), what: "a lock of bootkey" }),
    }
}

/// Writes a lock, unless the file holds exactly that text already. Returns whether it was written.
///
/// # Errors
/// [`Error::Write`]; nothing has changed then.
pub fn write(lock: &Lock, path: &Path) -> Result<bool, Error> {
    let text = lock.to_text();
    if read_bytes(path).is_ok_and(|bytes| bytes == text.as_bytes()) {
        return Ok(false);
    }
    write_bytes(path, text.as_bytes())?;
    Ok(true)
}
