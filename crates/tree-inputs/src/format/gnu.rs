//! The fields that GNU tar adds to the header in its own format.
//!
//! <https://www.gnu.org/software/tar/manual/html_node/Standard.html>

use ondisk::ondisk;

ondisk! {
    /// The place of a piece of a sparse file.
    pub struct Sparse [24] {
        0x00  offset   : [u8; 12] = "In the file.";
        0x0C  numbytes : [u8; 12] = "How many bytes.";
    }

    /// The fields of GNU tar from offset 345 on, where POSIX has `prefix`.
    pub struct OldGnu [167] {
        0x00  atime      : [u8; 12]    = "Last access.";
        0x0C  ctime      : [u8; 12]    = "Last change.";
        0x18  offset     : [u8; 12]    = "Of a part of a file on several volumes.";
        0x24  longnames  : [u8; 4]     = "Not used.";
        0x28  pad        : u8          = "Nothing.";
        0x29  sp         : [Sparse; 4] = "The first pieces of a sparse file.";
        0x89  isextended : u8          = "Not 0: a block with more pieces follows.";
        0x8A  realsize   : [u8; 12]    = "Length of the sparse file.";
        0x96  pad2       : [u8; 17]    = "Nothing.";
    }

    /// A block with more pieces of a sparse file.
    pub struct Extended [512] {
        0x000  sp         : [Sparse; 21] = "Pieces.";
        0x1F8  isextended : u8           = "Not 0: another such block follows.";
        0x1F9  pad        : [u8; 7]      = "Nothing.";
    }
}

/// The offset of `OldGnu` in the header.
pub const OLD_GNU: usize = 345;

/// `typeflag`: the contents are the next member's name.
pub const LONGNAME: u8 = b'L';
/// `typeflag`: the contents are the next member's link target.
pub const LONGLINK: u8 = b'K';
/// `typeflag`: a sparse file.
pub const SPARSE: u8 = b'S';
/// `typeflag`: a directory of an incremental backup; the contents are a list of its entries.
pub const DUMPDIR: u8 = b'D';
/// `typeflag`: a label of the archive.
pub const VOLHDR: u8 = b'V';
