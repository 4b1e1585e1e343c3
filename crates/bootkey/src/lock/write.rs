//! The writing of a lock, which replaces nothing but a lock.

use crate::error::Error;
use crate::lock_file::{LockFile, read_bytes};
use image_layout::{SourceId, Sources};
use image_write::{Durability, SourceFiles};
use key_lock::Lock;
use std::fs::File;
use std::io;
use std::path::Path;

/// A lock has no inputs that its file could be.
struct NoInputs;

impl Sources for NoInputs {
    fn read_exact_at(&self, _: SourceId, _: u64, _: &mut [u8]) -> io::Result<()> {
        Err(io::ErrorKind::NotFound.into())
    }
}

impl SourceFiles for NoInputs {
    fn file(&self, _: SourceId) -> Option<&File> {
        None
    }

    fn path(&self, _: SourceId) -> &Path {
        Path::new("")
    }
}

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
    let bytes = text.as_bytes();
    image_write::write_bytes_unnamed(path, bytes, &NoInputs, Durability::default())?.commit()?;
    Ok(true)
}
