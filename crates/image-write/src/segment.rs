//! Data and holes of a sparse file, as `lseek(2)` tells them (`SEEK_DATA`, `SEEK_HOLE`).

use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;
use std::fs::File;
use std::io;

/// A stretch of a file that is all data or all hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    /// The end of the segment in the file: one past its last byte.
    pub end: u64,
    /// Whether it reads as zero because nothing is stored.
    pub hole: bool,
}

/// The segment that starts at `at`, cut off at `end`. Moves the file's offset. A file that cannot
/// tell (a device, an odd file system) is all data.
///
/// # Errors
/// [`io::ErrorKind::UnexpectedEof`] for a hole that would end behind the file.
pub(crate) fn next(file: &File, at: u64, end: u64) -> io::Result<Segment> {
    let data = |end| Ok(Segment { end, hole: false });
    match seek(file, SeekFrom::Data(at)) {
        Ok(start) if start > at => Ok(Segment { end: start.min(end), hole: true }),
        Ok(_) => match seek(file, SeekFrom::Hole(at)) {
            Ok(hole) if hole > at => data(hole.min(end)),
            _ => data(end),
        },
        Err(Errno::NXIO) if file.metadata()?.len() < end => {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
        Err(Errno::NXIO) => Ok(Segment { end, hole: true }),
        Err(_) => data(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::FileExt as _;

    #[test]
    fn holes_are_told_from_data() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(16 << 20).unwrap();
        file.write_all_at(&[1; 4096], 4 << 20).unwrap();
        let all = |mut at, end| {
            let mut segments = Vec::new();
            while at < end {
                let s = next(&file, at, end).unwrap();
                assert!(s.end > at);
                segments.push((at, s.end, s.hole));
                at = s.end;
            }
            segments
        };
        let data = (4 << 20, (4 << 20) + 4096, false);
        assert_eq!(all(0, 16 << 20), [(0, data.0, true), data, (data.1, 16 << 20, true)]);
        assert_eq!(all(data.0 + 1, data.1 - 1), [(data.0 + 1, data.1 - 1, false)]);
        assert_eq!(all(1, 2), [(1, 2, true)]);
        let past = next(&file, data.1, (16 << 20) + 1).unwrap_err();
        assert_eq!(past.kind(), io::ErrorKind::UnexpectedEof);
    }
}
