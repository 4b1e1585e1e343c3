//! cpio archives in the `newc` form, the only one that the kernel unpacks.

use std::io::{self, Read};
use unpack::newc::{CRC_MAGIC, FileType, HEADER, Header, MAGIC, NUMBERS, TRAILER, padding};

/// The greatest length of a name, in bytes: the kernel's `PATH_MAX`.
const MAX_NAME: u64 = 4096;

/// The reason why there is no next entry.
#[derive(Debug)]
pub(super) enum Ended {
    /// The end of the archive.
    Trailer,
    /// Bytes that are no entry.
    NotCpio,
    /// A failure to read the archive.
    Io(io::Error),
}

impl From<io::Error> for Ended {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}

/// An entry of an archive: its name and mode.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    mode: u64,
}

impl Entry {
    pub(super) fn is_directory(&self) -> bool {
        FileType::of_mode(self.mode) == FileType::Directory
    }
}

/// A reader that can pass over bytes.
pub(super) trait Skip: Read {
    /// Passes over the next `bytes` bytes.
    ///
    /// # Errors
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if fewer are left.
    fn skip(&mut self, bytes: u64) -> io::Result<()>;
}

/// A reader whose bytes are passed over by reading them.
pub(super) struct Stream<R>(pub(super) R);

impl<R: Read> Read for Stream<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl<R: Read> Skip for Stream<R> {
    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        match io::copy(&mut self.0.by_ref().take(bytes), &mut io::sink())? {
            skipped if skipped == bytes => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// An archive that is read from start to end.
pub(super) struct Archive<R> {
    input: R,
    /// The number of bytes of the current entry's content that were not read, and of the padding
    /// behind them.
    content: u64,
    padding: u64,
}

impl<R: Skip> Archive<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, content: 0, padding: 0 }
    }

    /// The next entry; the rest of the current one is skipped.
    pub(super) fn next(&mut self) -> Result<Entry, Ended> {
        self.input.skip(self.content.saturating_add(self.padding))?;
        (self.content, self.padding) = (0, 0);
        let (mut magic, mut numbers) = ([0; MAGIC.len()], [0; NUMBERS]);
        self.input.read_exact(&mut magic)?;
        self.input.read_exact(&mut numbers)?;
        if ![MAGIC, CRC_MAGIC].contains(&&magic) {
            return Err(Ended::NotCpio);
        }
        let Header { mode, len, name_len, .. } =
            Header::of_numbers(&numbers).ok_or(Ended::NotCpio)?;
        if name_len == 0 || name_len > MAX_NAME {
            return Err(Ended::NotCpio);
        }
        let mut name = vec![0; name_len as usize];
        self.input.read_exact(&mut name)?;
        let skipped = self.input.skip(padding(HEADER as u64 + name_len));
        let end = name.iter().position(|b| *b == 0).unwrap_or(name.len());
        let name = &name[..end];
        if name == TRAILER {
            // Where the archive ends the file, the padding may be missing.
            return Err(Ended::Trailer);
        }
        skipped?;
        let name = String::from_utf8_lossy(name).into_owned();
        (self.content, self.padding) = (len, padding(len));
        Ok(Entry { name, mode })
    }

    /// The first `most` bytes of the current entry's content.
    pub(super) fn content(&mut self, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.input.by_ref().take(most.min(self.content)).read_to_end(&mut bytes)?;
        self.content -= bytes.len() as u64;
        Ok(bytes)
    }
}
