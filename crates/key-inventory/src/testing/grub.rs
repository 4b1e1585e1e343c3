//! A GRUB of a few hundred bytes a file: an image can be made from it, and no machine starts it.

use super::origin::origin;
use crate::grub::Grub;
use grub_image::format::{boot_sector::BootSector, diskboot};
use grub_image::{Platform, PlatformFiles};

/// The modules that there are, none of which needs another.
const MODULES: [&str; 26] = [
    "biosdisk",
    "cat",
    "configfile",
    "echo",
    "ext2",
    "fat",
    "halt",
    "iso9660",
    "linux",
    "loadenv",
    "loopback",
    "ls",
    "minicmd",
    "normal",
    "part_gpt",
    "part_msdos",
    "reboot",
    "regexp",
    "search",
    "search_fs_uuid",
    "search_label",
    "serial",
    "sleep",
    "terminal",
    "test",
    "true",
];

const PROGBITS: u32 = 1;
const STRTAB: u32 = 3;
const ALLOC: u32 = 2;

/// A section of an ELF file: name, type, flags, address, bytes.
type Section<'a> = (&'a str, u32, u32, u32, &'a [u8]);

/// An ELF32 file for i386: header, section headers, then the sections' bytes; the table of names
/// becomes the last section. `kind` 1 is an object, 2 a program.
fn elf(kind: u16, sections: &[Section<'_>]) -> Vec<u8> {
    let mut names = vec![0];
    let mut name_at = Vec::new();
    for (name, ..) in sections {
        name_at.push(names.len() as u32);
        names.extend(name.as_bytes());
        names.push(0);
    }
    name_at.push(0);
    let all = [sections, &[("", STRTAB, 0, 0, &names)]].concat();
    let count = all.len() as u16 + 1;
    let mut out = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    for v in [kind, 3] {
        out.extend(v.to_le_bytes()); // e_type, e_machine
    }
    for v in [1u32, 0x9000, 0, 52, 0] {
        out.extend(v.to_le_bytes()); // e_version, e_entry, e_phoff, e_shoff, e_flags
    }
    for v in [52u16, 32, 0, 40, count, count - 1] {
        out.extend(v.to_le_bytes()); // sizes and counts; e_shstrndx
    }
    let mut at = 52 + 40 * u32::from(count);
    out.extend([0; 40]);
    for ((_, kind, flags, addr, data), name) in all.iter().zip(name_at) {
        for v in [name, *kind, *flags, *addr, at, data.len() as u32, 0, 0, 1, 0] {
            out.extend(v.to_le_bytes());
        }
        at += data.len() as u32;
    }
    out.extend(all.iter().flat_map(|s| s.4));
    out
}

fn module(name: &str) -> Vec<u8> {
    let name = format!("{name}\0");
    elf(
        1,
        &[
            (".text", PROGBITS, ALLOC, 0, b"code"),
            (".modname", PROGBITS, 0, 0, name.as_bytes()),
            (".moddeps", PROGBITS, 0, 0, b""),
        ],
    )
}

fn boot_img() -> Vec<u8> {
    let mut boot = BootSector::from_bytes(&[0xb0; 512]);
    boot.kernel_address = 0x8000.into();
    boot.boot_signature = 0xaa55.into();
    boot.to_bytes().to_vec()
}

fn diskboot_img() -> Vec<u8> {
    let mut sector = diskboot::Diskboot::zeroed();
    sector.blocklist[diskboot::FIRST_RUN].segment = diskboot::LOAD_SEGMENT.into();
    sector.to_bytes().to_vec()
}

/// The decompressor of core.img, with room for its parity behind byte 40.
fn lzma_decompress_img() -> Vec<u8> {
    let mut bytes = vec![0xd0; 60];
    bytes[0x14..0x16].copy_from_slice(&40u16.to_le_bytes());
    bytes
}

/// GRUB for `i386-pc`.
pub fn grub_for_bios() -> Grub {
    let moddep: String = MODULES.iter().map(|name| format!("{name}:\n")).collect();
    let kernel = elf(2, &[(".text", PROGBITS, ALLOC, 0x9000, b"kernel")]);
    let images = [
        ("boot.img", boot_img()),
        ("diskboot.img", diskboot_img()),
        ("kernel.img", kernel),
        ("lzma_decompress.img", lzma_decompress_img()),
        ("command.lst", b"command.lst".to_vec()),
        ("moddep.lst", moddep.into_bytes()),
    ];
    let images = images.into_iter().map(|(name, bytes)| (name.to_owned(), bytes.into()));
    let modules = MODULES.iter().map(|name| (format!("{name}.mod"), module(name).into()));
    Grub {
        platform: Platform::I386Pc,
        files: PlatformFiles::new(images.chain(modules).collect()),
        origin: origin("grub"),
    }
}
