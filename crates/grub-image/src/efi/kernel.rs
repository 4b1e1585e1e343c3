//! An EFI platform's `kernel.img`: a relocatable ELF file, linked here to run from address 0.
//!
//! ```text
//! position 0            text_size          bss_start           size
//! ┌────────────────────┬──────────────────┬───────────────────┐
//! │ sections with code │ sections of data │ .bss, as zeros    │   each aligned as it asks
//! └────────────────────┴──────────────────┴───────────────────┘   (for its address), each of the
//! address = position + 0x1000: the file's header takes one page    three in the file's order
//! ```

use super::base_relocation::BaseRelocations;
use super::relocation::{RelocationPlace, apply};
use super::section::PAGE;
use crate::elf::{Elf, Section, Symbol};
use crate::readable::readable;
use crate::{Error, Platform};
use object::elf;

/// More than any kernel has by far; keeps a damaged file from asking for all the memory.
const LARGEST: u64 = 16 << 20;
/// The kernel's function that sets how memory may be used: a kernel that has it makes what it loads
/// either writable or executable, and may say so to the firmware.
const SETS_MEMORY_ATTRIBUTES: &[u8] = b"grub_update_mem_attrs";

/// The linked kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EfiKernel {
    /// The bytes from address 0x1000 on, .bss included; a whole number of pages.
    pub image: Vec<u8>,
    /// Length of the part with code; a whole number of pages.
    pub text_size: usize,
    /// Address at which it starts.
    pub entry: u32,
    /// Whether it keeps writable memory from being run.
    pub nx: bool,
    pub relocations: BaseRelocations,
}

impl EfiKernel {
    /// Links the file.
    ///
    /// # Errors
    /// [`Error::BadFile`] when it is no relocatable ELF file of the platform, or asks for what
    /// GRUB's kernels do not need.
    pub fn link(platform: Platform, kernel_img: &[u8]) -> Result<Self, Error> {
        let file = Elf::parse("kernel.img", kernel_img)?.expect(platform, elf::ET_REL)?;
        let placed = SectionPlacement::new(&file)?;
        let symbols = placed.symbols(&file)?;
        let entry = symbols.iter().find(|s| matches!(s.name, b"_start" | b"start"));
        let entry = entry.and_then(|s| s.value).and_then(|v| u32::try_from(v).ok());
        let entry = entry.ok_or_else(|| file.bad("it does not say where it starts"))?;

        // OK to cast: at most LARGEST.
        let mut image = vec![0; placed.size as usize];
        for (section, at) in file.sections.iter().zip(&placed.positions) {
            if let Some(at) = at.map(|at| at as usize)
                && let Some(to) = image.get_mut(at..at + section.data.len())
            {
                to.copy_from_slice(section.data);
            }
        }
        let mut relocations = BaseRelocations::default();
        for section in &file.sections {
            let Some(start) = placed.target(section) else { continue };
            for r in file.relocations(section)? {
                let symbol = symbols.get(r.symbol as usize);
                let value = symbol.and_then(|s| s.value).ok_or_else(|| {
                    let name = symbol.map_or_else(Default::default, |s| shown(s.name));
                    file.bad(&format!("it wants the symbol {} `{name}`", r.symbol))
                })?;
                let position = start.checked_add(r.offset).filter(|p| *p < placed.size);
                let position = position.ok_or_else(|| file.bad("a relocation past its end"))?;
                let place = RelocationPlace { position, address: position + PAGE as u64 };
                let absolute = apply(platform, &mut image, place, r.kind, value, r.addend)
                    .map_err(|reason| file.bad(&format!("at {:#x}: {reason}", place.address)))?;
                if let Some(kind) = absolute {
                    // OK to cast: at most LARGEST + PAGE.
                    relocations.push(kind, place.address as u32);
                }
            }
        }
        if relocations.is_empty() {
            return Err(file.bad("no place in it holds an address"));
        }
        Ok(Self {
            image,
            text_size: placed.text_size as usize, // OK to cast: at most LARGEST
            entry,
            nx: symbols.iter().any(|s| s.name == SETS_MEMORY_ATTRIBUTES && s.value.is_some()),
            relocations,
        })
    }
}

/// A symbol with its address, or without one.
struct Address<'a> {
    name: &'a [u8],
    value: Option<u64>,
}

/// The placement of the sections.
struct SectionPlacement {
    /// The position of each section of the file, from the start of the image; `None`: it does not
    /// go in.
    positions: Vec<Option<u64>>,
    text_size: u64,
    bss_start: u64,
    size: u64,
}

impl SectionPlacement {
    fn new(file: &Elf<'_>) -> Result<Self, Error> {
        let mut positions = vec![None; file.sections.len()];
        let mut place = |from, wanted: fn(&Section<'_>) -> bool| {
            let mut next: u64 = from;
            for (section, position) in file.sections.iter().zip(&mut positions) {
                if !(section.alloc && wanted(section)) {
                    continue;
                }
                let align = section.align.max(1);
                if !align.is_power_of_two() || align > PAGE as u64 {
                    return Err(file.bad(&format!("a section aligned to {align}")));
                }
                let at = next.next_multiple_of(align); // no overflow: both are small
                *position = Some(at);
                let end = at.checked_add(section.size).filter(|end| *end <= LARGEST);
                next = end.ok_or_else(|| {
                    file.bad(&format!("more than the {LARGEST} bytes a kernel may have"))
                })?;
            }
            Ok(next)
        };
        let up = |at: u64| at.next_multiple_of(PAGE as u64); // no overflow: at most LARGEST
        let text_size = up(place(0, |s| s.exec)?);
        let bss_start = place(text_size, |s| !s.exec && s.kind != elf::SHT_NOBITS)?;
        let size = up(place(bss_start, |s| !s.exec && s.kind == elf::SHT_NOBITS)?);
        Ok(Self { positions, text_size, bss_start, size })
    }

    /// The position of the section with this number, if it goes in.
    fn position(&self, section: usize) -> Option<u64> {
        self.positions.get(section).copied().flatten()
    }

    /// The position of what a relocation section is about; `None` for other sections.
    fn target(&self, section: &Section<'_>) -> Option<u64> {
        let relocates = matches!(section.kind, elf::SHT_REL | elf::SHT_RELA);
        self.position(usize::try_from(section.info).ok().filter(|_| relocates)?)
    }

    /// The symbols' addresses. Those of the linker's own two lack the header's page, as they do
    /// where GRUB's program links; no kernel uses them.
    fn symbols<'a>(&self, file: &Elf<'a>) -> Result<Vec<Address<'a>>, Error> {
        let address = |s: &Symbol<'_>| match (s.section, s.name) {
            (elf::SHN_ABS, _) => Some(s.value),
            (elf::SHN_UNDEF, b"__bss_start") => Some(self.bss_start),
            (elf::SHN_UNDEF, b"_end") => Some(self.size),
            (section, _) => {
                let start = self.position(section.index()?.into())?;
                Some((start + PAGE as u64).wrapping_add(s.value))
            }
        };
        let symbols = file.symbols()?;
        Ok(symbols.iter().map(|s| Address { name: s.name, value: address(s) }).collect())
    }
}

fn shown(name: &[u8]) -> String {
    readable(&name.escape_ascii().to_string())
}
