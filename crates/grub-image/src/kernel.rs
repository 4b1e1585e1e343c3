//! `kernel.img`: an ELF program, of which core.img holds the loaded sections as one flat piece.

use crate::Error;
use crate::elf::Elf;
use object::elf;

/// Where the kernel is linked to run, and where its first byte goes.
pub(crate) const LINK_ADDRESS: u64 = 0x9000;
/// One past the last address the kernel with its .bss may use.
const LIMIT: u64 = 0x68000;

/// The kernel as it lies in memory from address 0x9000 on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kernel {
    bytes: Vec<u8>,
    bss_size: u64,
}

impl Kernel {
    /// Flattens the ELF file: every PROGBITS section with the ALLOC flag at its address, zeros
    /// between them, neither rounded nor followed by .bss. The length must be exact: GRUB looks
    /// for its modules right behind it.
    ///
    /// # Errors
    /// [`Error::BadFile`] when this is no i386 ELF program that starts at 0x9000,
    /// [`Error::KernelTooBig`].
    pub fn parse(kernel_img: &[u8]) -> Result<Self, Error> {
        let file = Elf::parse("kernel.img", kernel_img, elf::ET_EXEC)?;
        let mut bytes = Vec::new();
        let mut bss_end = 0;
        let mut loaded: Vec<_> = file.sections()?;
        loaded.retain(|s| s.alloc);
        loaded.sort_by_key(|s| s.addr);
        for s in &loaded {
            let end = s.addr + s.size; // no overflow: both are 32 bits wide
            match s.kind {
                elf::SHT_PROGBITS | elf::SHT_NOBITS if s.size == 0 => continue,
                elf::SHT_PROGBITS | elf::SHT_NOBITS => {}
                _ => continue,
            }
            if s.addr < LINK_ADDRESS {
                return Err(file.bad(&format!("a section at {:#x}, below 0x9000", s.addr)));
            }
            if end > LIMIT {
                return Err(Error::KernelTooBig { end, limit: LIMIT });
            }
            if s.kind == elf::SHT_NOBITS {
                bss_end = bss_end.max(end);
                continue;
            }
            // OK to cast: below LIMIT.
            let at = (s.addr - LINK_ADDRESS) as usize;
            if bytes.is_empty() && at != 0 {
                return Err(file.bad(&format!("its first section is at {:#x}, not 0x9000", s.addr)));
            }
            if at < bytes.len() {
                return Err(file.bad(&format!("sections overlap at {:#x}", s.addr)));
            }
            bytes.resize(at, 0);
            bytes.extend_from_slice(s.data);
        }
        if bytes.is_empty() {
            return Err(file.bad("no section to load"));
        }
        let bss_size = bss_end.saturating_sub(LINK_ADDRESS + bytes.len() as u64);
        Ok(Self { bytes, bss_size })
    }

    /// The bytes from 0x9000 to the end of the last loaded section.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes of .bss behind them, which no image holds.
    pub fn bss_size(&self) -> u64 {
        self.bss_size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ELF32 i386 program: header, section headers, then the sections' bytes. Sections are
    /// (type, flags, address, bytes, size); a table of names (one empty name) becomes the last.
    fn program(sections: &[(u32, u32, u32, &[u8], u32)]) -> Vec<u8> {
        let sections = [sections, &[(STRTAB, 0, 0, b"\0", 1)]].concat();
        let count = sections.len() as u16 + 1;
        let mut out = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        out.extend(2u16.to_le_bytes()); // e_type: ET_EXEC
        out.extend(3u16.to_le_bytes()); // e_machine: EM_386
        for v in [1u32, 0x9000, 0, 52, 0] {
            out.extend(v.to_le_bytes()); // e_version, e_entry, e_phoff, e_shoff, e_flags
        }
        for v in [52u16, 32, 0, 40, count, count - 1] {
            out.extend(v.to_le_bytes()); // e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx
        }
        let mut at = 52 + 40 * u32::from(count);
        out.extend([0; 40]);
        for (kind, flags, addr, data, size) in &sections {
            for v in [0, *kind, *flags, *addr, at, *size, 0, 0, 1, 0] {
                out.extend(v.to_le_bytes());
            }
            at += data.len() as u32;
        }
        out.extend(sections.iter().flat_map(|s| s.3));
        out
    }

    const PROGBITS: u32 = 1;
    const STRTAB: u32 = 3;
    const NOBITS: u32 = 8;
    const ALLOC: u32 = 2;

    #[test]
    fn sections_go_to_their_addresses() {
        let img = program(&[
            (PROGBITS, ALLOC, 0x9008, b"data", 4),
            (PROGBITS, ALLOC, 0x9000, b"text!", 5),
            (PROGBITS, 0, 0x9100, b"comment", 7),
            (NOBITS, ALLOC, 0x9010, b"", 0x100),
        ]);
        let kernel = Kernel::parse(&img).unwrap();
        assert_eq!(kernel.bytes(), b"text!\0\0\0data");
        assert_eq!(kernel.bss_size(), 0x9110 - 0x900c);
    }

    #[test]
    fn hostile_programs_are_refused() {
        let ok = (PROGBITS, ALLOC, 0x9000, &b"text"[..], 4);
        let refused = |sections: &[_], says: &str| {
            let e = Kernel::parse(&program(sections)).unwrap_err().to_string();
            assert!(e.contains(says), "{e}");
        };
        refused(&[(PROGBITS, ALLOC, 0x8000, b"x", 1)], "below 0x9000");
        refused(&[(PROGBITS, ALLOC, 0x9001, b"x", 1)], "not 0x9000");
        refused(&[(PROGBITS, ALLOC, 0xffff_ffff, b"x", 1), ok], "too big");
        refused(&[ok, (NOBITS, ALLOC, 0x9004, b"", u32::MAX)], "too big");
        refused(&[ok, (PROGBITS, ALLOC, 0x9003, b"x", 1)], "overlap");
        refused(&[(PROGBITS, ALLOC, 0x9000, b"x", 100)], "ELF");
        refused(&[(PROGBITS, 0, 0x9000, b"x", 1)], "no section to load");
        refused(&[], "no section to load");
    }

    #[test]
    fn every_truncation_is_refused() {
        let img = program(&[(PROGBITS, ALLOC, 0x9000, b"text", 4)]);
        assert!(Kernel::parse(&img).is_ok());
        for len in 0..img.len() {
            assert!(Kernel::parse(&img[..len]).is_err(), "{len} bytes");
        }
    }
}
