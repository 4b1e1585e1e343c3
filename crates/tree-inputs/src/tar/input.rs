//! The input: the archive's bytes. Contents stay in the archive's file, or are copied to a spool
//! file.

use crate::Error;
use crate::format::ustar::BLOCK;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;

/// Bytes that are copied at a time.
const CHUNK: usize = 1 << 18;

/// An archive that is being read from the start to the end.
pub(super) struct Input<R> {
    from: From<R>,
    /// The offset of the next byte in the archive.
    pub at: u64,
}

enum From<R> {
    /// A file. Contents are skipped, and read from it later.
    File { file: File, len: u64 },
    /// A stream. Contents are copied to `spool`, one behind the other.
    Stream { reader: R, spool: File, spooled: u64, chunk: Box<[u8]> },
}

impl Input<io::Empty> {
    pub fn of_file(file: File, len: u64) -> Self {
        Self { from: From::File { file, len }, at: 0 }
    }
}

impl<R: Read> Input<R> {
    pub fn of_stream(reader: R, spool: File) -> Self {
        let chunk = vec![0; CHUNK].into();
        Self { from: From::Stream { reader, spool, spooled: 0, chunk }, at: 0 }
    }

    fn fail(&self) -> impl FnOnce(io::Error) -> Error + use<R> {
        let at = self.at;
        move |source| Error::Io {
            path: format!("the archive at byte {at}"),
            what: "cannot be read",
            source,
        }
    }

    fn truncated(&self, what: &str) -> Error {
        let at = match &self.from {
            From::File { len, .. } => *len,
            From::Stream { .. } => self.at,
        };
        Error::Truncated { at, what: what.to_owned() }
    }

    /// Fills `buf` up to the end of the archive; returns the number of bytes.
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Error> {
        let mut done = 0;
        while done < buf.len() {
            let read = match &mut self.from {
                From::File { file, .. } => file.read_at(&mut buf[done..], self.at),
                From::Stream { reader, .. } => reader.read(&mut buf[done..]),
            };
            match read {
                Ok(0) => break,
                Ok(n) => {
                    done += n;
                    self.at += n as u64;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(self.fail()(e)),
            }
        }
        Ok(done)
    }

    /// The next block; `None` at the end of the archive.
    pub fn block(&mut self, what: &str) -> Result<Option<[u8; BLOCK]>, Error> {
        let mut block = [0; BLOCK];
        match self.read(&mut block)? {
            0 => Ok(None),
            BLOCK => Ok(Some(block)),
            _ => Err(self.truncated(what)),
        }
    }

    /// Reads the next `len` bytes into memory, and skips the padding of their last block.
    pub fn bytes(&mut self, len: usize, what: &str) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; len.next_multiple_of(BLOCK)];
        if self.read(&mut bytes)? < bytes.len() {
            return Err(self.truncated(what));
        }
        bytes.truncate(len);
        Ok(bytes)
    }

    /// Takes the next `len` bytes as contents, and skips the padding of their last block. Returns
    /// the contents' offset in the source.
    pub fn content(&mut self, len: u64, what: &str) -> Result<u64, Error> {
        let padded = len.checked_next_multiple_of(BLOCK as u64);
        let padded = padded.ok_or_else(|| self.truncated(what))?;
        let padding = padded - len;
        if let From::File { len: all, .. } = &self.from {
            let start = self.at;
            match self.at.checked_add(padded).filter(|end| end <= all) {
                Some(end) => self.at = end,
                None => return Err(self.truncated(what)),
            }
            return Ok(start);
        }
        let mut left = len;
        let start = self.spooled();
        while left > 0 {
            let (n, copied) = match &mut self.from {
                From::File { .. } => return Ok(start),
                From::Stream { reader, spool, spooled, chunk } => {
                    let want = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
                    match reader.read(&mut chunk[..want]) {
                        Ok(n) => {
                            let copied = spool.write_all(&chunk[..n]);
                            *spooled += n as u64;
                            (n, copied)
                        }
                        Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                        Err(e) => return Err(self.fail()(e)),
                    }
                }
            };
            copied.map_err(Error::io("the spool file", "cannot be written"))?;
            if n == 0 {
                return Err(self.truncated(what));
            }
            self.at += n as u64;
            left -= n as u64;
        }
        // OK to cast: less than a block.
        let mut rest = [0; BLOCK];
        if self.read(&mut rest[..padding as usize])? < padding as usize {
            return Err(self.truncated(what));
        }
        Ok(start)
    }

    fn spooled(&self) -> u64 {
        match &self.from {
            From::File { .. } => 0,
            From::Stream { spooled, .. } => *spooled,
        }
    }

    /// The file that holds the contents.
    pub fn into_file(self) -> File {
        match self.from {
            From::File { file, .. } => file,
            From::Stream { spool, .. } => spool,
        }
    }
}
