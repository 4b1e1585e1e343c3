//! The little of ELF that GRUB's files use, read without trust: little-endian, 32 or 64 bits wide.
//! <https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html>

use crate::{Error, Platform};
use object::LittleEndian;
use object::elf::{self, FileHeader32, FileHeader64};
use object::read::elf::{FileHeader, Rel, Rela, SectionHeader, Sym};

/// `e_ident[EI_CLASS]` of a file whose addresses have 8 bytes.
const CLASS64: u8 = elf::ELFCLASS64.0;

/// A parsed ELF file whose every section lies inside the file.
#[derive(Debug)]
pub(crate) struct Elf<'a> {
    file: &'a str,
    bytes: &'a [u8],
    pub machine: elf::Machine,
    pub kind: elf::FileType,
    /// All sections, in the file's order; number 0 is empty.
    pub sections: Vec<Section<'a>>,
}

/// A section with its header's fields as plain numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Section<'a> {
    pub name: &'a [u8],
    pub kind: elf::SectionType,
    pub alloc: bool,
    pub exec: bool,
    pub addr: u64,
    pub size: u64,
    pub align: u64,
    /// `sh_info`: of a relocation section, the number of the section it is about.
    pub info: u32,
    pub data: &'a [u8],
}

/// An entry of the symbol table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Symbol<'a> {
    pub name: &'a [u8],
    pub section: elf::SymbolSection,
    pub value: u64,
}

/// An entry of a relocation section.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Relocation {
    /// Place, from the start of its section.
    pub offset: u64,
    /// Number of the symbol.
    pub symbol: u32,
    pub kind: u32,
    /// 0 for REL entries, whose addend is what the place holds.
    pub addend: i64,
}

impl<'a> Elf<'a> {
    /// Parses the file, whatever its machine.
    pub(crate) fn parse(file: &'a str, bytes: &'a [u8]) -> Result<Self, Error> {
        let parsed = match bytes.get(4) {
            Some(&CLASS64) => read::<FileHeader64<LittleEndian>>(bytes),
            _ => read::<FileHeader32<LittleEndian>>(bytes),
        };
        let (machine, kind, sections) = parsed.map_err(|e| broken(file, e))?;
        let elf = Self { file, bytes, machine, kind, sections };
        if elf.sections.is_empty() {
            return Err(elf.bad("an ELF file without sections"));
        }
        Ok(elf)
    }

    /// Refuses files of another machine or type.
    pub(crate) fn expect(self, platform: Platform, kind: elf::FileType) -> Result<Self, Error> {
        let wide = self.bytes.get(4) == Some(&CLASS64);
        let machine = platform.elf_machine();
        if self.machine != machine || self.kind != kind || wide != (machine != elf::EM_386) {
            return Err(self.bad(&format!(
                "ELF for machine {} of type {}, not for {platform}'s machine {} of type {}",
                self.machine.0, self.kind.0, machine.0, kind.0
            )));
        }
        Ok(self)
    }

    /// The entries of the first symbol table; none without one.
    pub(crate) fn symbols(&self) -> Result<Vec<Symbol<'a>>, Error> {
        let read = match self.bytes.get(4) {
            Some(&CLASS64) => symbols::<FileHeader64<LittleEndian>>,
            _ => symbols::<FileHeader32<LittleEndian>>,
        };
        read(self.bytes).map_err(|e| broken(self.file, e))
    }

    /// The entries of a section of type REL or RELA; none for other sections.
    pub(crate) fn relocations(&self, section: &Section<'a>) -> Result<Vec<Relocation>, Error> {
        let read = match self.bytes.get(4) {
            Some(&CLASS64) => relocations::<FileHeader64<LittleEndian>>,
            _ => relocations::<FileHeader32<LittleEndian>>,
        };
        read(section).ok_or_else(|| self.bad("relocations of no whole number"))
    }

    pub(crate) fn bad(&self, reason: &str) -> Error {
        Error::BadFile { file: self.file.to_owned(), reason: reason.to_owned() }
    }
}

fn broken(file: &str, e: object::Error) -> Error {
    Error::BadFile { file: file.to_owned(), reason: format!("no whole ELF file ({e})") }
}

type Parsed<'a> = (elf::Machine, elf::FileType, Vec<Section<'a>>);

fn read<H: FileHeader<Endian = LittleEndian>>(bytes: &[u8]) -> object::Result<Parsed<'_>> {
    let header = H::parse(bytes)?;
    let endian = header.endian()?;
    let table = header.sections(endian, bytes)?;
    let sections = table.iter().map(|s| {
        let flags = s.sh_flags(endian).0;
        Ok(Section {
            name: table.section_name(endian, s)?,
            kind: s.sh_type(endian),
            alloc: flags & elf::SHF_ALLOC.0 != 0,
            exec: flags & elf::SHF_EXECINSTR.0 != 0,
            addr: s.sh_addr(endian).into(),
            size: s.sh_size(endian).into(),
            align: s.sh_addralign(endian).into(),
            info: s.sh_info(endian),
            data: s.data(endian, bytes)?,
        })
    });
    let sections = sections.collect::<object::Result<_>>()?;
    Ok((header.e_machine(endian), header.e_type(endian), sections))
}

fn symbols<H: FileHeader<Endian = LittleEndian>>(bytes: &[u8]) -> object::Result<Vec<Symbol<'_>>> {
    let header = H::parse(bytes)?;
    let endian = header.endian()?;
    let table = header.sections(endian, bytes)?.symbols(endian, bytes, elf::SHT_SYMTAB)?;
    let symbols = table.symbols().iter().map(|s| {
        Ok(Symbol {
            name: s.name(endian, table.strings())?,
            section: s.st_shndx(endian),
            value: s.st_value(endian).into(),
        })
    });
    symbols.collect()
}

fn relocations<H: FileHeader<Endian = LittleEndian>>(
    section: &Section<'_>,
) -> Option<Vec<Relocation>> {
    let endian = LittleEndian;
    match section.kind {
        elf::SHT_REL => {
            let entries: &[H::Rel] = object::pod::slice_from_all_bytes(section.data).ok()?;
            let plain = |r: &H::Rel| Relocation {
                offset: r.r_offset(endian).into(),
                symbol: r.r_sym(endian),
                kind: r.r_type(endian).0,
                addend: 0,
            };
            Some(entries.iter().map(plain).collect())
        }
        elf::SHT_RELA => {
            let entries: &[H::Rela] = object::pod::slice_from_all_bytes(section.data).ok()?;
            let plain = |r: &H::Rela| Relocation {
                offset: r.r_offset(endian).into(),
                symbol: r.r_sym(endian, false),
                kind: r.r_type(endian, false).0,
                addend: r.r_addend(endian).into(),
            };
            Some(entries.iter().map(plain).collect())
        }
        _ => Some(Vec::new()),
    }
}
