//! The image file, read in sectors within a budget.

use crate::format::volume_descriptor::SECTOR;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

const BYTES: usize = SECTOR as usize;

/// The number of sectors kept in memory, 512 KiB.
const CACHED: usize = 256;

/// The cost of a sector that is read from the file; one that is still in memory costs 1.
const COST_OF_IO: u32 = 8;

/// What the bytes of an image come from: a file, or memory.
trait Input: Read + Seek {}

impl<T: Read + Seek> Input for T {}

/// The image file, with a budget for the sectors that are read. The budget limits the time for
/// reading directories, even if a hostile image leads to the same few sectors again and again.
pub(crate) struct Device<'r> {
    input: Box<dyn Input + 'r>,
    len: u64,
    budget: u32,
    exhausted: bool,
    cache: Vec<Option<(u64, Box<[u8; BYTES]>)>>,
}

impl fmt::Debug for Device<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("len", &self.len).finish_non_exhaustive()
    }
}

impl<'r> Device<'r> {
    pub(crate) fn new(input: impl Read + Seek + 'r, len: u64, budget: u32) -> Self {
        let input = Box::new(input);
        Self { input, len, budget, exhausted: false, cache: (0..CACHED).map(|_| None).collect() }
    }

    /// The size of the file, in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Whether a read was refused because the budget was spent.
    pub(crate) fn exhausted(&self) -> bool {
        self.exhausted
    }

    /// Reads up to `buf.len()` bytes from byte `at` on, without the cache or the budget: the
    /// contents of files have a budget of their own.
    pub(crate) fn read_at(&mut self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let there = self.len.saturating_sub(at).min(buf.len() as u64) as usize;
        self.input.seek(SeekFrom::Start(at))?;
        self.input.read(&mut buf[..there])
    }

    /// The sector `index`; behind the end of the file it is zeros.
    pub(crate) fn sector(&mut self, index: u64) -> io::Result<&[u8; BYTES]> {
        let slot = &mut self.cache[index as usize % CACHED];
        let held = slot.as_ref().is_some_and(|(held, _)| *held == index);
        match self.budget.checked_sub(if held { 1 } else { COST_OF_IO }) {
            Some(left) => self.budget = left,
            None => {
                self.exhausted = true;
                return Err(io::Error::other("the budget for reading this image is spent"));
            }
        }
        if !held {
            let mut data = slot.take().map_or_else(|| Box::new([0; BYTES]), |(_, data)| data);
            let at = index.saturating_mul(SECTOR);
            let there = self.len.saturating_sub(at).min(SECTOR) as usize;
            let (file, rest) = data.split_at_mut(there);
            self.input.seek(SeekFrom::Start(at))?;
            self.input.read_exact(file)?;
            rest.fill(0);
            *slot = Some((index, data));
        }
        match slot {
            Some((_, data)) => Ok(data),
            None => Err(io::ErrorKind::Other.into()),
        }
    }

    /// The `len` bytes from byte `at` on; behind the end of the file they are zeros.
    pub(crate) fn bytes(&mut self, at: u64, len: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(len);
        while bytes.len() < len {
            let at = at.saturating_add(bytes.len() as u64);
            let within = (at % SECTOR) as usize;
            let piece = (BYTES - within).min(len - bytes.len());
            bytes.extend_from_slice(&self.sector(at / SECTOR)?[within..within + piece]);
        }
        Ok(bytes)
    }
}
