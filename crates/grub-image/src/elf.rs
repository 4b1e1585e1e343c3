//! The little of ELF that GRUB's files use: 32-bit little-endian i386, read without trust.

use crate::Error;
use object::LittleEndian;
use object::elf::{self, FileHeader32};
use object::read::elf::{FileHeader, SectionHeader, SectionTable};

/// A parsed ELF32 i386 file of the given type (`ET_EXEC`, `ET_REL`) whose every section lies
/// inside the file.
pub(crate) struct Elf<'a> {
    file: &'a str,
    bytes: &'a [u8],
    sections: SectionTable<'a, FileHeader32<LittleEndian>>,
}

/// A section with its header's fields as plain numbers.
pub(crate) struct Section<'a> {
    pub name: &'a [u8],
    pub kind: elf::SectionType,
    pub alloc: bool,
    pub addr: u64,
    pub size: u64,
    pub data: &'a [u8],
}

impl<'a> Elf<'a> {
    pub(crate) fn parse(
        file: &'a str,
        bytes: &'a [u8],
        wanted: elf::FileType,
    ) -> Result<Self, Error> {
        let bad = |reason: String| Error::BadFile { file: file.to_owned(), reason };
        let broken = |e: object::Error| bad(format!("no whole ELF file ({e})"));
        let header = FileHeader32::<LittleEndian>::parse(bytes).map_err(broken)?;
        let endian = header.endian().map_err(broken)?;
        let (machine, kind) = (header.e_machine(endian), header.e_type(endian));
        if machine != elf::EM_386 || kind != wanted {
            return Err(bad(format!(
                "ELF for machine {} of type {}, not for i386 (3) of type {}",
                machine.0, kind.0, wanted.0
            )));
        }
        let sections = header.sections(endian, bytes).map_err(broken)?;
        let elf = Self { file, bytes, sections };
        if elf.sections()?.is_empty() {
            return Err(elf.bad("an ELF file without sections"));
        }
        Ok(elf)
    }

    /// All sections, in the file's order.
    pub(crate) fn sections(&self) -> Result<Vec<Section<'a>>, Error> {
        let endian = LittleEndian;
        let broken = |e: object::Error| self.bad(&format!("no whole ELF file ({e})"));
        self.sections
            .iter()
            .map(|s| {
                Ok(Section {
                    name: self.sections.section_name(endian, s).map_err(broken)?,
                    kind: s.sh_type(endian),
                    alloc: s.sh_flags(endian).0 & elf::SHF_ALLOC.0 != 0,
                    addr: s.sh_addr(endian).into(),
                    size: s.sh_size(endian).into(),
                    data: s.data(endian, self.bytes).map_err(broken)?,
                })
            })
            .collect()
    }

    pub(crate) fn bad(&self, reason: &str) -> Error {
        Error::BadFile { file: self.file.to_owned(), reason: reason.to_owned() }
    }
}
