//! A disk image: an image file or a block device, opened for reading.

use crate::Error;
use crate::bad_sectors::{BadRange, BadSectors, SECTORS};
use crate::container::{self, Container, Unreadable, Whole};
use image_layout::ReadAt;
use image_write::Format;
use input_file::shown;
use rustix::fs::{OFlags, SeekFrom, seek};
use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// A disk image, opened for reading.
#[derive(Debug)]
pub struct DiskImage {
    /// The path that was opened, for messages.
    path: PathBuf,
    bytes: Bytes,
    /// The sectors that could not be read, if they are to come as zeros.
    bad: Option<BadSectors>,
}

/// The source of an image's bytes.
#[derive(Debug)]
enum Bytes {
    /// A file that is the image.
    File(Whole),
    /// A device that is the image.
    Device(Whole),
    /// A file that holds it in another form.
    Contained(Format, Box<dyn Container>),
}

impl DiskImage {
    /// Opens an image file or a block device. A compressed image, or a virtual disk, is told by its
    /// bytes, and read without being unpacked.
    ///
    /// # Errors
    /// [`Error::Open`]; [`Error::NotADisk`] for what is neither; [`Error::Container`] for a form
    /// that bootkey does not write.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let fail = |source| Error::Open { path: path.to_owned(), source };
        // The kind is checked before opening, because opening a device or FIFO can have effects;
        // and again afterwards, because the path may lead to something else by then.
        check(path, &std::fs::metadata(path).map_err(fail)?)?;
        let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or(0);
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(fail)?;
        let metadata = file.metadata().map_err(fail)?;
        check(path, &metadata)?;
        let len = match metadata.is_file() {
            true => metadata.len(),
            // The metadata of a device say that its length is 0, so its end is looked for.
            false => seek(&file, SeekFrom::End(0)).map_err(|e| fail(e.into()))?,
        };
        let bytes = match container::open(Whole { file, len }) {
            Ok(Ok((format, container))) => Bytes::Contained(format, container),
            Ok(Err(whole)) if metadata.is_file() => Bytes::File(whole),
            Ok(Err(whole)) => Bytes::Device(whole),
            Err(Unreadable::Because(what)) => {
                return Err(Error::Container { path: path.to_owned(), what });
            }
            Err(Unreadable::Io(source)) => return Err(fail(source)),
        };
        Ok(Self { path: path.to_owned(), bytes, bad: None })
    }

    /// The same image, but with zeros for sectors that the medium cannot give. After every read
    /// that matters, the caller must ask for its [`bad_ranges`](Self::bad_ranges).
    #[must_use]
    pub fn despite_bad_sectors(self) -> Self {
        Self { bad: Some(BadSectors::default()), ..self }
    }

    /// The parts of a range that could not be read by now, in order.
    pub fn bad_ranges(&self, range: Range<u64>) -> Vec<BadRange> {
        self.bad.as_ref().map_or_else(Vec::new, |bad| bad.within(range))
    }

    fn read(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        match &self.bytes {
            Bytes::File(whole) | Bytes::Device(whole) => whole.read_exact_at(offset, buf),
            Bytes::Contained(_, container) => {
                container.read_exact_at(offset, buf).map_err(|e| self.damaged(e))
            }
        }
    }

    /// The error of a damaged block, with the name of the file; other errors as they are.
    fn damaged(&self, error: io::Error) -> io::Error {
        match error.kind() {
            kind @ io::ErrorKind::InvalidData => {
                io::Error::new(kind, format!("{}: {error}", shown(&self.path)))
            }
            _ => error,
        }
    }

    /// The file or device that was opened, whatever its form.
    pub fn file(&self) -> &File {
        match &self.bytes {
            Bytes::File(whole) | Bytes::Device(whole) => &whole.file,
            Bytes::Contained(_, container) => container.file(),
        }
    }

    /// The form in which the file holds the image. Of Microsoft's disks, the fixed ones are told as the
    /// dynamic ones.
    pub fn format(&self) -> Format {
        match &self.bytes {
            Bytes::File(_) | Bytes::Device(_) => Format::Raw,
            Bytes::Contained(format, _) => *format,
        }
    }

    /// The regular file whose bytes are those of the image, if there is one: not for a compressed
    /// image, nor for a virtual disk or a device.
    pub fn raw_file(&self) -> Option<&File> {
        match &self.bytes {
            Bytes::File(whole) => Some(&whole.file),
            Bytes::Device(_) | Bytes::Contained(..) => None,
        }
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
        match &self.bytes {
            Bytes::File(whole) | Bytes::Device(whole) => whole.len,
            Bytes::Contained(_, container) => container.len(),
        }
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let Some(bad) = &self.bad else { return self.read(offset, buf) };
        let unit = match &self.bytes {
            Bytes::File(_) | Bytes::Device(_) => SECTORS,
            // A failed read is not tried again in pieces: each would need the same whole block of
            // the file.
            Bytes::Contained(..) => u64::MAX,
        };
        bad.read(offset, buf, unit, |offset, buf| self.read(offset, buf))
    }
}
