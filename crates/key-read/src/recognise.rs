//! What a part of a disk holds, by its first bytes: also what this crate does not read.

use core::fmt;
use image_layout::{Part, ReadAt};
use std::io;

/// Bytes from the start in which magic numbers lie; that of btrfs is the last.
const HEAD: u64 = 0x1_1000;

/// The content of a part of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A file system, or something that holds other things, by its name in the field.
    Known {
        /// The name: `NTFS`, `LUKS`.
        name: &'static str,
        /// The consequence for somebody who looks for files there.
        note: &'static str,
    },
    /// Only zeros, as far as was looked.
    Zeros,
    /// Nothing that is known.
    Unknown,
}

/// The magic numbers: each with its offset, its bytes, the name of the format, and the note about
/// it.
const MAGIC: [(usize, &[u8], &str, &str); 19] = [
    (0, b"LUKS\xba\xbe", "LUKS", "encrypted: what is in it shows only with its passphrase"),
    (0, b"-FVE-FS-", "BitLocker", "encrypted by Windows"),
    (3, b"-FVE-FS-", "BitLocker", "encrypted by Windows"),
    (3, b"NTFS    ", "NTFS", "Windows' own; GRUB reads it with its module ntfs"),
    (3, b"EXFAT   ", "exFAT", "of large sticks; GRUB reads it with its module exfat"),
    (0x200, b"LABELONE", "LVM", "a physical volume: its logical volumes are put together by LVM"),
    (0, b"XFSB", "XFS", ""),
    (0x1_0040, b"_BHRfS_M", "btrfs", ""),
    (0x400, b"\x10\x20\xf5\xf2", "F2FS", ""),
    (0x8001, b"CD001", "ISO 9660", "the file system of CDs"),
    (0x8001, b"NSR02", "UDF", ""),
    (0, b"hsqs", "squashfs", ""),
    (0xff6, b"SWAPSPACE2", "swap space", ""),
    (0x1000, b"\xfc\x4e\x2b\xa9", "a RAID member", "of Linux md"),
    (0, b"\xfc\x4e\x2b\xa9", "a RAID member", "of Linux md"),
    (0x400, b"\xe2\xe1\xf5\xe0", "EROFS", ""),
    (0x400, b"H+\x00\x04", "HFS+", "Apple's former file system"),
    (0x400, b"HX\x00\x05", "HFS+", "Apple's former file system"),
    (32, b"NXSB", "APFS", "Apple's file system"),
];

/// Looks at the first bytes of a part.
///
/// # Errors
/// The medium's.
pub fn recognise(part: Part<'_>) -> io::Result<Content> {
    let there = part.len().saturating_sub(part.missing()).min(HEAD);
    // OK to cast: at most `HEAD`.
    let head = part.read_vec(0, there as usize)?;
    let has = |at: usize, magic: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(magic));
    if let Some((.., name, note)) = MAGIC.iter().find(|(at, magic, ..)| has(*at, magic)) {
        return Ok(Content::Known { name, note });
    }
    Ok(match head.iter().all(|b| *b == 0) {
        true => Content::Zeros,
        false => Content::Unknown,
    })
}

impl Content {
    /// Whether it is the file system of ISOs.
    pub fn is_iso(self) -> bool {
        matches!(self, Self::Known { name: "ISO 9660", .. })
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known { name, note: "" } => f.write_str(name),
            Self::Known { name, note } => write!(f, "{name} ({note})"),
            Self::Zeros => f.write_str("zeros"),
            Self::Unknown => f.write_str("nothing that is known here"),
        }
    }
}
