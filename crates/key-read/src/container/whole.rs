//! A file that may hold an image in another form, and what such a form is.

use image_layout::ReadAt;
use std::fmt::Debug;
use std::fs::File;
use std::io;

/// An image in another form.
pub(crate) trait Container: ReadAt + Debug + Send + Sync {
    /// The file that holds it.
    fn file(&self) -> &File;
}

/// Why a container cannot be read, in words; or the medium's error.
#[derive(Debug)]
pub(crate) enum Unreadable {
    Because(String),
    Io(io::Error),
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Because("it ends too early".into()),
            _ => Self::Io(error),
        }
    }
}

impl Unreadable {
    pub(super) fn because(what: impl Into<String>) -> Self {
        Self::Because(what.into())
    }
}

/// A file whose length is known.
#[derive(Debug)]
pub(crate) struct Whole {
    pub file: File,
    pub len: u64,
}

impl ReadAt for Whole {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, buf, offset)
    }
}
