//! A block device that nobody else uses.

use crate::aligned::Aligned;
use crate::{Error, Medium};
use rustix::fs::{FallocateFlags, OFlags, SeekFrom, fallocate, major, minor, seek};
use rustix::io::Errno;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

/// A block device, opened for this program alone.
#[derive(Debug)]
pub struct Device {
    file: File,
    len: u64,
    number: u64,
}

impl Device {
    /// Opens a block device, past the cache. While it is open nobody can mount it or a partition of it.
    ///
    /// # Errors
    /// [`Error::Busy`] if somebody else has it; [`Error::NotADevice`]; [`Error::Open`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let fail =
            |source: io::Error| match source.raw_os_error() == Some(Errno::BUSY.raw_os_error()) {
                true => Error::Busy,
                false => Error::Open { source },
            };
        let is_device = |metadata: &std::fs::Metadata| metadata.file_type().is_block_device();
        // Checked before opening, since opening alone can have effects; and again behind it.
        if !is_device(&std::fs::metadata(path).map_err(fail)?) {
            return Err(Error::NotADevice);
        }
        let flags = OFlags::EXCL | OFlags::DIRECT | OFlags::NONBLOCK;
        let flags = i32::try_from(flags.bits()).unwrap_or(0);
        let file = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path);
        let file = file.map_err(fail)?;
        let metadata = file.metadata().map_err(fail)?;
        if !is_device(&metadata) {
            return Err(Error::NotADevice);
        }
        let len = seek(&file, SeekFrom::End(0)).map_err(|e| fail(e.into()))?;
        Ok(Self { file, len, number: metadata.rdev() })
    }

    /// The kernel's number of the device, as in sysfs: `8:16`.
    pub fn number(&self) -> String {
        format!("{}:{}", major(self.number), minor(self.number))
    }
}

impl Medium for Device {
    fn len(&self) -> u64 {
        self.len
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        // Buffers of this crate are aligned; a slice of one at a page is, too.
        self.file.write_all_at(bytes, offset)
    }

    fn read_at(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let mut buffer = Aligned::zeros(len);
        self.file.read_exact_at(buffer.bytes_mut(), offset)?;
        Ok(buffer.bytes().to_vec())
    }

    fn flush(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    fn discard(&self, offset: u64, len: u64) -> bool {
        // Of a device this is an order to make it zeros without sending them, or an error.
        let mode = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        fallocate(&self.file, mode, offset, len).is_ok()
    }
}
