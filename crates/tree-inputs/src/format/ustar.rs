//! The header block of a tar archive as POSIX has it.
//!
//! <https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06>

use ondisk::ondisk;

ondisk! {
    /// ustar header block. Numbers are octal digits, or base-256 with the first byte's high bit
    /// set (GNU, star).
    pub struct Ustar [512] {
        0x000  name     : [u8; 100] = "Name; the end of it where prefix is used.";
        0x064  mode     : [u8; 8]   = "Permissions.";
        0x06C  uid      : [u8; 8]   = "Owner.";
        0x074  gid      : [u8; 8]   = "Group.";
        0x07C  size     : [u8; 12]  = "Bytes that follow the header.";
        0x088  mtime    : [u8; 12]  = "Last modification, seconds since 1970.";
        0x094  chksum   : [u8; 8]   = "Sum of the header's bytes, these taken as spaces.";
        0x09C  typeflag : u8        = "Type of the member.";
        0x09D  linkname : [u8; 100] = "Target of a link.";
        0x101  magic    : [u8; 6]   = "`ustar\\0`; `ustar ` in GNU's own format.";
        0x107  version  : [u8; 2]   = "`00`; ` \\0` in GNU's own format.";
        0x109  uname    : [u8; 32]  = "Owner's name.";
        0x129  gname    : [u8; 32]  = "Group's name.";
        0x149  devmajor : [u8; 8]   = "Major number of a device.";
        0x151  devminor : [u8; 8]   = "Minor number of a device.";
        0x159  prefix   : [u8; 155] = "What comes before name, and a slash.";
        0x1F4  pad      : [u8; 12]  = "Nothing.";
    }
}

/// Size of a block.
pub const BLOCK: usize = 512;
/// The bytes of `chksum` in the header.
pub const CHKSUM: core::ops::Range<usize> = 0x94..0x9C;

/// `magic` of POSIX: `prefix` may be used.
pub const MAGIC: &[u8; 6] = b"ustar\0";

/// `typeflag`: a regular file.
pub const REGTYPE: u8 = b'0';
/// `typeflag`: a regular file before POSIX; a directory when the name ends with a slash.
pub const AREGTYPE: u8 = 0;
/// `typeflag`: one more name of a file.
pub const LNKTYPE: u8 = b'1';
/// `typeflag`: a symbolic link.
pub const SYMTYPE: u8 = b'2';
/// `typeflag`: a character device.
pub const CHRTYPE: u8 = b'3';
/// `typeflag`: a block device.
pub const BLKTYPE: u8 = b'4';
/// `typeflag`: a directory.
pub const DIRTYPE: u8 = b'5';
/// `typeflag`: a fifo.
pub const FIFOTYPE: u8 = b'6';
/// `typeflag`: a file that lies in one piece.
pub const CONTTYPE: u8 = b'7';
/// `typeflag`: pax records about the next member.
pub const XHDTYPE: u8 = b'x';
/// `typeflag`: pax records about all members that follow.
pub const XGLTYPE: u8 = b'g';
