//! A platform directory of a few hundred bytes, so that nothing need be installed.

use grub_image::PlatformFiles;
use grub_image::format::{boot_sector::BootSector, diskboot::Diskboot};

pub const PROGBITS: u32 = 1;
pub const STRTAB: u32 = 3;
pub const NOBITS: u32 = 8;
pub const ALLOC: u32 = 2;

/// A section: name, type, flags, address, bytes, size.
pub type Section<'a> = (&'a str, u32, u32, u32, &'a [u8], u32);

/// An ELF32 i386 file: header, section headers, then the sections' bytes; the table of names
/// becomes the last section. `kind` 1 is an object, 2 a program.
pub fn elf(kind: u16, sections: &[Section<'_>]) -> Vec<u8> {
    let mut names = vec![0];
    let mut name_at = Vec::new();
    for (name, ..) in sections {
        name_at.push(names.len() as u32);
        names.extend(name.as_bytes());
        names.push(0);
    }
    name_at.push(0);
    let all = [sections, &[("", STRTAB, 0, 0, &names, names.len() as u32)]].concat();
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
    for ((_, kind, flags, addr, data, size), name) in all.iter().zip(name_at) {
        for v in [name, *kind, *flags, *addr, at, *size, 0, 0, 1, 0] {
            out.extend(v.to_le_bytes());
        }
        at += data.len() as u32;
    }
    out.extend(all.iter().flat_map(|s| s.4));
    out
}

/// A module that calls itself `name` and needs the modules `needs`.
pub fn module(name: &str, needs: &[&str]) -> Vec<u8> {
    let modname = format!("{name}\0");
    let moddeps: String = needs.iter().map(|n| format!("{n}\0")).collect();
    let sections: &[Section<'_>] = &[
        (".text", PROGBITS, ALLOC, 0, b"code", 4),
        (".modname", PROGBITS, 0, 0, modname.as_bytes(), modname.len() as u32),
        (".moddeps", PROGBITS, 0, 0, moddeps.as_bytes(), moddeps.len() as u32),
    ];
    elf(1, sections)
}

pub fn decompressor(no_rs_length: u16, len: usize) -> Vec<u8> {
    let mut bytes = vec![0xd0; len];
    if let Some(field) = bytes.get_mut(0x14..0x16) {
        field.copy_from_slice(&no_rs_length.to_le_bytes());
    }
    bytes
}

/// kernel.img, boot.img, diskboot.img, lzma_decompress.img, moddep.lst (`a` needs `b`) and both
/// modules.
pub fn files() -> PlatformFiles {
    let mut boot = BootSector::from_bytes(&[0xb0; 512]);
    boot.kernel_address = 0x8000.into();
    boot.boot_signature = 0xaa55.into();
    let mut diskboot = Diskboot::zeroed();
    diskboot.code = [0xdb; 0x14c];
    diskboot.blocklist[14].segment = 0x820.into();
    let kernel = elf(2, &[(".text", PROGBITS, ALLOC, 0x9000, b"kernel", 6)]);
    let files = [
        ("kernel.img", kernel),
        ("boot.img", boot.to_bytes().to_vec()),
        ("diskboot.img", diskboot.to_bytes().to_vec()),
        ("lzma_decompress.img", decompressor(40, 60)),
        ("moddep.lst", b"a: b\nb:\n".to_vec()),
        ("a.mod", module("a", &["b"])),
        ("b.mod", module("b", &[])),
    ];
    PlatformFiles::new(files.into_iter().map(|(n, b)| (n.to_owned(), b.into())).collect())
}
