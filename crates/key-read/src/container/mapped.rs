//! An image in units of one size, of which each lies somewhere in a file, or is zeros.

use super::{Container, Unreadable, Whole};
use image_layout::ReadAt;
use std::fs::File;
use std::io;

/// Most units that are mapped: 32 MiB of memory.
const MOST_UNITS: u64 = 1 << 22;

/// The place of a unit that reads as zero.
const ZEROS: u64 = u64::MAX;

/// A mapped image.
#[derive(Debug)]
pub(crate) struct Mapped {
    file: Whole,
    len: u64,
    unit: u64,
    /// The place of each unit in the file; [`ZEROS`]: nowhere.
    units: Vec<u64>,
}

impl Mapped {
    /// An image of `len` bytes, all zeros.
    pub fn new(file: Whole, len: u64, unit: u64) -> Result<Self, Unreadable> {
        let count = len.div_ceil(unit.max(1));
        if unit == 0 || count > MOST_UNITS {
            let what = format!("it says to have {len} bytes in units of {unit}, too many to read");
            return Err(Unreadable::because(what));
        }
        // OK to cast: checked.
        Ok(Self { file, len, unit, units: vec![ZEROS; count as usize] })
    }

    pub fn whole(&self) -> &Whole {
        &self.file
    }

    pub fn count(&self) -> u64 {
        self.units.len() as u64
    }

    /// Records that a unit lies at the byte `at` of the file; 0 means nowhere, so that it stays
    /// zeros.
    pub fn set(&mut self, unit: u64, at: u64) {
        if let Some(slot) = usize::try_from(unit).ok().and_then(|n| self.units.get_mut(n)) {
            *slot = if at == 0 { ZEROS } else { at };
        }
    }
}

impl Mapped {
    /// Records that all units lie in the file one behind the other, from its first byte on.
    pub fn in_one_piece(&mut self) {
        for (slot, n) in self.units.iter_mut().zip(0..) {
            *slot = n * self.unit;
        }
    }
}

impl Container for Mapped {
    fn file(&self) -> &File {
        &self.file.file
    }
}

impl ReadAt for Mapped {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        if offset.checked_add(buf.len() as u64).is_none_or(|end| end > self.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let (mut at, mut rest) = (offset, buf);
        while !rest.is_empty() {
            let within = at % self.unit;
            let len = usize::try_from(self.unit - within).unwrap_or(usize::MAX).min(rest.len());
            let (piece, behind) = rest.split_at_mut(len);
            // OK to cast: an index of what is in memory.
            match self.units[(at / self.unit) as usize] {
                ZEROS => piece.fill(0),
                place => self.file.read_exact_at(place.saturating_add(within), piece)?,
            }
            (at, rest) = (at + len as u64, behind);
        }
        Ok(())
    }
}
