//! The reader of a payload: a seekable stream.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

/// A reader of a payload's bytes with a position of its own, so that several readers of one file
/// do not disturb each other.
#[derive(Debug, Clone)]
pub struct PayloadReader {
    file: Arc<File>,
    len: u64,
    at: u64,
}

impl PayloadReader {
    pub(crate) fn new(file: Arc<File>, len: u64) -> Self {
        Self { file, len, at: 0 }
    }
}

impl Read for PayloadReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buf, self.at)?;
        self.at = self.at.saturating_add(read as u64);
        Ok(read)
    }
}

impl Seek for PayloadReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open_payload;

    #[test]
    fn readers_of_one_payload_do_not_disturb_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        std::fs::write(&path, b"0123456789").unwrap();
        let payload = open_payload(&path).unwrap();
        let (mut a, mut b) = (payload.reader(), payload.reader());
        let read = |reader: &mut PayloadReader, to| {
            reader.seek(to).unwrap();
            let mut buf = [0; 2];
            reader.read_exact(&mut buf).unwrap();
            buf
        };
        assert_eq!(&read(&mut a, SeekFrom::Start(4)), b"45");
        assert_eq!(&read(&mut b, SeekFrom::End(-2)), b"89");
        assert_eq!(&read(&mut a, SeekFrom::Current(1)), b"78");
        assert!(a.seek(SeekFrom::Current(-10)).is_err());
    }
}
