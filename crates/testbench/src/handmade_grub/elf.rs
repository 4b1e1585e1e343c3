//! ELF files of the kinds that GRUB consists of: objects and a program, little-endian.

/// `sh_type` of bytes that the program defines.
pub const PROGBITS: u32 = 1;
/// `sh_type` of a symbol table.
pub(super) const SYMTAB: u32 = 2;
/// `sh_type` of a table of strings.
pub const STRTAB: u32 = 3;
/// `sh_type` of relocations with an addend each.
pub(super) const RELA: u32 = 4;
/// `sh_type` of zeros that the file does not hold.
pub const NOBITS: u32 = 8;
/// `sh_type` of relocations whose addend is what the place holds.
pub(super) const REL: u32 = 9;
/// `sh_flags` of a section that is in memory when the program runs.
pub const ALLOC: u32 = 2;
/// `sh_flags` of a section of code.
pub const EXEC: u32 = 4;
/// `e_type` of an object file.
pub(super) const OBJECT: u16 = 1;
/// `e_type` of a program.
pub(super) const PROGRAM: u16 = 2;

/// A processor that an ELF file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// 32-bit x86.
    I386,
    /// 64-bit x86.
    X86_64,
    /// 64-bit ARM.
    Aarch64,
}

impl Machine {
    /// The processor of a platform of GRUB, such as `x86_64-efi`.
    pub fn of(platform: &str) -> Self {
        match platform {
            "x86_64-efi" => Self::X86_64,
            "arm64-efi" => Self::Aarch64,
            _ => Self::I386,
        }
    }

    /// Whether the processor's addresses have 64 bits.
    pub(super) fn wide(self) -> bool {
        self != Self::I386
    }

    /// The processor's number, `e_machine`.
    fn number(self) -> u16 {
        match self {
            Self::I386 => 3,
            Self::X86_64 => 62,
            Self::Aarch64 => 183,
        }
    }
}

/// A section of an ELF file.
#[derive(Debug, Clone, Copy)]
pub struct Section<'a> {
    /// The section's name.
    pub name: &'a str,
    /// `sh_type`.
    pub kind: u32,
    /// `sh_flags`.
    pub flags: u32,
    /// `sh_addr`.
    pub addr: u32,
    /// The section's bytes in the file.
    pub bytes: &'a [u8],
    /// `sh_size`, which may differ from the number of those bytes.
    pub size: u32,
    /// `sh_link`.
    pub link: u32,
    /// `sh_info`.
    pub info: u32,
    /// `sh_addralign`.
    pub align: u32,
}

impl<'a> Section<'a> {
    /// A section of these bytes.
    pub const fn new(name: &'a str, kind: u32, flags: u32, addr: u32, bytes: &'a [u8]) -> Self {
        let size = bytes.len() as u32;
        Self { name, kind, flags, addr, bytes, size, link: 0, info: 0, align: 1 }
    }

    /// The same section with another `sh_size`.
    pub const fn sized(self, size: u32) -> Self {
        Self { size, ..self }
    }
}

/// Bytes of numbers, for a file of 32 or 64 bits.
pub(super) struct Words {
    wide: bool,
    pub(super) bytes: Vec<u8>,
}

impl Words {
    pub(super) fn new(machine: Machine) -> Self {
        Self { wide: machine.wide(), bytes: Vec::new() }
    }

    pub(super) fn half(&mut self, v: u16) {
        self.bytes.extend(v.to_le_bytes());
    }

    pub(super) fn word(&mut self, v: u32) {
        self.bytes.extend(v.to_le_bytes());
    }

    /// Adds a number of the file's own width, 32 or 64 bits.
    pub(super) fn native(&mut self, v: u64) {
        let len = if self.wide { 8 } else { 4 };
        self.bytes.extend(&v.to_le_bytes()[..len]);
    }
}

/// An ELF file: header, section headers (the empty one first, as ELF wants it), the sections'
/// bytes; the table of their names is the last section. `kind` 1 is an object, 2 a program.
pub fn elf(machine: Machine, kind: u16, sections: &[Section<'_>]) -> Vec<u8> {
    let null = Section { align: 0, ..Section::new("", 0, 0, 0, &[]) };
    let names: Vec<u8> =
        [&null].into_iter().chain(sections).flat_map(|s| zero_ended(s.name)).collect();
    let table = Section::new("", STRTAB, 0, 0, &names);
    let all: Vec<&Section<'_>> = [&null].into_iter().chain(sections).chain([&table]).collect();
    let (head_len, section_len): (u16, u16) = if machine.wide() { (64, 64) } else { (52, 40) };
    let count = all.len() as u16;

    let mut file = Words::new(machine);
    file.bytes.extend(b"\x7fELF");
    file.bytes.extend([if machine.wide() { 2 } else { 1 }, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    file.half(kind);
    file.half(machine.number());
    file.word(1);
    for v in [0, 0, head_len.into()] {
        file.native(v); // e_entry, e_phoff, e_shoff
    }
    file.word(0);
    for v in [head_len, 0, 0, section_len, count, count - 1] {
        file.half(v);
    }
    let (mut name, mut at) = (0, u64::from(head_len) + u64::from(section_len) * u64::from(count));
    for section in &all {
        file.word(if section.name.is_empty() { 0 } else { name });
        file.word(section.kind);
        for v in [section.flags.into(), section.addr.into(), at, section.size.into()] {
            file.native(v);
        }
        file.word(section.link);
        file.word(section.info);
        file.native(section.align.into());
        file.native(match (section.kind, machine.wide()) {
            (SYMTAB | RELA, true) => 24,
            (SYMTAB, false) => 16,
            (REL, false) => 8,
            _ => 0,
        });
        name += section.name.len() as u32 + 1;
        at += section.bytes.len() as u64;
    }
    file.bytes.extend(all.iter().flat_map(|s| s.bytes));
    file.bytes
}

fn zero_ended(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().chain([0])
}
