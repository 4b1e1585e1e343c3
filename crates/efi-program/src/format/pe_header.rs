//! The headers of a PE image.
//! <https://learn.microsoft.com/en-us/windows/win32/debug/pe-format>

use ondisk::{Le16, Le32};

/// What an image begins with.
pub(crate) const MZ: &[u8; 2] = b"MZ";
/// Where the DOS header says where the PE signature is (`e_lfanew`).
pub(crate) const E_LFANEW: usize = 0x3c;
/// What is there.
pub(crate) const PE_SIGNATURE: &[u8; 4] = b"PE\0\0";

/// `Magic` of an optional header with 32-bit addresses.
pub(crate) const PE32: u16 = 0x10b;
/// `Magic` of an optional header with 64-bit addresses.
pub(crate) const PE32_PLUS: u16 = 0x20b;

/// Offset of `CheckSum` in the optional header, of both kinds.
pub(crate) const CHECK_SUM: usize = 64;
/// Index of the certificate table among the data directories.
pub(crate) const CERTIFICATE_TABLE: usize = 4;
/// Bytes of a data directory.
pub(crate) const DATA_DIRECTORY: usize = 8;

/// `DllCharacteristics`: the program does not need data to be executable, nor code writable.
pub(crate) const NX_COMPAT: u16 = 0x100;

ondisk::ondisk! {
    /// COFF file header.
    pub(crate) struct CoffHeader [20] {
        0x00  machine                  : Le16 = "What it runs on.";
        0x02  number_of_sections       : Le16 = "Rows of the section table.";
        0x04  time_date_stamp          : Le32 = "When it was made, or anything.";
        0x08  pointer_to_symbol_table  : Le32 = "Offset of the symbols in the file.";
        0x0C  number_of_symbols        : Le32 = "How many, 18 bytes each; names follow them.";
        0x10  size_of_optional_header  : Le16 = "Bytes of the optional header.";
        0x12  characteristics          : Le16 = "Flags.";
    }

    /// The part of the optional header that lies alike in PE32 and PE32+.
    pub(crate) struct OptionalHeader [72] {
        0x00  magic                        : Le16 = "PE32 or PE32+.";
        0x02  linker_version               : [u8; 2] = "Major, minor.";
        0x04  size_of_code                 : Le32 = "Bytes of code.";
        0x08  size_of_initialized_data     : Le32 = "Bytes of data.";
        0x0C  size_of_uninitialized_data   : Le32 = "Bytes of zeros.";
        0x10  address_of_entry_point       : Le32 = "Where it starts.";
        0x14  base_of_code                 : Le32 = "Where code starts.";
        0x18  base_of_data_or_image        : Le32 = "BaseOfData, or ImageBase's low half.";
        0x1C  image_base                   : Le32 = "ImageBase, or its high half.";
        0x20  section_alignment            : Le32 = "In memory, in bytes.";
        0x24  file_alignment               : Le32 = "In the file, in bytes.";
        0x28  versions                     : [Le16; 6] = "System's, image's, subsystem's.";
        0x34  win32_version_value          : Le32 = "0.";
        0x38  size_of_image                : Le32 = "Bytes in memory.";
        0x3C  size_of_headers              : Le32 = "Bytes of all headers in the file.";
        0x40  check_sum                    : Le32 = "Of the file; not covered by a signature.";
        0x44  subsystem                    : Le16 = "What starts it.";
        0x46  dll_characteristics          : Le16 = "Flags.";
    }

    /// Row of the section table.
    pub(crate) struct SectionHeader [40] {
        0x00  name                    : [u8; 8] = "UTF-8 padded with NUL, or `/` and an offset.";
        0x08  virtual_size            : Le32 = "Bytes in memory.";
        0x0C  virtual_address         : Le32 = "Where in memory.";
        0x10  size_of_raw_data        : Le32 = "Bytes in the file.";
        0x14  pointer_to_raw_data     : Le32 = "Where in the file.";
        0x18  pointer_to_relocations  : Le32 = "0 in images.";
        0x1C  pointer_to_linenumbers  : Le32 = "0 in images.";
        0x20  number_of_relocations   : Le16 = "0 in images.";
        0x22  number_of_linenumbers   : Le16 = "0 in images.";
        0x24  characteristics         : Le32 = "Flags.";
    }
}
