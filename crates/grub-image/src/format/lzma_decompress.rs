//! `lzma_decompress.img`: the code behind diskboot.img, which repairs and unpacks the payload.
//! <https://www.gnu.org/software/grub/manual/grub/html_node/Images.html>

use ondisk::{Le16, Le32};

ondisk::ondisk! {
    /// The head of the file; code follows.
    pub struct LzmaDecompressHead [0x1C] {
        0x00  jump                : [u8; 5] = "Far jump to the code behind this head.";
        0x05  pad                 : [u8; 3] = "Zero.";
        0x08  compressed_size     : Le32    = "Length of the LZMA stream behind the file, in bytes.";
        0x0C  uncompressed_size   : Le32    = "Length of the payload, in bytes.";
        0x10  redundancy          : Le32    = "Length of the Reed-Solomon parity behind core.img, in bytes; 0: none.";
        0x14  no_rs_length        : Le16    = "Leading bytes of this file that the parity does not cover; ships filled in.";
        0x16  pad_2               : [u8; 2] = "Zero.";
        0x18  unused              : u8      = "0xFF.";
        0x19  bsd_part            : u8      = "BSD partition within dos_part; 0xFF: none.";
        0x1A  dos_part            : u8      = "Partition the prefix refers to, from 0; 0xFF: none.";
        0x1B  boot_drive          : u8      = "Overwritten at run time.";
    }
}

/// [`LzmaDecompressHead::no_rs_length`] of a file that cannot be used.
pub const NO_RS_LENGTH_UNSET: u16 = 0xFFFF;
