//! Directory entries.

#![allow(non_snake_case)] // its own names

use ondisk::{Le16, Le32, ondisk};

ondisk! {
    /// Entry of a file.
    pub struct DirEntry [32] {
        0x00  DIR_Name          : [u8; 11]  = "Name, padded with spaces.";
        0x0B  DIR_Attr          : u8        = "Attributes, `ATTR_*`.";
        0x0C  DIR_NTRes         : u8        = "Bits 3, 4: name, extension are shown in lower case.";
        0x0D  DIR_CrtTimeTenth  : u8        = "Making, in units of 10 ms.";
        0x0E  DIR_CrtTime       : Le16      = "Making.";
        0x10  DIR_CrtDate       : Le16      = "Making.";
        0x12  DIR_LstAccDate    : Le16      = "Last access.";
        0x14  DIR_FstClusHI     : Le16      = "First cluster, high 16 bits.";
        0x16  DIR_WrtTime       : Le16      = "Last write.";
        0x18  DIR_WrtDate       : Le16      = "Last write.";
        0x1A  DIR_FstClusLO     : Le16      = "First cluster, low 16 bits.";
        0x1C  DIR_FileSize      : Le32      = "Length in bytes; directories: 0.";
    }

    /// Entry of a part of a long name, before that of the file.
    pub struct LongDirEntry [32] {
        0x00  LDIR_Ord        : u8          = "Which part it is, from 1; the last has bit 6.";
        0x01  LDIR_Name1      : [Le16; 5]   = "Characters 1 to 5.";
        0x0B  LDIR_Attr       : u8          = "ATTR_LONG_NAME.";
        0x0C  LDIR_Type       : u8          = "0.";
        0x0D  LDIR_Chksum     : u8          = "Checksum of the short name.";
        0x0E  LDIR_Name2      : [Le16; 6]   = "Characters 6 to 11.";
        0x1A  LDIR_FstClusLO  : Le16        = "0.";
        0x1C  LDIR_Name3      : [Le16; 2]   = "Characters 12 and 13.";
    }
}

/// `DIR_Attr`: the label.
pub const ATTR_VOLUME_ID: u8 = 0x08;
/// `DIR_Attr`: a directory.
pub const ATTR_DIRECTORY: u8 = 0x10;
/// `DIR_Attr` of a part of a long name: all of read only, hidden, system and label.
pub const ATTR_LONG_NAME: u8 = 0x0F;
/// The bits of `DIR_Attr` that tell a part of a long name.
pub const ATTR_LONG_NAME_MASK: u8 = 0x3F;
/// `LDIR_Ord` of the last part.
pub const LAST_LONG_ENTRY: u8 = 0x40;
/// `DIR_Name[0]`: the entry is free.
pub const FREE: u8 = 0xE5;
/// `DIR_Name[0]`: this entry is free, and all behind it.
pub const FREE_FROM_HERE: u8 = 0;
/// `DIR_Name[0]` that stands for 0xE5.
pub const KANJI_E5: u8 = 0x05;
/// `DIR_NTRes`: the name is shown in lower case.
pub const LOWER_NAME: u8 = 0x08;
/// `DIR_NTRes`: the extension is shown in lower case.
pub const LOWER_EXTENSION: u8 = 0x10;
