//! The image as the ISO reader's block device: bounded work, whatever the image says.

use crate::format::volume_descriptor::SECTOR;
use hadris_io::{Error, ErrorType};
use hadris_storage::sync::BlockDevice;
use hadris_storage::{BlockIndex, BlockSize};
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

const BYTES: usize = SECTOR as usize;
const BLOCK: BlockSize = match BlockSize::new(SECTOR as u32) {
    Some(size) => size,
    None => panic!("2048 is a power of two"),
};

/// Sectors kept in memory: 512 KiB.
const CACHED: usize = 256;

/// What a sector costs that comes from the file, where one that is still in memory costs 1.
const COST_OF_IO: u32 = 8;

/// Reads a file in sectors and counts them. Every loop inside the ISO reader reads; so a budget
/// bounds its time, even where it goes over the same few sectors again and again: directories
/// in circles, version numbers, hard links.
pub(crate) struct Device<R> {
    input: R,
    len: u64,
    budget: u32,
    exhausted: bool,
    cache: Vec<Option<(u64, Box<[u8; BYTES]>)>>,
}

impl<R> fmt::Debug for Device<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("len", &self.len).finish_non_exhaustive()
    }
}

impl<R: Read + Seek> Device<R> {
    pub(crate) fn new(input: R, len: u64, budget: u32) -> Self {
        Self { input, len, budget, exhausted: false, cache: (0..CACHED).map(|_| None).collect() }
    }

    /// Size of the file, in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Whether a read was refused because the budget was spent.
    pub(crate) fn exhausted(&self) -> bool {
        self.exhausted
    }

    /// Reads up to `buf.len()` bytes from `at` on, past the cache and the budget: for files'
    /// contents, which have a budget of their own.
    pub(crate) fn read_at(&mut self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let there = self.len.saturating_sub(at).min(buf.len() as u64) as usize;
        self.input.seek(SeekFrom::Start(at))?;
        self.input.read(&mut buf[..there])
    }

    /// A sector; zeros behind the end of the file.
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
}

impl<R> ErrorType for Device<R> {
    type Error = io::Error;
}

impl<R: Read + Seek> BlockDevice for Device<R> {
    fn block_size(&self) -> BlockSize {
        BLOCK
    }

    fn block_count(&self) -> u64 {
        self.len.div_ceil(SECTOR)
    }

    fn read_blocks(&mut self, first: BlockIndex, buf: &mut [u8]) -> Result<(), Error<io::Error>> {
        for (n, out) in buf.chunks_mut(BYTES).enumerate() {
            let sector = self
                .sector(first.get().saturating_add(n as u64))
                .map_err(|e| Error::device(e, "reading the image"))?;
            out.copy_from_slice(&sector[..out.len()]);
        }
        Ok(())
    }
}
