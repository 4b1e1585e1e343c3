//! The BIOS's `kernel.img`: an ELF program, of which core.img holds the loaded sections as one flat
//! piece.

use crate::elf::Elf;
use crate::{Error, Platform};
use object::elf;

/// The address at which the kernel is linked to run, and to which its first byte goes.
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
        let file = Elf::parse("kernel.img", kernel_img)?.expect(Platform::I386Pc, elf::ET_EXEC)?;
        let mut bytes = Vec::new();
        let mut bss_end = 0;
        let mut loaded: Vec<_> = file.sections.iter().filter(|s| s.alloc).collect();
        loaded.sort_by_key(|s| s.addr);
        for s in &loaded {
            let end = s.addr + s.size; // no overflow: the file is 32 bits wide
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
