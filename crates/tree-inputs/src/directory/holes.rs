//! Where a file on disk has holes.

use file_tree::{FileContent, TreeError};
use image_layout::{Content, SourceId};
use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;
use std::os::fd::BorrowedFd;

/// Why a file's holes cannot be told.
pub(super) enum Failure {
    Seek(Errno),
    Tree(TreeError),
}

/// The contents of an open file of `len` bytes, which is the source `id`.
pub(super) fn content(fd: BorrowedFd<'_>, id: SourceId, len: u64) -> Result<FileContent, Failure> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < len {
        let data = match seek(fd, SeekFrom::Data(at)) {
            Ok(data) => data.clamp(at, len),
            Err(Errno::NXIO) => len, // nothing but a hole to the end
            Err(Errno::INVAL) if at == 0 => 0, // a file system that cannot tell
            Err(e) => return Err(Failure::Seek(e)),
        };
        pieces.push(Content::Zero { len: data - at });
        if data == len {
            break;
        }
        let hole = match seek(fd, SeekFrom::Hole(data)) {
            Ok(hole) => hole.clamp(data, len),
            Err(Errno::INVAL) => len,
            Err(e) => return Err(Failure::Seek(e)),
        };
        // A file that shrinks meanwhile could make this a step of nothing.
        let hole = if hole == data { len } else { hole };
        pieces.push(Content::Source { id, offset: data, len: hole - data });
        at = hole;
    }
    FileContent::from_pieces(pieces).map_err(Failure::Tree)
}
