//! The sections of the file, and what they are aligned to.

/// Alignment of everything in the file, and the length of its headers.
pub(super) const PAGE: usize = 0x1000;

/// A section of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EfiSection {
    /// `.text`, `.data`, `mods`, `.sbat`, `.reloc`.
    pub name: &'static str,
    /// Place in the file, and address in memory, in bytes.
    pub at: u32,
    /// Length in bytes, a multiple of 4096.
    pub len: u32,
}
