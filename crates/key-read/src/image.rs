//! A disk image: an image file or a block device, opened for reading.

use crate::Error;
use image_layout::ReadAt;
use rustix::fs::{OFlags, SeekFrom, seek};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

/// A disk image, opened for reading.
#[derive(Debug)]
pub struct DiskImage {
    file: File,
    len: u64,
}

impl DiskImage {
    /// Opens an image file or a block device.
    ///
    /// # Errors
    /// [`Error::Open`], or [`Error::NotADisk`] for what is neither.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let fail = |source| Error::Open { path: path.to_owned(), source };
        // Checked before opening, since opening alone can have effects; and again behind it.
        check(path, &std::fs::metadata(path).map_err(fail)?)?;
        let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or(0);
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(fail)?;
        let metadata = file.metadata().map_err(fail)?;
        check(path, &metadata)?;
        let len = match metadata.is_file() {
            true => metadata.len(),
            // What a device says of its length in its metadata is 0.
            false => seek(&file, SeekFrom::End(0)).map_err(|e| fail(e.into()))?,
        };
        Ok(Self { file, len })
    }

    /// The file whose bytes are those of the image, if there is one: not for a compressed image,
    /// nor for a virtual disk.
    pub fn raw_file(&self) -> Option<&File> {
        Some(&self.file)
    }
}

fn check(path: &Path, metadata: &std::fs::Metadata) -> Result<(), Error> {
    let kind = metadata.file_type();
    let kind = match () {
        () if kind.is_file() || kind.is_block_device() => return Ok(()),
        () if kind.is_dir() => "a directory",
        () if kind.is_char_device() => "a character device",
        () if kind.is_fifo() => "a FIFO (a named pipe)",
        () => "something else",
    };
    Err(Error::NotADisk { path: path.to_owned(), kind })
}

impl ReadAt for DiskImage {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(buf, offset)
    }
}
