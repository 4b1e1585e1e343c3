//! A block device that nobody else uses.

use crate::aligned::Aligned;
use crate::{Error, Medium};
use rustix::fs::{FallocateFlags, OFlags, SeekFrom, fallocate, fcntl_getfl, fcntl_setfl};
use rustix::fs::{major, minor, seek};
use rustix::io::Errno;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::{Duration, Instant};

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
        // Checked before opening, since opening alone can have effects; and again behind it.
        if !std::fs::metadata(path).map_err(failed)?.file_type().is_block_device() {
            return Err(Error::NotADevice);
        }
        let flags = OFlags::EXCL | OFlags::DIRECT | OFlags::NONBLOCK;
        let flags = i32::try_from(flags.bits()).unwrap_or(0);
        let file = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path);
        Self::opened(file.map_err(failed)?)
    }

    /// A block device that somebody who may has opened for this program: for reading and writing, and with
    /// `O_EXCL`, which cannot be seen of an open file.
    ///
    /// # Errors
    /// [`Error::NotADevice`]; [`Error::Open`] if it is not opened for both.
    pub fn opened(file: File) -> Result<Self, Error> {
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.file_type().is_block_device() {
            return Err(Error::NotADevice);
        }
        let flags = fcntl_getfl(&file).map_err(|e| failed(e.into()))?;
        if flags & OFlags::ACCMODE != OFlags::RDWR {
            return Err(failed(Errno::ACCESS.into()));
        }
        // Past the cache, or the comparison would be one with the machine's memory.
        fcntl_setfl(&file, flags | OFlags::DIRECT).map_err(|e| failed(e.into()))?;
        let len = seek(&file, SeekFrom::End(0)).map_err(|e| failed(e.into()))?;
        Ok(Self { file, len, number: metadata.rdev() })
    }

    /// Has the kernel let go of the device, as if it were pulled out: then nobody mounts it. Only root
    /// may, and only devices on USB, SATA or SCSI can be let go of.
    ///
    /// # Errors
    /// If it cannot be done.
    pub fn let_go(self) -> io::Result<()> {
        let delete = format!("/sys/dev/block/{}/device/delete", self.number());
        match OpenOptions::new().write(true).open(delete) {
            Ok(mut delete) => delete.write_all(b"1"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(io::Error::other("the kernel lets go only of devices on USB, SATA or SCSI"))
            }
            Err(error) => Err(error),
        }
    }

    /// The kernel's number of the device, as in sysfs: `8:16`.
    pub fn number(&self) -> String {
        format!("{}:{}", major(self.number), minor(self.number))
    }
}

/// The error of opening a device.
fn failed(source: io::Error) -> Error {
    match source.raw_os_error() == Some(Errno::BUSY.raw_os_error()) {
        true => Error::Busy,
        false => Error::Open { source },
    }
}

/// A device that was pulled out has no bytes any more: what is written there finds no room, what is read ends.
fn shorter(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::UnexpectedEof | io::ErrorKind::WriteZero => {
            Errno::NODEV.into()
        }
        _ => error,
    }
}

impl Medium for Device {
    fn len(&self) -> u64 {
        self.len
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        // Buffers of this crate are aligned; a slice of one at a page is, too.
        self.file.write_all_at(bytes, offset).map_err(shorter)
    }

    fn read_at(&self, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let mut buffer = Aligned::zeros(len);
        self.file.read_exact_at(buffer.bytes_mut(), offset).map_err(shorter)?;
        Ok(buffer.bytes().to_vec())
    }

    fn flush(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    fn discard(&self, offset: u64, len: u64) -> Option<Duration> {
        // Of a device this is an order to make it zeros without sending them, or an error.
        let mode = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        let started = Instant::now();
        fallocate(&self.file, mode, offset, len).ok().map(|()| started.elapsed())
    }
}
