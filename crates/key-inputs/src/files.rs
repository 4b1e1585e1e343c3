//! Payload files: opened once, read by offset, and known again if they change.

use crate::error::{Error, NodeKind};
use crate::reader::PayloadReader;
use rustix::fs::OFlags;
use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What tells a file, at a moment, from all others and from itself later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Device that holds it.
    pub dev: u64,
    /// Inode number on that device.
    pub ino: u64,
    /// Length in bytes.
    pub len: u64,
    /// Time of the last change of its contents: seconds since 1970 and nanoseconds.
    pub mtime: (i64, i64),
}

impl Identity {
    fn of(m: &Metadata) -> Self {
        Self { dev: m.dev(), ino: m.ino(), len: m.len(), mtime: (m.mtime(), m.mtime_nsec()) }
    }
}

/// A regular file, open for reading, as it was when it was surveyed.
#[derive(Debug)]
pub struct Payload {
    file: Arc<File>,
    path: PathBuf,
    identity: Identity,
}

impl Payload {
    /// The open file. Its position means nothing: read by offset, or copy ranges of it.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// A reader of its bytes, from the first on.
    pub fn reader(&self) -> PayloadReader {
        PayloadReader::new(Arc::clone(&self.file), self.len())
    }

    /// The path it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its length in bytes when it was surveyed.
    pub fn len(&self) -> u64 {
        self.identity.len
    }

    /// Whether it had no byte when it was surveyed.
    pub fn is_empty(&self) -> bool {
        self.identity.len == 0
    }

    /// What it was when it was surveyed.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// Looks whether it still is what it was. A file that was replaced by another of the same
    /// name has not changed: the one that was opened is read to the end.
    ///
    /// # Errors
    /// [`Error::Changed`] says what is different.
    pub fn check_unchanged(&self) -> Result<(), Error> {
        let path = || self.path.clone();
        let m = self.file.metadata().map_err(|source| Error::Read { path: path(), source })?;
        let (was, is) = (self.identity, Identity::of(&m));
        if was.len != is.len {
            let what = format!("{} bytes at first, {} now", was.len, is.len);
            return Err(Error::Changed { path: path(), what });
        }
        if was != is {
            return Err(Error::Changed { path: path(), what: "it was written to".into() });
        }
        Ok(())
    }

    /// Fills `buf` from byte `offset` on.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] when the file ends before, which means that it has
    /// changed; whatever the file system says otherwise. Both name the file.
    pub fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(buf, offset).map_err(|e| {
            let path = self.path.display();
            let text = if e.kind() == io::ErrorKind::UnexpectedEof {
                format!(
                    "{path}: changed while it was being read: it had {} bytes and now ends before \
                     byte {}",
                    self.identity.len,
                    offset.saturating_add(buf.len() as u64)
                )
            } else {
                format!("{path}: cannot be read at byte {offset}: {e}")
            };
            io::Error::new(e.kind(), text)
        })
    }
}

/// Whether both paths lead to one file that exists, whatever they are called.
pub fn same_file(a: &Path, b: &Path) -> bool {
    let identity = |p| fs::metadata(p).map(|m| (m.dev(), m.ino()));
    matches!((identity(a), identity(b)), (Ok(a), Ok(b)) if a == b)
}

/// Opens a payload. Symbolic links are followed; nothing but a regular file is opened, so a FIFO
/// never makes this wait and a device is never touched.
///
/// # Errors
/// [`Error::NotRegular`] names what the path is instead; [`Error::Open`] when there is nothing or
/// it may not be read.
pub fn open_payload(path: &Path) -> Result<Payload, Error> {
    let (file, metadata) = open_regular(path)?;
    Ok(Payload {
        file: Arc::new(file),
        path: path.to_path_buf(),
        identity: Identity::of(&metadata),
    })
}

/// Opens a regular file and nothing else.
pub(crate) fn open_regular(path: &Path) -> Result<(File, Metadata), Error> {
    let fail = |source| Error::Open { path: path.to_path_buf(), source };
    // Asked first, because merely opening a device can have effects; and asked again of the open
    // file, because the path may have become another file in between. O_NONBLOCK keeps even
    // that race from waiting for a FIFO's writer; for regular files it means nothing.
    regular(path, &fs::metadata(path).map_err(fail)?)?;
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or(0);
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(fail)?;
    let metadata = file.metadata().map_err(fail)?;
    regular(path, &metadata)?;
    Ok((file, metadata))
}

fn regular(path: &Path, metadata: &Metadata) -> Result<(), Error> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(Error::NotRegular { path: path.to_path_buf(), kind: kind(metadata.file_type()) })
}

fn kind(t: FileType) -> NodeKind {
    if t.is_dir() {
        NodeKind::Directory
    } else if t.is_fifo() {
        NodeKind::Fifo
    } else if t.is_socket() {
        NodeKind::Socket
    } else if t.is_block_device() {
        NodeKind::BlockDevice
    } else if t.is_char_device() {
        NodeKind::CharacterDevice
    } else {
        NodeKind::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::os::unix::net::UnixListener;
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
        assert_eq!(e.family(), crate::Family::Io);
        let e = payload.read_exact_at(64, &mut [0; 64]).unwrap_err();
        assert_eq!(e.kind(), io::ErrorKind::UnexpectedEof);
        assert!(e.to_string().contains("x.iso: changed while it was being read"), "{e}");
    }

    #[test]
    fn a_file_replaced_by_name_is_still_the_one_that_was_opened() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.iso");
        fs::write(&path, b"old").unwrap();
        let payload = open_payload(&path).unwrap();
        fs::write(dir.path().join("y"), b"newer").unwrap();
        fs::rename(dir.path().join("y"), &path).unwrap();
        payload.check_unchanged().unwrap();
        let mut buf = [0; 3];
        payload.read_exact_at(0, &mut buf).unwrap();
        assert_eq!(&buf, b"old");
    }

    #[test]
    fn whatever_is_no_regular_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("fifo");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &fifo,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        let _listener = UnixListener::bind(dir.path().join("socket")).unwrap();
        let cases = [
            (dir.path().to_path_buf(), NodeKind::Directory),
            (fifo, NodeKind::Fifo),
            (dir.path().join("socket"), NodeKind::Socket),
            ("/dev/null".into(), NodeKind::CharacterDevice),
        ];
        for (path, expected) in cases {
            match open_payload(&path) {
                Err(e @ Error::NotRegular { kind, .. }) if kind == expected => {
                    assert_eq!(e.family(), crate::Family::Unsupported);
                }
                other => panic!("{}: {other:?}", path.display()),
            }
        }
        let e = open_payload(&dir.path().join("none.iso")).unwrap_err();
        assert!(e.to_string().contains("none.iso: cannot be opened"), "{e}");
    }
}
