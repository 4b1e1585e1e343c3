//! A device in memory that keeps only what is not zero.

use core::convert::Infallible;
use hadris_io::{Error, ErrorKind, ErrorType};
use hadris_storage::sync::BlockDevice;
use hadris_storage::{BlockIndex, BlockSize};
use image_layout::SectorSize;
use std::collections::BTreeMap;

/// The sectors that are not all zeros, by number. All others read as zeros, and a sector to which
/// zeros are written becomes one of them. So the contents of files take no memory: the driver is
/// only ever given zeros for them.
#[derive(Debug)]
pub(crate) struct SparseDevice {
    sector_size: BlockSize,
    sectors: u64,
    written: BTreeMap<u64, Box<[u8]>>,
}

/// The zeros of a sector of the largest size.
const ZEROS: [u8; 4096] = [0; 4096];

impl SparseDevice {
    pub(crate) fn new(sector_size: SectorSize, sectors: u64) -> Self {
        // OK to cast: 512 or 4096, both powers of two.
        let sector_size = BlockSize::new(sector_size.bytes() as u32).expect("a power of two");
        Self { sector_size, sectors, written: BTreeMap::new() }
    }

    fn size(&self) -> usize {
        self.sector_size.get() as usize
    }

    /// The bytes of `at..at + len`, which need not be whole sectors.
    pub(crate) fn bytes(&self, at: u64, len: u64) -> Vec<u8> {
        let size = self.size() as u64;
        let first = at / size;
        let mut sectors = vec![0; ((at + len).div_ceil(size) - first) as usize * self.size()];
        for (chunk, sector) in sectors.chunks_mut(self.size()).zip(first..) {
            if let Some(bytes) = self.written.get(&sector) {
                chunk.copy_from_slice(bytes);
            }
        }
        let skip = (at - first * size) as usize;
        sectors.drain(..skip);
        sectors.truncate(len as usize);
        sectors
    }

    /// The number of bytes of `at..at + len` up to the end of the last sector that is not zero.
    /// Both ends are at the border of sectors.
    pub(crate) fn used(&self, at: u64, len: u64) -> u64 {
        let size = self.size() as u64;
        let range = at / size..(at + len) / size;
        self.written.range(range).next_back().map_or(0, |(last, _)| (last + 1) * size - at)
    }

    /// Checks that `buf` is whole sectors, and that as many exist from `first` on.
    fn check(&self, first: BlockIndex, buf: &[u8]) -> Result<(), Error<Infallible>> {
        let count = (buf.len() / self.size()) as u64;
        let end = first.get().checked_add(count).filter(|end| *end <= self.sectors);
        match end {
            Some(_) if buf.len().is_multiple_of(self.size()) => Ok(()),
            _ => Err(Error::new(ErrorKind::InvalidInput, "sectors that are not there")),
        }
    }
}

impl ErrorType for SparseDevice {
    type Error = Infallible;
}

impl BlockDevice for SparseDevice {
    fn block_size(&self) -> BlockSize {
        self.sector_size
    }

    fn block_count(&self) -> u64 {
        self.sectors
    }

    fn writable(&self) -> bool {
        true
    }

    fn read_blocks(&mut self, first: BlockIndex, buf: &mut [u8]) -> Result<(), Error<Infallible>> {
        self.check(first, buf)?;
        buf.copy_from_slice(&self.bytes(first.get() * self.size() as u64, buf.len() as u64));
        Ok(())
    }

    fn write_blocks(&mut self, first: BlockIndex, buf: &[u8]) -> Result<(), Error<Infallible>> {
        self.check(first, buf)?;
        let blank = &ZEROS[..self.size()];
        let sectors = first.get()..first.get() + (buf.len() / self.size()) as u64;
        // A file's contents come as zeros, 64 KiB at a time, into sectors that are zero already:
        // for all of an ISO nothing needs to be done.
        if self.written.range(sectors.clone()).next().is_none()
            && buf.chunks(self.size()).all(|bytes| bytes == blank)
        {
            return Ok(());
        }
        for (bytes, sector) in buf.chunks(self.size()).zip(sectors) {
            if bytes == blank {
                self.written.remove(&sector);
            } else {
                self.written.insert(sector, bytes.into());
            }
        }
        Ok(())
    }
}
