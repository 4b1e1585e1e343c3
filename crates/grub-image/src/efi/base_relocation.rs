//! The section `.reloc`: which places of the program change with the address it is loaded to.
//!
//! ```text
//! ┌ head ────────────┬ entries of 16 bits ┬ zero ┐┌ head ──────┬ entries … ┬ zeros ──────────────┐
//! │ page, block size │ type, place        │      ││            │           │ to the whole page   │
//! └──────────────────┴────────────────────┴──────┘└────────────┴───────────┴─────────────────────┘
//!   a multiple of 8 bytes                           the last block takes the rest of the section
//! ```
//!
//! A block ends when the next place lies in another page than its own. Places come in the order of
//! kernel.img's relocations, so a page may have several blocks.

use super::section::PAGE;
use efi_program::format::pe::BaseRelocationBlock;

/// The places, in order: type and address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct BaseRelocations {
    places: Vec<(u16, u32)>,
}

impl BaseRelocations {
    pub(super) fn push(&mut self, kind: u16, address: u32) {
        self.places.push((kind, address));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The section's bytes: whole pages, none without a place.
    pub(super) fn to_section(&self) -> Vec<u8> {
        let page = |address: u32| address & !(PAGE as u32 - 1);
        let mut section = Vec::new();
        let mut blocks = self.places.chunk_by(|a, b| page(a.1) == page(b.1)).peekable();
        while let Some(block) = blocks.next() {
            let start = section.len();
            section.extend([0; 8]);
            for (kind, address) in block {
                let entry = kind << 12 | (address & (PAGE as u32 - 1)) as u16;
                section.extend(entry.to_le_bytes());
            }
            let unit = if blocks.peek().is_some() { 8 } else { PAGE };
            section.resize(section.len().next_multiple_of(unit), 0);
            let head = BaseRelocationBlock {
                page_rva: page(block.first().map_or(0, |place| place.1)).into(),
                // OK to cast: a kernel has at most 16 MiB, and no more places than half of it.
                block_size: ((section.len() - start) as u32).into(),
            };
            section[start..start + 8].copy_from_slice(&head.to_bytes());
        }
        section
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_left_and_come_back_to_has_two_blocks() {
        let mut relocations = BaseRelocations::default();
        assert_eq!(relocations.to_section(), [0; 0]);
        for address in [0x1004, 0x1FFF, 0x2000, 0x1000] {
            relocations.push(10, address);
        }
        let section = relocations.to_section();
        assert_eq!(section.len(), PAGE);
        assert_eq!(section[..12], *b"\0\x10\0\0\x10\0\0\0\x04\xa0\xff\xaf");
        assert_eq!(section[12..16], [0; 4]);
        assert_eq!(section[16..32], *b"\0\x20\0\0\x10\0\0\0\0\xa0\0\0\0\0\0\0");
        assert_eq!(section[32..42], *b"\0\x10\0\0\xe0\x0f\0\0\0\xa0");
        assert_eq!(section[42..], [0; PAGE - 42]);
    }

    #[test]
    fn the_section_is_whole_pages() {
        let mut relocations = BaseRelocations::default();
        for i in 0..2045 {
            relocations.push(3, 0x3000 + i);
        }
        // 8 + 2 * 2044 = 4096: one more, and the only block takes two pages.
        assert_eq!(relocations.to_section().len(), 2 * PAGE);
        assert_eq!(relocations.to_section()[..8], *b"\0\x30\0\0\0\x20\0\0");
    }
}
