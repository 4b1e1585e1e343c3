//! Microsoft's Portable Executable, which EFI programs are: headers, section table, base
//! relocations. <https://learn.microsoft.com/en-us/windows/win32/debug/pe-format>
//!
//! Field names are the specification's, without their capitals.

use ondisk::{Le16, Le32, Le64};

ondisk::ondisk! {
    /// MS-DOS header, of which firmware reads the first and the last field.
    pub struct DosHeader [64] {
        0x00  e_magic     : [u8; 2]    = "\"MZ\".";
        0x02  e_cblp      : Le16       = "Bytes on the last page.";
        0x04  e_cp        : Le16       = "Pages.";
        0x06  e_crlc      : Le16       = "Relocations.";
        0x08  e_cparhdr   : Le16       = "Length of this header, in 16 bytes.";
        0x0A  e_minalloc  : Le16       = "Least extra memory.";
        0x0C  e_maxalloc  : Le16       = "Most extra memory.";
        0x0E  e_ss        : Le16       = "Stack segment.";
        0x10  e_sp        : Le16       = "Stack pointer.";
        0x12  e_csum      : Le16       = "Checksum.";
        0x14  e_ip        : Le16       = "Entry point.";
        0x16  e_cs        : Le16       = "Code segment.";
        0x18  e_lfarlc    : Le16       = "Place of the relocations.";
        0x1A  e_ovno      : Le16       = "Overlay number.";
        0x1C  e_res       : [u8; 0x20] = "Reserved.";
        0x3C  e_lfanew    : Le32       = "Place of the PE signature.";
    }

    /// COFF file header with the signature in front.
    pub struct CoffHeader [24] {
        0x00  signature                : [u8; 4] = "\"PE\\0\\0\".";
        0x04  machine                  : Le16    = "Kind of CPU.";
        0x06  number_of_sections       : Le16    = "Entries of the section table.";
        0x08  time_date_stamp          : Le32    = "Seconds since 1970.";
        0x0C  pointer_to_symbol_table  : Le32    = "0: none.";
        0x10  number_of_symbols        : Le32    = "0.";
        0x14  size_of_optional_header  : Le16    = "Length of the header that follows.";
        0x16  characteristics          : Le16    = "Flags.";
    }

    /// The part of the optional header that lies alike in PE32 and PE32+.
    pub struct OptionalHeader [72] {
        0x00  magic                           : Le16      = "PE32 or PE32+.";
        0x02  linker_version                  : [u8; 2]   = "Major, minor.";
        0x04  size_of_code                    : Le32      = "Sum of all code sections.";
        0x08  size_of_initialized_data        : Le32      = "Sum of all data sections.";
        0x0C  size_of_uninitialized_data      : Le32      = "Bytes of zeros.";
        0x10  address_of_entry_point          : Le32      = "RVA at which it starts.";
        0x14  base_of_code                    : Le32      = "RVA of the code.";
        0x18  base_of_data_or_image           : Le32      = "BaseOfData, or ImageBase's low half.";
        0x1C  image_base                      : Le32      = "ImageBase, or its high half.";
        0x20  section_alignment               : Le32      = "Alignment of sections in memory.";
        0x24  file_alignment                  : Le32      = "Alignment of sections in the file.";
        0x28  versions                        : [Le16; 6] = "System's, image's, subsystem's.";
        0x34  win32_version_value             : Le32      = "Reserved.";
        0x38  size_of_image                   : Le32      = "Length in memory, headers included.";
        0x3C  size_of_headers                 : Le32      = "Length of all headers in the file.";
        0x40  check_sum                       : Le32      = "Of the file; not covered by a signature. 0: none.";
        0x44  subsystem                       : Le16      = "What starts it; 10: EFI application.";
        0x46  dll_characteristics             : Le16      = "Flags.";
    }

    /// The rest of the optional header of PE32: 32-bit machines.
    pub struct OptionalHeaderTail32 [152] {
        0x00  size_of_stack_reserve   : Le32                = "Most stack, in bytes.";
        0x04  size_of_stack_commit    : Le32                = "Stack at the start, in bytes.";
        0x08  size_of_heap_reserve    : Le32                = "Most heap, in bytes.";
        0x0C  size_of_heap_commit     : Le32                = "Heap at the start, in bytes.";
        0x10  loader_flags            : Le32                = "Reserved.";
        0x14  number_of_rva_and_sizes : Le32                = "Entries of the table that follows.";
        0x18  data_directories        : [DataDirectory; 16] = "Number 5: the base relocations.";
    }

    /// The rest of the optional header of PE32+: 64-bit machines.
    pub struct OptionalHeaderTail64 [168] {
        0x00  size_of_stack_reserve   : Le64                = "Most stack, in bytes.";
        0x08  size_of_stack_commit    : Le64                = "Stack at the start, in bytes.";
        0x10  size_of_heap_reserve    : Le64                = "Most heap, in bytes.";
        0x18  size_of_heap_commit     : Le64                = "Heap at the start, in bytes.";
        0x20  loader_flags            : Le32                = "Reserved.";
        0x24  number_of_rva_and_sizes : Le32                = "Entries of the table that follows.";
        0x28  data_directories        : [DataDirectory; 16] = "Number 5: the base relocations.";
    }

    /// The place of something that the loader needs.
    pub struct DataDirectory [8] {
        0x00  virtual_address  : Le32 = "RVA.";
        0x04  size             : Le32 = "Length in bytes.";
    }

    /// Entry of the section table.
    pub struct SectionHeader [40] {
        0x00  name                     : [u8; 8] = "Padded with NULs.";
        0x08  virtual_size             : Le32    = "Length in memory.";
        0x0C  virtual_address          : Le32    = "RVA.";
        0x10  size_of_raw_data         : Le32    = "Length in the file.";
        0x14  pointer_to_raw_data      : Le32    = "Place in the file.";
        0x18  pointer_to_relocations   : Le32    = "0.";
        0x1C  pointer_to_linenumbers   : Le32    = "0.";
        0x20  number_of_relocations    : Le16    = "0.";
        0x22  number_of_linenumbers    : Le16    = "0.";
        0x24  characteristics          : Le32    = "Flags.";
    }

    /// Head of a block of base relocations; entries of 16 bits follow, the type in their upper
    /// four bits and the place within the page in the others.
    pub struct BaseRelocationBlock [8] {
        0x00  page_rva    : Le32 = "RVA of the page.";
        0x04  block_size  : Le32 = "Length with this head, in bytes.";
    }
}

/// [`DosHeader::e_magic`].
pub const MZ: [u8; 2] = *b"MZ";
/// Offset of [`DosHeader::e_lfanew`].
pub const E_LFANEW: usize = 0x3C;
/// [`CoffHeader::signature`].
pub const SIGNATURE: [u8; 4] = *b"PE\0\0";
/// [`OptionalHeader::magic`] of 32-bit machines.
pub const MAGIC_PE32: u16 = 0x10B;
/// [`OptionalHeader::magic`] of 64-bit machines.
pub const MAGIC_PE32_PLUS: u16 = 0x20B;
/// [`CoffHeader::machine`]: 32-bit x86.
pub const IMAGE_FILE_MACHINE_I386: u16 = 0x14C;
/// [`CoffHeader::machine`]: 64-bit x86.
pub const IMAGE_FILE_MACHINE_AMD64: u16 = 0x8664;
/// [`CoffHeader::machine`]: 64-bit ARM.
pub const IMAGE_FILE_MACHINE_ARM64: u16 = 0xAA64;
/// [`CoffHeader::machine`]: 32-bit ARM.
pub const IMAGE_FILE_MACHINE_ARM: u16 = 0x1C0;
/// [`CoffHeader::machine`]: 32-bit ARM, in Thumb code too.
pub const IMAGE_FILE_MACHINE_THUMB: u16 = 0x1C2;
/// [`CoffHeader::machine`]: 32-bit ARM, in Thumb-2 code only.
pub const IMAGE_FILE_MACHINE_ARMNT: u16 = 0x1C4;
/// [`CoffHeader::machine`]: 64-bit RISC-V.
pub const IMAGE_FILE_MACHINE_RISCV64: u16 = 0x5064;
/// [`CoffHeader::machine`]: 64-bit LoongArch.
pub const IMAGE_FILE_MACHINE_LOONGARCH64: u16 = 0x6264;
/// [`CoffHeader::machine`]: Itanium.
pub const IMAGE_FILE_MACHINE_IA64: u16 = 0x200;
/// [`CoffHeader::characteristics`]: it can be run.
pub const IMAGE_FILE_EXECUTABLE_IMAGE: u16 = 0x0002;
/// [`CoffHeader::characteristics`]: no line numbers.
pub const IMAGE_FILE_LINE_NUMS_STRIPPED: u16 = 0x0004;
/// [`CoffHeader::characteristics`]: no local symbols.
pub const IMAGE_FILE_LOCAL_SYMS_STRIPPED: u16 = 0x0008;
/// [`CoffHeader::characteristics`]: words of 32 bits.
pub const IMAGE_FILE_32BIT_MACHINE: u16 = 0x0100;
/// [`CoffHeader::characteristics`]: no debugging information.
pub const IMAGE_FILE_DEBUG_STRIPPED: u16 = 0x0200;
/// [`OptionalHeader::subsystem`]: EFI application.
pub const IMAGE_SUBSYSTEM_EFI_APPLICATION: u16 = 10;
/// [`OptionalHeader::dll_characteristics`]: it does not run from memory that it can write to.
pub const IMAGE_DLLCHARACTERISTICS_NX_COMPAT: u16 = 0x0100;
/// [`OptionalHeader::subsystem`]: EFI driver that ends when the system starts.
pub const IMAGE_SUBSYSTEM_EFI_BOOT_SERVICE_DRIVER: u16 = 11;
/// [`OptionalHeader::subsystem`]: EFI driver that stays.
pub const IMAGE_SUBSYSTEM_EFI_RUNTIME_DRIVER: u16 = 12;
/// Offset of `check_sum` in the optional header, of both kinds.
pub const CHECK_SUM: usize = 0x40;
/// Index in [`OptionalHeaderTail64::data_directories`] of the certificate table.
pub const CERTIFICATE_TABLE: usize = 4;
/// Index in [`OptionalHeaderTail64::data_directories`] of the base relocations.
pub const BASE_RELOCATION_TABLE: usize = 5;
/// [`SectionHeader::characteristics`]: code.
pub const IMAGE_SCN_CNT_CODE: u32 = 0x0000_0020;
/// [`SectionHeader::characteristics`]: data.
pub const IMAGE_SCN_CNT_INITIALIZED_DATA: u32 = 0x0000_0040;
/// [`SectionHeader::characteristics`]: not needed once loaded.
pub const IMAGE_SCN_MEM_DISCARDABLE: u32 = 0x0200_0000;
/// [`SectionHeader::characteristics`]: may run.
pub const IMAGE_SCN_MEM_EXECUTE: u32 = 0x2000_0000;
/// [`SectionHeader::characteristics`]: may be read.
pub const IMAGE_SCN_MEM_READ: u32 = 0x4000_0000;
/// [`SectionHeader::characteristics`]: may be written.
pub const IMAGE_SCN_MEM_WRITE: u32 = 0x8000_0000;
/// Type of a base relocation: all 32 bits of an address.
pub const IMAGE_REL_BASED_HIGHLOW: u16 = 3;
/// Type of a base relocation: all 64 bits of an address.
pub const IMAGE_REL_BASED_DIR64: u16 = 10;
