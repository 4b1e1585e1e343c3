//! A place on a key, as it is typed: `isos:/debian.iso`.

use crate::error::Error;
use key_read::{Disk, File, FileSystem, Part};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

/// A place on a key: a partition, and a path in its file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The partition's number, `boot`, `esp`, `isos`, or its label.
    pub partition: String,
    /// The path: any bytes.
    pub path: Vec<u8>,
}

impl Place {
    /// Reads `PARTITION:/PATH`.
    ///
    /// # Errors
    /// [`Error::Place`] without a colon.
    pub fn parse(text: &OsStr) -> Result<Self, Error> {
        let bytes = text.as_bytes();
        let wrong = || Error::Place { text: bytes.to_vec() };
        let colon = bytes.iter().position(|b| *b == b':').ok_or_else(wrong)?;
        let partition = std::str::from_utf8(&bytes[..colon]).map_err(|_| wrong())?;
        if partition.is_empty() {
            return Err(wrong());
        }
        Ok(Self { partition: partition.to_owned(), path: bytes[colon + 1..].to_vec() })
    }

    /// The file at the place, to be read.
    ///
    /// # Errors
    /// If it is not there, is none, or cannot be read.
    pub fn open_file<'a>(&self, disk: &Disk<'a>) -> Result<File<'a>, Error> {
        Ok(self.file_system(disk)?.open_file(&self.path)?)
    }

    /// The file system of the partition.
    ///
    /// # Errors
    /// If there is no such partition, or nothing in it that can be read.
    pub(super) fn file_system<'a>(&self, disk: &Disk<'a>) -> Result<FileSystem<'a>, Error> {
        let volume = disk.select(&self.partition)?;
        let found = volume.file_system()?;
        found.ok_or_else(|| Error::NoFileSystem {
            partition: self.partition.clone(),
            found: content_of(volume.part),
        })
    }
}

/// The words for the contents of a part of a disk without a file system that can be read.
pub(super) fn content_of(part: Part<'_>) -> String {
    match key_read::recognise(part) {
        Ok(found) => found.to_string(),
        Err(e) => format!("something that cannot be read ({e})"),
    }
}
