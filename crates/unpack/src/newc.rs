//! The header of a member of a cpio archive in the form `newc`, which Linux unpacks as an initrd and
//! rpm fills its packages with.
//! <https://docs.kernel.org/driver-api/early-userspace/buffer-format.html>
//!
//! ```text
//! 070701 ino mode uid gid nlink mtime filesize maj min rmaj rmin namesize check   8 hex digits each
//! name, NUL, padding to 4    contents, padding to 4
//! ```
//!
//! This module only knows the bytes. Its two users read archives in different ways: an initrd is
//! read for its names, as leniently as the kernel does it and seeking past the contents; a package
//! is read as strictly as rpm does it, has the names of one file joined, and may have members
//! without these numbers.

/// `c_magic` of members without a checksum.
pub const MAGIC: &[u8; 6] = b"070701";
/// `c_magic` of members with one.
pub const CRC_MAGIC: &[u8; 6] = b"070702";
/// The name of the member that ends an archive.
pub const TRAILER: &[u8] = b"TRAILER!!!";
/// The size of the header's numbers, which follow the magic: 13 of 8 hexadecimal digits.
pub const NUMBERS: usize = 13 * 8;
/// The size of a header.
pub const HEADER: usize = MAGIC.len() + NUMBERS;

const TYPE: u64 = 0o170_000;
const REGULAR: u64 = 0o100_000;
const DIRECTORY: u64 = 0o040_000;
const SYMLINK: u64 = 0o120_000;

/// The header of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Its inode, with the device's numbers: the same for all names of one file.
    pub inode: (u64, u64, u64),
    /// Type and permissions.
    pub mode: u64,
    /// The number of the file's names in the archive, this one included.
    pub links: u64,
    /// The length of the contents.
    pub len: u64,
    /// The length of the name, with the NUL behind it.
    pub name_len: u64,
}

/// The type of a member, as its mode says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileType {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link, whose contents are its target.
    Symlink,
    /// A device, a FIFO or a socket, or nothing that is known.
    Other,
}

impl Header {
    /// The header with these numbers; `None` if they are not hexadecimal.
    pub fn of_numbers(digits: &[u8; NUMBERS]) -> Option<Self> {
        let mut numbers = [0; 13];
        for (number, digits) in numbers.iter_mut().zip(digits.as_chunks().0) {
            *number = self::number(digits)?;
        }
        let [ino, mode, _, _, links, _, len, major, minor, _, _, name_len, _] = numbers;
        Some(Self { inode: (major, minor, ino), mode, links, len, name_len })
    }
}

impl FileType {
    /// The type that the bits of a mode stand for.
    pub fn of_mode(mode: u64) -> Self {
        match mode & TYPE {
            REGULAR => Self::Regular,
            DIRECTORY => Self::Directory,
            SYMLINK => Self::Symlink,
            _ => Self::Other,
        }
    }
}

/// The number that 8 hexadecimal digits write; `None` if they are none.
pub fn number(digits: &[u8; 8]) -> Option<u64> {
    digits.iter().try_fold(0, |value, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(value << 4 | u64::from(digit))
    })
}

/// The number of bytes that fill `len` bytes up to a multiple of 4.
pub fn padding(len: u64) -> u64 {
    len.wrapping_neg() % 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_eight_hexadecimal_digits() {
        assert_eq!(number(b"0000aBcD"), Some(0xABCD));
        assert_eq!(number(b"FFFFFFFF"), Some(0xFFFF_FFFF));
        for bad in [b"+0000001", b"-0000001", b" 0000001", b"0x000001", b"0000000g"] {
            assert_eq!(number(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_headers_fields_are_found() {
        let digits: Vec<u8> = (1..=13).flat_map(|n| format!("{n:08x}").into_bytes()).collect();
        let mut digits: [u8; NUMBERS] = digits.try_into().unwrap();
        let header = Header::of_numbers(&digits).unwrap();
        assert_eq!((header.inode, header.mode, header.links), ((8, 9, 1), 2, 5));
        assert_eq!((header.len, header.name_len), (7, 12));
        // Of numbers that nobody needs, too.
        digits[NUMBERS - 1] = b'?';
        assert_eq!(Header::of_numbers(&digits), None);
    }

    #[test]
    fn padding_fills_to_four() {
        assert_eq!([0, 1, 2, 3, 4, 110].map(padding), [0, 3, 2, 1, 0, 2]);
    }
}
