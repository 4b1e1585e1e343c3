//! Volume descriptors: ECMA-119 (4th edition) section 9, one sector each from sector 16 on.
//! <https://ecma-international.org/publications-and-standards/standards/ecma-119/>

use ondisk::{Be16, Be32, Le16, Le32};

/// Size of a sector, and of a volume descriptor, in bytes.
pub(crate) const SECTOR: u64 = 2048;
/// Sector of the first volume descriptor.
pub(crate) const FIRST_DESCRIPTOR: u64 = 16;
/// `standard_identifier` of ISO 9660.
pub(crate) const CD001: &[u8; 5] = b"CD001";
/// `volume_descriptor_type` of a boot record, and of what ends the descriptors.
pub(crate) const BOOT_RECORD: u8 = 0;
pub(crate) const TERMINATOR: u8 = 255;
/// `volume_descriptor_type` of a primary volume descriptor.
pub(crate) const PRIMARY: u8 = 1;
/// `volume_descriptor_type` of a supplementary one; Joliet's has escape sequences in the place
/// that a primary one leaves unused.
pub(crate) const SUPPLEMENTARY: u8 = 2;
/// `standard_identifier` that opens the recognition sequence of a UDF volume (ECMA-167 2/9).
pub(crate) const BEA01: &[u8; 5] = b"BEA01";
/// `standard_identifier`s of UDF 1.x and 2.x (ECMA-167 3/9.1).
pub(crate) const NSR: [&[u8; 5]; 2] = [b"NSR02", b"NSR03"];

ondisk::ondisk! {
    /// The header of every volume descriptor: ECMA-119 section 9.1.
    pub(crate) struct DescriptorHeader [7] {
        0x00  volume_descriptor_type     : u8      = "1: primary.";
        0x01  standard_identifier        : [u8; 5] = "CD001.";
        0x06  volume_descriptor_version  : u8      = "1.";
    }

    /// A date in digits: ECMA-119 section 9.4.27.2.
    pub(crate) struct DecDateTime [17] {
        0x00  digits  : [u8; 16] = "YYYYMMDDHHMMSScc in ASCII digits; all '0': not specified.";
        0x10  offset  : u8       = "Time zone, in quarters of an hour from GMT.";
    }

    /// Primary volume descriptor: ECMA-119 section 9.4.
    pub(crate) struct PrimaryVolumeDescriptor [2048] {
        0x000  header                          : DescriptorHeader = "Type 1, CD001, version 1.";
        0x007  unused_7                        : u8        = "0.";
        0x008  system_identifier               : [u8; 32]  = "Who may use the system area.";
        0x028  volume_identifier               : [u8; 32]  = "The label.";
        0x048  unused_48                       : [u8; 8]   = "0.";
        0x050  volume_space_size               : Le32      = "Size of the volume, in logical blocks.";
        0x054  volume_space_size_be            : Be32      = "The same.";
        0x058  unused_58                       : [u8; 32]  = "0.";
        0x078  volume_set_size                 : Le16      = "Volumes in the set.";
        0x07A  volume_set_size_be              : Be16      = "The same.";
        0x07C  volume_sequence_number          : Le16      = "This volume's place in the set.";
        0x07E  volume_sequence_number_be       : Be16      = "The same.";
        0x080  logical_block_size              : Le16      = "Size of a logical block, in bytes.";
        0x082  logical_block_size_be           : Be16      = "The same.";
        0x084  path_table_size                 : Le32      = "Size of a path table, in bytes.";
        0x088  path_table_size_be              : Be32      = "The same.";
        0x08C  type_l_path_table               : Le32      = "Block of the little-endian path table.";
        0x090  optional_type_l_path_table      : Le32      = "Block of its copy, or 0.";
        0x094  type_m_path_table               : Be32      = "Block of the big-endian path table.";
        0x098  optional_type_m_path_table      : Be32      = "Block of its copy, or 0.";
        0x09C  root_directory_record           : [u8; 34]  = "Directory record of the root.";
        0x0BE  volume_set_identifier           : [u8; 128] = "Name of the set.";
        0x13E  publisher_identifier            : [u8; 128] = "Who made the contents.";
        0x1BE  data_preparer_identifier        : [u8; 128] = "Who made the image.";
        0x23E  application_identifier          : [u8; 128] = "What the contents are for.";
        0x2BE  copyright_file_identifier       : [u8; 37]  = "A file in the root.";
        0x2E3  abstract_file_identifier        : [u8; 37]  = "A file in the root.";
        0x308  bibliographic_file_identifier   : [u8; 37]  = "A file in the root.";
        0x32D  volume_creation_date            : DecDateTime = "When the volume was made.";
        0x33E  volume_modification_date        : DecDateTime = "When it was last changed.";
        0x34F  volume_expiration_date          : DecDateTime = "When it is obsolete.";
        0x360  volume_effective_date           : DecDateTime = "When it may be used.";
        0x371  file_structure_version          : u8        = "1.";
        0x372  reserved_372                    : u8        = "0.";
        0x373  application_use                 : [u8; 512] = "Anything.";
        0x573  reserved_573                    : [u8; 653] = "0.";
    }
}
