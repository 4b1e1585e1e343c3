//! The sectors of the medium that an image is for.

use core::fmt;

/// The size of a medium's logical sectors, in which partition tables and FAT count. An image is
/// made for one size: on a medium of another, nothing in it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum SectorSize {
    /// 512 bytes: nearly every disk and stick, also those that work in 4 KiB inside ("512e").
    #[default]
    Bytes512,
    /// 4096 bytes: "4Kn" disks, some USB bridges of large disks, some virtual disks.
    Bytes4096,
}

impl SectorSize {
    /// The size in bytes.
    pub const fn bytes(self) -> u64 {
        match self {
            Self::Bytes512 => 512,
            Self::Bytes4096 => 4096,
        }
    }
}

/// The size in bytes, as a number.
impl fmt::Display for SectorSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().fmt(f)
    }
}
