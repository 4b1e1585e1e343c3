//! Holes in files on disk.

use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;
use std::ops::Range;
use std::os::fd::BorrowedFd;

/// The ranges in which an open file of `len` bytes has data.
pub(super) fn data(fd: BorrowedFd<'_>, len: u64) -> Result<Vec<Range<u64>>, Errno> {
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < len {
        let data = match seek(fd, SeekFrom::Data(at)) {
            Ok(data) => data.clamp(at, len),
            Err(Errno::NXIO) => len, // nothing but a hole to the end
            Err(Errno::INVAL) if at == 0 => 0, // a file system that cannot tell
            Err(e) => return Err(e),
        };
        if data == len {
            break;
        }
        let hole = match seek(fd, SeekFrom::Hole(data)) {
            Ok(hole) => hole.clamp(data, len),
            Err(Errno::INVAL) => len,
            Err(e) => return Err(e),
        };
        // In a file that shrinks meanwhile, `hole` may equal `data`: the loop must still end.
        at = if hole == data { len } else { hole };
        ranges.push(data..at);
    }
    Ok(ranges)
}
