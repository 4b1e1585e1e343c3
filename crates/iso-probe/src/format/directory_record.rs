//! Directory records: ECMA-119 (4th edition) section 10.1; and what Rock Ridge puts behind their
//! names: SUSP 1.12, RRIP 1.12.

use ondisk::{Be32, Le16, Le32};

/// Bytes of a record in front of the file identifier.
pub(crate) const RECORD_HEAD: usize = 33;
/// The part of `file_flags` that tells files from directories, and its value for directories.
pub(crate) const TYPE_FLAGS: u8 = 3;
pub(crate) const DIRECTORY: u8 = 2;
/// `file_flags`: the next record goes on with this file.
pub(crate) const MULTI_EXTENT: u8 = 0x80;
/// File identifiers of a directory itself and of the one above it.
pub(crate) const THIS: &[u8] = &[0];
pub(crate) const ABOVE: &[u8] = &[1];

/// Bytes of a system use entry in front of its data: signature, length, version.
pub(crate) const SUSP_HEAD: usize = 4;
/// `NM` flags: the name is that of the directory itself, or of the one above.
pub(crate) const NM_CURRENT: u8 = 2;
pub(crate) const NM_PARENT: u8 = 4;
/// Component flags in `SL`: the component goes on in the next one; which of the special ones it is.
pub(crate) const SL_CONTINUE: u8 = 1;
pub(crate) const SL_KIND: u8 = 0x1e;
pub(crate) const SL_CURRENT: u8 = 2;
pub(crate) const SL_PARENT: u8 = 4;
pub(crate) const SL_ROOT: u8 = 8;
/// File types in `PX`'s `st_mode`.
pub(crate) const S_IFMT: u16 = 0o170_000;
pub(crate) const S_IFDIR: u16 = 0o040_000;
pub(crate) const S_IFREG: u16 = 0o100_000;
pub(crate) const S_IFLNK: u16 = 0o120_000;

ondisk::ondisk! {
    /// A directory record without its file identifier.
    pub(crate) struct DirectoryRecord [33] {
        0x00  length                    : u8      = "Bytes of the record; 0: the next one starts in the next sector.";
        0x01  extended_attribute_length : u8      = "Blocks in front of the contents.";
        0x02  extent                    : Le32    = "First block of the contents.";
        0x06  extent_be                 : Be32    = "The same.";
        0x0A  data_length               : Le32    = "Bytes of the contents.";
        0x0E  data_length_be            : Be32    = "The same.";
        0x12  recording_date            : [u8; 7] = "When it was recorded.";
        0x19  file_flags                : u8      = "Bit 1: directory; bit 7: more extents follow.";
        0x1A  file_unit_size            : u8      = "0: not interleaved.";
        0x1B  interleave_gap_size       : u8      = "0: not interleaved.";
        0x1C  volume_sequence_number    : Le16    = "Volume that holds the contents.";
        0x1E  volume_sequence_number_be : [u8; 2] = "The same.";
        0x20  identifier_length         : u8      = "Bytes of the file identifier behind this.";
    }
}
