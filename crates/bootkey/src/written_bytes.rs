//! The writing of a small file that is made of nothing that was read.

use crate::error::Error;
use image_layout::{SourceId, Sources};
use image_write::{Durability, SourceFiles};
use std::fs::File;
use std::io;
use std::path::Path;

/// No inputs that the file could be.
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

/// Writes a file, which gets its name when it is complete; one that is there is replaced as a whole.
///
/// # Errors
/// [`Error::Write`]; nothing has changed then.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    image_write::write_bytes_unnamed(path, bytes, &NoInputs, Durability::default())?.commit()?;
    Ok(())
}
