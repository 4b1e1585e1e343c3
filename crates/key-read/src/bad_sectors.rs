//! Bad sectors: parts of a medium that cannot be read. They come as zeros, and are remembered.

use core::fmt;
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// The number of bytes that are read at once where a longer read fails: a page of the kernel, and
/// no less than a sector of any medium.
pub(crate) const SECTORS: u64 = 4096;

/// A range of an image that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRange {
    /// The bytes.
    pub bytes: Range<u64>,
    /// The error that the medium gave for the first of them.
    pub why: String,
}

impl fmt::Display for BadRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot be read: {}", self.why)
    }
}

/// The ranges that could not be read, by their first byte. No two of them touch.
#[derive(Debug, Default)]
pub(crate) struct BadSectors(Mutex<BTreeMap<u64, BadRange>>);

impl BadSectors {
    /// Reads bytes by `read`. What the medium cannot give comes as zeros: after a failure each
    /// `unit` is tried by itself.
    pub(crate) fn read(
        &self,
        offset: u64,
        buf: &mut [u8],
        unit: u64,
        read: impl Fn(u64, &mut [u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        match read(offset, buf) {
            Err(e) if is_about_bytes(&e) => {}
            done => return done,
        }
        let (mut at, mut rest) = (offset, buf);
        while !rest.is_empty() {
            let len = usize::try_from(unit - at % unit).unwrap_or(usize::MAX).min(rest.len());
            let (piece, behind) = rest.split_at_mut(len);
            match read(at, piece) {
                Err(e) if is_about_bytes(&e) => {
                    piece.fill(0);
                    self.note(at..at + len as u64, &e);
                }
                done => done?,
            }
            (at, rest) = (at + len as u64, behind);
        }
        Ok(())
    }

    fn note(&self, mut bytes: Range<u64>, error: &io::Error) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut why = error.to_string();
        // A range that begins where this one ends touches it, and is merged, too.
        while let Some((&start, before)) = all.range(..=bytes.end).next_back() {
            if before.bytes.end < bytes.start {
                break;
            }
            if start < bytes.start {
                (bytes.start, why) = (start, before.why.clone());
            }
            bytes.end = bytes.end.max(before.bytes.end);
            all.remove(&start);
        }
        all.insert(bytes.start, BadRange { bytes, why });
    }

    /// The parts of a range that are known by now to be unreadable.
    pub(crate) fn within(&self, range: Range<u64>) -> Vec<BadRange> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let reaches = |bad: &&BadRange| bad.bytes.end > range.start;
        let cut = |bad: &BadRange| {
            let bytes = bad.bytes.start.max(range.start)..bad.bytes.end.min(range.end);
            BadRange { bytes, why: bad.why.clone() }
        };
        let mut found: Vec<_> =
            all.range(..range.end).rev().map(|(_, bad)| bad).take_while(reaches).map(cut).collect();
        found.reverse();
        found
    }
}

/// The errors by which Linux says that a medium cannot give certain bytes. Others say something
/// else: a stick that was pulled out has no bytes at all (`ENODEV`, `ENXIO`), and where memory is
/// short the bytes are not bad.
const OF_THE_BYTES: [Errno; 7] = [
    Errno::IO,
    Errno::ILSEQ,
    Errno::NODATA,
    Errno::REMOTEIO,
    Errno::TIMEDOUT,
    Errno::BADMSG,
    Errno::UCLEAN,
];

/// Whether an error of reading is about the very bytes that were asked for.
fn is_about_bytes(error: &io::Error) -> bool {
    Errno::from_io_error(error).is_some_and(|errno| OF_THE_BYTES.contains(&errno))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A medium of sevens whose sectors 3, 4 and 9 are bad.
    fn medium(offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let end = offset + buf.len() as u64;
        let bad = |sector: &u64| offset < (sector + 1) * SECTORS && sector * SECTORS < end;
        if [3, 4, 9].iter().any(bad) {
            return Err(io::Error::from_raw_os_error(5));
        }
        if end > 20 * SECTORS {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buf.fill(7);
        Ok(())
    }

    #[test]
    fn only_what_cannot_be_read_is_zero_and_is_remembered() {
        let sectors = BadSectors::default();
        let mut buf = vec![1; 10 * SECTORS as usize];
        sectors.read(100, &mut buf, SECTORS, medium).unwrap();
        let expected = |at: u64| match (at + 100) / SECTORS {
            3 | 4 | 9 => 0,
            _ => 7,
        };
        assert!((0..).zip(&buf).all(|(at, byte)| *byte == expected(at)));
        // A second read, from elsewhere, finds them known already.
        sectors.read(3 * SECTORS + 5, &mut buf[..10], SECTORS, medium).unwrap();
        sectors.read(9 * SECTORS, &mut buf[..SECTORS as usize], SECTORS, medium).unwrap();
        let places = |range| {
            let found = sectors.within(range).into_iter();
            found.map(|bad| (bad.bytes.start, bad.bytes.end)).collect::<Vec<_>>()
        };
        let nine = (9 * SECTORS, 10 * SECTORS);
        assert_eq!(places(0..u64::MAX), [(3 * SECTORS, 5 * SECTORS), nine]);
        assert_eq!(
            places(4 * SECTORS..9 * SECTORS + 1),
            [(4 * SECTORS, 5 * SECTORS), (nine.0, nine.0 + 1)]
        );
        assert_eq!(places(5 * SECTORS..9 * SECTORS), []);
        assert!(sectors.within(nine.0..nine.1)[0].why.contains("os error 5"));
    }

    #[test]
    fn a_medium_that_is_gone_has_no_bad_sectors() {
        for errno in [Errno::NODEV, Errno::NXIO, Errno::NOMEM, Errno::INTR] {
            let sectors = BadSectors::default();
            let read = |_, _: &mut [u8]| Err(errno.into());
            let error = sectors.read(0, &mut [0; 8192], SECTORS, read).unwrap_err();
            assert_eq!(Errno::from_io_error(&error), Some(errno));
            assert_eq!(sectors.within(0..u64::MAX), []);
        }
    }

    #[test]
    fn the_end_of_an_image_is_no_bad_sector() {
        let sectors = BadSectors::default();
        let error = sectors.read(19 * SECTORS, &mut [0; 8192], SECTORS, medium).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(sectors.within(0..u64::MAX), []);
    }
}
