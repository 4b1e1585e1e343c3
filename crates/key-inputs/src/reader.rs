//! The bytes of a payload, and a reader of them: a seekable stream.

use file_tree::FileContent;
use image_layout::{Content, ReadAt as _};
use key_read::DiskImage;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

/// The place of a payload's bytes.
#[derive(Debug, Clone)]
pub(crate) enum Medium {
    /// A file has them.
    File(Arc<File>),
    /// They are a disk image, whose file may hold it in another form.
    Image(Arc<DiskImage>),
}

impl Medium {
    /// The file or device that is open.
    pub(crate) fn opened(&self) -> &File {
        match self {
            Self::File(file) => file,
            Self::Image(image) => image.file(),
        }
    }

    /// The regular file whose bytes are the payload's, if there is one.
    pub(crate) fn file(&self) -> Option<&File> {
        match self {
            Self::File(file) => Some(file),
            Self::Image(image) => image.raw_file(),
        }
    }

    /// Fills `buf`.
    pub(crate) fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        match self {
            Self::File(file) => file.read_exact_at(buf, offset),
            Self::Image(image) => image.read_exact_at(offset, buf),
        }
    }

    /// Fills `buf` as far as there are bytes.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read_at(buf, offset),
            Self::Image(image) => {
                let left = usize::try_from(image.len().saturating_sub(offset));
                let len = left.unwrap_or(usize::MAX).min(buf.len());
                image.read_exact_at(offset, buf.get_mut(..len).unwrap_or_default())?;
                Ok(len)
            }
        }
    }
}

/// A reader of a payload's bytes with a position of its own, so that several readers of one file
/// do not disturb each other. It may be of a part of the file, in pieces.
#[derive(Debug, Clone)]
pub struct PayloadReader {
    medium: Medium,
    content: FileContent,
    at: u64,
}

impl PayloadReader {
    /// A reader of `content`, whose sources are all ranges of `medium`.
    pub(crate) fn new(medium: Medium, content: FileContent) -> Self {
        Self { medium, content, at: 0 }
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
                    let read = self.medium.read_at(offset, buf)?;
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
