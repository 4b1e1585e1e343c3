//! The reader of a payload: a seekable stream.

use file_tree::FileContent;
use image_layout::Content;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

/// A reader of a payload's bytes with a position of its own, so that several readers of one file
/// do not disturb each other. It may be of a part of the file, in pieces.
#[derive(Debug, Clone)]
pub struct PayloadReader {
    file: Arc<File>,
    content: FileContent,
    at: u64,
}

impl PayloadReader {
    /// A reader of `content`, whose sources are all ranges of `file`.
    pub(crate) fn new(file: Arc<File>, content: FileContent) -> Self {
        Self { file, content, at: 0 }
    }
}

impl Read for PayloadReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        for piece in self.content.slice(self.at, buf.len() as u64) {
            let len = usize::try_from(piece.len()).unwrap_or(usize::MAX);
            let Some(buf) = buf.get_mut(filled..).and_then(|rest| rest.get_mut(..len)) else {
                break;
            };
            match piece {
                Content::Source { offset, .. } => {
                    let read = self.file.read_at(buf, offset)?;
                    filled += read;
                    if read < len {
                        break;
                    }
                }
                other => {
                    other.read_at(0, buf);
                    filled += len;
                }
            }
        }
        self.at = self.at.saturating_add(filled as u64);
        Ok(filled)
    }
}

impl Seek for PayloadReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.content.len().checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open_payload;
    use image_layout::SourceId;

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

    #[test]
    fn pieces_of_a_payload_are_read_as_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        std::fs::write(&path, b"0123456789").unwrap();
        let source = |offset, len| Content::Source { id: SourceId(0), offset, len };
        let pieces = [source(7, 3), Content::Zero { len: 2 }, source(1, 2)];
        let content = FileContent::from_pieces(pieces).unwrap();
        let mut reader = open_payload(&path).unwrap().reader_of(content);
        let mut all = Vec::new();
        reader.read_to_end(&mut all).unwrap();
        assert_eq!(all, b"789\0\x0012");
        reader.seek(SeekFrom::End(-3)).unwrap();
        let mut two = [9; 2];
        reader.read_exact(&mut two).unwrap();
        assert_eq!(&two, b"\x001");
    }
}
