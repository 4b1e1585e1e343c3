//! Payloads: input files that are opened once, read by offset, and checked for changes.

use crate::error::{Error, shown};
use crate::reader::{Medium, PayloadReader};
use file_tree::FileContent;
use image_layout::{Content, ReadAt as _, SourceId};
use input_file::{FileStamp, open_regular};
use key_read::DiskImage;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A regular file or a disk image, open for reading, with the stamp that the file had when it was
/// opened.
#[derive(Debug)]
pub struct Payload {
    medium: Medium,
    len: u64,
    path: PathBuf,
    stamp: FileStamp,
}

impl Payload {
    /// A disk image as a payload, whatever its form. `stamp` is that of its file when it was opened.
    pub(crate) fn of_image(image: Arc<DiskImage>, path: &Path, stamp: FileStamp) -> Self {
        let len = image.len();
        Self { medium: Medium::Image(image), len, path: path.to_path_buf(), stamp }
    }

    /// The open file whose bytes are the payload's, to be read by offset or to copy ranges of; `None`
    /// if it holds them in another form, or is a device. Its position is of no use, because all
    /// readers share it.
    pub fn file(&self) -> Option<&File> {
        self.medium.file()
    }

    /// The file that was opened, in whichever form it holds the payload.
    pub(crate) fn opened(&self) -> &File {
        self.medium.opened()
    }

    /// A reader of the payload from its first byte on, with a position of its own.
    pub fn reader(&self) -> PayloadReader {
        // The id is never looked at.
        let all = Content::Source { id: SourceId(0), offset: 0, len: self.len() };
        self.reader_of(all.into())
    }

    /// A reader of parts of the payload, one behind the other: the sources in `content` are ranges
    /// of it.
    pub fn reader_of(&self, content: FileContent) -> PayloadReader {
        PayloadReader::new(self.medium.clone(), content)
    }

    /// The path by which the file was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The payload's length when it was opened, in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether the payload was empty when it was opened.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The file's stamp when it was opened.
    pub fn stamp(&self) -> FileStamp {
        self.stamp
    }

    /// Checks that the file has not changed since it was opened.
    ///
    /// # Errors
    /// [`Error::Changed`] says what is different. A file whose name now belongs to another file
    /// counts as changed too: the key would hold a file that exists nowhere any more.
    pub fn check_unchanged(&self) -> Result<(), Error> {
        let path = || self.path.clone();
        let now =
            self.opened().metadata().map_err(|source| Error::Read { path: path(), source })?;
        self.stamp.compare(&now).map_err(|what| Error::Changed { path: path(), what })
    }

    /// Fills `buf` from byte `offset` on.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] when the file ends before `buf` is full, which means that
    /// it has changed; else the file system's error. Both name the file.
    pub fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.medium.read_exact_at(offset, buf).map_err(|e| {
            let path = shown(&self.path);
            let text = if e.kind() == io::ErrorKind::UnexpectedEof {
                format!(
                    "{path}: changed while it was being read: it had {} bytes and now ends before \
                     byte {}",
                    self.len,
                    offset.saturating_add(buf.len() as u64)
                )
            } else {
                format!("{path}: cannot be read at byte {offset}: {e}")
            };
            io::Error::new(e.kind(), text)
        })
    }
}

/// Opens a payload. Symbolic links are followed; nothing but a regular file is opened, so a FIFO
/// never makes this wait and a device is never touched.
///
/// # Errors
/// [`Error::Open`] when there is no file, it may not be read, or it is no regular file.
pub fn open_payload(path: &Path) -> Result<Payload, Error> {
    let (file, metadata) = open_regular(path)?;
    let stamp = FileStamp::from(&metadata);
    let medium = Medium::File(Arc::new(file));
    Ok(Payload { medium, len: stamp.len(), path: path.to_path_buf(), stamp })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, OpenOptions};
    use std::io::Write as _;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_file_that_shrinks_or_is_written_to_has_changed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.iso");
        fs::write(&path, [7; 4096]).unwrap();
        let payload = open_payload(&path).unwrap();
        payload.check_unchanged().unwrap();

        // Same length, other contents, another time.
        let f = OpenOptions::new().write(true).open(&path).unwrap();
        (&f).write_all(b"new").unwrap();
        f.set_modified(SystemTime::now() + Duration::from_secs(5)).unwrap();
        let e = payload.check_unchanged().unwrap_err();
        assert!(e.to_string().contains("written to"), "{e}");

        f.set_len(100).unwrap();
        let e = payload.check_unchanged().unwrap_err();
        assert!(e.to_string().contains("4096 bytes at first, 100 now"), "{e}");
        assert_eq!(e.family(), key_spec::ErrorFamily::Io);
        let e = payload.read_exact_at(64, &mut [0; 64]).unwrap_err();
        assert_eq!(e.kind(), io::ErrorKind::UnexpectedEof);
        assert!(e.to_string().contains("x.iso: changed while it was being read"), "{e}");
    }

    #[test]
    fn a_file_that_was_replaced_by_name_has_changed_and_is_read_to_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.iso");
        fs::write(&path, b"old").unwrap();
        let payload = open_payload(&path).unwrap();
        let e = loop {
            // Until the file system's clock has gone on.
            fs::write(dir.path().join("y"), b"newer").unwrap();
            fs::rename(dir.path().join("y"), &path).unwrap();
            if let Err(e) = payload.check_unchanged() {
                break e;
            }
        };
        assert!(e.to_string().contains("permissions or names were changed"), "{e}");
        let mut buf = [0; 3];
        payload.read_exact_at(0, &mut buf).unwrap();
        assert_eq!(&buf, b"old");
    }
}
