//! The unit in which a BIOS reads, and how many of them it reads of a core image.

/// Bytes in a sector.
pub const SECTOR: usize = 512;

/// Most sectors that the loader in `diskboot.img` takes: from address 0x9000 to 0x78000.
pub(crate) const MOST_CORE_SECTORS: u64 = (0x78000 - 0x9000) / SECTOR as u64;

/// Sectors that hold `bytes` bytes.
pub(crate) fn sectors_of(bytes: usize) -> u64 {
    bytes.div_ceil(SECTOR) as u64
}
