//! The budget of one archive: a small archive must not become a tree that fills the memory.

use crate::Error;
use crate::error::shown;

/// Most levels of directories in a name. Linux opens no longer path than one of 2048 levels.
const LEVELS: usize = 4096;
/// The most directories without a member of their own, besides one for each [`BYTES_OF_IMPLIED`]
/// bytes of the archive.
const IMPLIED: u64 = 1 << 15;
const BYTES_OF_IMPLIED: u64 = 2048;
/// Most bytes of names, besides one for each so many bytes of archive. A key's plan and record hold names
/// with all their directories: together some five bytes for each of a name.
const NAMES: u64 = 8 << 20;
const BYTES_OF_NAMES: u64 = 8;
/// The most bytes of extended attributes, besides as many as the archive has bytes. They are
/// bounded because global records give the same attributes to every member.
const ATTRIBUTES: u64 = 16 << 20;
/// Most pieces that the sparse files of an archive may have together; their maps take 16 MiB.
const PIECES: usize = 1 << 18;

/// The budget of an archive, with what it has spent so far.
#[derive(Debug, Default)]
pub(super) struct ArchiveBudget {
    implied: u64,
    names: u64,
    attributes: u64,
    pieces: usize,
}

impl ArchiveBudget {
    /// Charges a name with so many levels.
    pub(super) fn levels(&self, path: &[u8], levels: usize) -> Result<(), Error> {
        let head = path.get(..64).unwrap_or(path);
        match levels > LEVELS {
            true => Err(Error::TooDeep { path: shown(head), levels, max: LEVELS }),
            false => Ok(()),
        }
    }

    /// Charges directories that have no member of their own, when `at` bytes were read.
    pub(super) fn implied(&mut self, directories: usize, at: u64) -> Result<(), Error> {
        self.implied = self.implied.saturating_add(directories as u64);
        let max = IMPLIED + at / BYTES_OF_IMPLIED;
        match self.implied > max {
            true => Err(too_long(at, "directories without a member", self.implied, max)),
            false => Ok(()),
        }
    }

    /// Charges the name of a member, when `at` bytes were read.
    pub(super) fn name(&mut self, path: &[u8], at: u64) -> Result<(), Error> {
        self.names = self.names.saturating_add(path.len() as u64);
        let max = NAMES + at / BYTES_OF_NAMES;
        match self.names > max {
            true => Err(too_long(at, "bytes of names", self.names, max)),
            false => Ok(()),
        }
    }

    /// Charges extended attributes of so many bytes, when `at` bytes were read.
    pub(super) fn attributes(&mut self, bytes: usize, at: u64) -> Result<(), Error> {
        self.attributes = self.attributes.saturating_add(bytes as u64);
        let max = ATTRIBUTES.saturating_add(at);
        match self.attributes > max {
            true => Err(too_long(at, "extended attributes", self.attributes, max)),
            false => Ok(()),
        }
    }

    /// The number of pieces that sparse files may still have.
    pub(super) fn pieces_left(&self) -> usize {
        PIECES.saturating_sub(self.pieces)
    }

    /// Charges the pieces of a sparse file.
    pub(super) fn pieces(&mut self, pieces: usize) {
        self.pieces = self.pieces.saturating_add(pieces);
    }
}

fn too_long(at: u64, what: &'static str, len: u64, max: u64) -> Error {
    Error::TooMuch { at, what, len, max }
}
