//! VHD: "Virtual Hard Disk Image Format Specification", version 1.0.
//! <https://learn.microsoft.com/windows/win32/vstor/about-vhd>

use ondisk::{Be16, Be32, Be64};

/// `cookie` of a footer.
pub const CONECTIX: &[u8; 8] = b"conectix";
/// `cookie` of a dynamic disk's header.
pub const CXSPARSE: &[u8; 8] = b"cxsparse";
/// `features`: a bit that is always set.
pub const RESERVED: u32 = 2;
/// `file_format_version` and `header_version`.
pub const VERSION: u32 = 0x0001_0000;
/// `data_offset` where there is nothing else.
pub const NOTHING: u64 = u64::MAX;
/// `disk_type`s.
pub const FIXED: u32 = 2;
/// See [`FIXED`].
pub const DYNAMIC: u32 = 3;
/// `block_size` of a dynamic disk.
pub const BLOCK: u64 = 2 << 20;
/// An entry of the block allocation table for a block that is all zeros.
pub const UNUSED: u32 = u32::MAX;
/// A sector in bytes.
pub const SECTOR: u64 = 512;
/// Seconds from 1970 to 2000, where the format's time starts.
pub const EPOCH: i64 = 946_684_800;

ondisk::ondisk! {
    /// "Hard Disk Footer Format".
    pub struct Footer [512] {
        0x000  cookie                : [u8; 8]    = "conectix.";
        0x008  features              : Be32       = "2.";
        0x00C  file_format_version   : Be32       = "1.0.";
        0x010  data_offset           : Be64       = "Where the dynamic disk header lies; all ones: there is none.";
        0x018  time_stamp            : Be32       = "Seconds since 2000.";
        0x01C  creator_application   : [u8; 4]    = "Who made it.";
        0x020  creator_version       : Be32       = "And which version.";
        0x024  creator_host_os       : [u8; 4]    = "Wi2k or Mac.";
        0x028  original_size         : Be64       = "Bytes of the disk when it was made.";
        0x030  current_size          : Be64       = "Bytes of the disk.";
        0x038  cylinders             : Be16       = "Disk geometry.";
        0x03A  heads                 : u8         = "Disk geometry.";
        0x03B  sectors_per_track     : u8         = "Disk geometry.";
        0x03C  disk_type             : Be32       = "2 fixed, 3 dynamic.";
        0x040  checksum              : Be32       = "Complement of the sum of all other bytes.";
        0x044  unique_id             : [u8; 16]   = "A UUID.";
        0x054  saved_state           : u8         = "0.";
        0x055  reserved              : [u8; 427]  = "Zero.";
    }

    /// "Dynamic Disk Header Format".
    pub struct DynamicHeader [1024] {
        0x000  cookie                  : [u8; 8]         = "cxsparse.";
        0x008  data_offset             : Be64            = "All ones.";
        0x010  table_offset            : Be64            = "Where the block allocation table lies.";
        0x018  header_version          : Be32            = "1.0.";
        0x01C  max_table_entries       : Be32            = "Blocks of the disk.";
        0x020  block_size              : Be32            = "Bytes of a block, without its bitmap.";
        0x024  checksum                : Be32            = "Complement of the sum of all other bytes.";
        0x028  parent_unique_id        : [u8; 16]        = "Zero: no parent.";
        0x038  parent_time_stamp       : Be32            = "Zero.";
        0x03C  reserved                : Be32            = "Zero.";
        0x040  parent_unicode_name     : [u8; 512]       = "Zero.";
        0x240  parent_locator_entries  : [[u8; 24]; 8]   = "Zero.";
        0x300  reserved2               : [u8; 256]       = "Zero.";
    }
}
