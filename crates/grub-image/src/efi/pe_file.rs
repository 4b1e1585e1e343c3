//! The headers of the PE file.

use super::section::{EfiSection, PAGE};
use crate::efi::EfiKernel;
use crate::{Error, Platform};
use efi_program::format::pe::*;

/// 2015-01-01T00:00:00Z, in every image that GRUB's program makes.
const TIME: u32 = 1_420_070_400;
/// The size of stack and of heap in the header, in bytes; firmware provides its own.
const RESERVE: u32 = 0x10000;
/// The MS-DOS program behind the usual header, which says that it cannot run there, and ends.
const DOS_PROGRAM: &[u8; 64] = b"\x0e\x1f\xba\x0e\x00\xb4\x09\xcd\x21\xb8\x01\x4c\xcd\x21\
    This program cannot be run in DOS mode.\r\r\n$\0\0\0\0\0\0\0";

/// All headers of the file, from byte 0 on; at most a page.
pub(super) fn headers(
    platform: Platform,
    kernel: &EfiKernel,
    sections: &[EfiSection],
) -> Result<Vec<u8>, Error> {
    let (machine, wide) = match platform {
        Platform::X86_64Efi => (IMAGE_FILE_MACHINE_AMD64, true),
        Platform::Arm64Efi => (IMAGE_FILE_MACHINE_ARM64, true),
        Platform::I386Efi => (IMAGE_FILE_MACHINE_I386, false),
        Platform::I386Pc => return Err(Error::WrongPlatform { found: platform, wanted: "-efi" }),
    };
    let mut out = dos_header().to_bytes().to_vec();
    out.extend(DOS_PROGRAM);
    let optional = optional_header(kernel, sections, wide);
    let flags = IMAGE_FILE_EXECUTABLE_IMAGE
        | IMAGE_FILE_LINE_NUMS_STRIPPED
        | IMAGE_FILE_LOCAL_SYMS_STRIPPED
        | IMAGE_FILE_DEBUG_STRIPPED;
    let coff = CoffHeader {
        signature: SIGNATURE,
        machine: machine.into(),
        number_of_sections: (sections.len() as u16).into(), // OK to cast: at most five
        time_date_stamp: TIME.into(),
        size_of_optional_header: (optional.len() as u16).into(), // OK to cast: 224 or 240
        characteristics: if wide { flags } else { flags | IMAGE_FILE_32BIT_MACHINE }.into(),
        ..CoffHeader::zeroed()
    };
    out.extend(coff.to_bytes());
    out.extend(optional);
    for section in sections {
        out.extend(section_header(section).to_bytes());
    }
    Ok(out)
}

fn dos_header() -> DosHeader {
    DosHeader {
        e_magic: *b"MZ",
        e_cblp: 0x90.into(),
        e_cp: 3.into(),
        e_cparhdr: 4.into(),
        e_maxalloc: 0xFFFF.into(),
        e_sp: 0xB8.into(),
        e_lfarlc: 0x40.into(),
        e_lfanew: 0x80.into(),
        ..DosHeader::zeroed()
    }
}

fn section_header(section: &EfiSection) -> SectionHeader {
    let mut name = [0; 8];
    name.iter_mut().zip(section.name.bytes()).for_each(|(to, from)| *to = from);
    let data = IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_READ;
    let characteristics = match section.name {
        ".text" => IMAGE_SCN_CNT_CODE | IMAGE_SCN_MEM_EXECUTE | IMAGE_SCN_MEM_READ,
        ".sbat" => data,
        ".reloc" => data | IMAGE_SCN_MEM_DISCARDABLE,
        _ => data | IMAGE_SCN_MEM_WRITE,
    };
    SectionHeader {
        name,
        virtual_size: section.len.into(),
        virtual_address: section.at.into(),
        size_of_raw_data: section.len.into(),
        pointer_to_raw_data: section.at.into(),
        characteristics: characteristics.into(),
        ..SectionHeader::zeroed()
    }
}

/// The optional header: `wide` for a 64-bit machine.
fn optional_header(kernel: &EfiKernel, sections: &[EfiSection], wide: bool) -> Vec<u8> {
    let named = |name| sections.iter().find(|s| s.name == name);
    let code = named(".text").map_or(0, |s| s.len);
    let data = sections.iter().filter(|s| !matches!(s.name, ".text" | ".reloc"));
    let base_of_data = if wide { 0 } else { PAGE as u32 + code };
    let header = OptionalHeader {
        magic: if wide { MAGIC_PE32_PLUS } else { MAGIC_PE32 }.into(),
        size_of_code: code.into(),
        size_of_initialized_data: data.map(|s| s.len).sum::<u32>().into(),
        address_of_entry_point: kernel.entry.into(),
        base_of_code: (PAGE as u32).into(),
        base_of_data_or_image: base_of_data.into(),
        section_alignment: (PAGE as u32).into(),
        file_alignment: (PAGE as u32).into(),
        size_of_image: sections.last().map_or(0, |s| s.at + s.len).into(),
        size_of_headers: (PAGE as u32).into(),
        subsystem: IMAGE_SUBSYSTEM_EFI_APPLICATION.into(),
        dll_characteristics: if kernel.nx { IMAGE_DLLCHARACTERISTICS_NX_COMPAT } else { 0 }.into(),
        ..OptionalHeader::zeroed()
    };
    let mut out = header.to_bytes().to_vec();
    let mut data_directories = [const { DataDirectory::zeroed() }; 16];
    if let Some(s) = named(".reloc") {
        let (at, len) = (s.at.into(), s.len.into());
        data_directories[BASE_RELOCATION_TABLE] = DataDirectory { virtual_address: at, size: len };
    }
    let (loader_flags, number_of_rva_and_sizes) = (0.into(), 16.into());
    if wide {
        let reserve = u64::from(RESERVE).into();
        let tail = OptionalHeaderTail64 {
            size_of_stack_reserve: reserve,
            size_of_stack_commit: reserve,
            size_of_heap_reserve: reserve,
            size_of_heap_commit: reserve,
            loader_flags,
            number_of_rva_and_sizes,
            data_directories,
        };
        out.extend(tail.to_bytes());
    } else {
        let reserve = RESERVE.into();
        let tail = OptionalHeaderTail32 {
            size_of_stack_reserve: reserve,
            size_of_stack_commit: reserve,
            size_of_heap_reserve: reserve,
            size_of_heap_commit: reserve,
            loader_flags,
            number_of_rva_and_sizes,
            data_directories,
        };
        out.extend(tail.to_bytes());
    }
    out
}
