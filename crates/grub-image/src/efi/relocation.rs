//! The effect of an ELF relocation on the bytes it is about, for each EFI platform.
//!
//! S: the symbol's address, A: the entry's addend, P: the place's address. What the place holds is
//! added in. Types and names: the processor supplements of the ELF specification
//! (<https://gitlab.com/x86-psABIs>, <https://github.com/ARM-software/abi-aa>).

use super::section::PAGE;
use crate::Platform;
use efi_program::format::pe::{IMAGE_REL_BASED_DIR64, IMAGE_REL_BASED_HIGHLOW};
use object::elf;

/// The place where a relocation does its work.
#[derive(Debug, Clone, Copy)]
pub(super) struct RelocationPlace {
    /// The offset from the start of the image.
    pub position: u64,
    /// The address as the program sees it.
    pub address: u64,
}

/// Applies a relocation. Returns the type of the base relocation that the place needs, if what it
/// holds now depends on where the program is loaded.
pub(super) fn apply(
    platform: Platform,
    image: &mut [u8],
    place: RelocationPlace,
    kind: u32,
    symbol: u64,
    addend: i64,
) -> Result<Option<u16>, String> {
    let kind = elf::RelocationType(kind);
    let target = symbol.wrapping_add_signed(addend); // S + A
    let distance = target.wrapping_sub(place.address); // S + A - P
    let at = place.position as usize; // OK to cast: it lies in the image
    match (platform, kind) {
        (Platform::X86_64Efi, elf::R_X86_64_NONE) | (Platform::I386Efi, elf::R_386_NONE) => {
            Ok(None)
        }
        (Platform::X86_64Efi, elf::R_X86_64_64) | (Platform::Arm64Efi, elf::R_AARCH64_ABS64) => {
            add64(image, at, target)?;
            Ok(Some(IMAGE_REL_BASED_DIR64))
        }
        (Platform::X86_64Efi, elf::R_X86_64_PC64) => {
            add64(image, at, distance)?;
            Ok(None)
        }
        (Platform::I386Efi, elf::R_386_32) => {
            add32(image, at, target)?;
            Ok(Some(IMAGE_REL_BASED_HIGHLOW))
        }
        (Platform::X86_64Efi, elf::R_X86_64_PC32 | elf::R_X86_64_PLT32)
        | (Platform::I386Efi, elf::R_386_PC32)
        | (Platform::Arm64Efi, elf::R_AARCH64_PREL32) => {
            add32(image, at, distance)?;
            Ok(None)
        }
        (Platform::Arm64Efi, elf::R_AARCH64_ADR_PREL_PG_HI21) => {
            // ADRP: the distance in pages, 21 bits: the low two in bits 29 and 30, the others
            // from bit 5 on.
            let page = |address: u64| address & !(PAGE as u64 - 1);
            let pages = page(target).wrapping_sub(page(place.address)).cast_signed() >> 12;
            let pages = field(pages, 21)?;
            instruction(image, at, 0x9F00_001F, (pages & 3) << 29 | (pages >> 2) << 5)
        }
        (Platform::Arm64Efi, elf::R_AARCH64_ADD_ABS_LO12_NC) => {
            instruction(image, at, 0xFFC0_03FF, (target as u32 & 0xFFF) << 10)
        }
        (Platform::Arm64Efi, elf::R_AARCH64_LDST64_ABS_LO12_NC) => {
            // The unit is the 8 bytes that are loaded.
            instruction(image, at, 0xFFF8_03FF, (target as u32 & 0xFF8) << 7)
        }
        (Platform::Arm64Efi, elf::R_AARCH64_JUMP26 | elf::R_AARCH64_CALL26) => {
            let words = field(distance.cast_signed() >> 2, 26)?;
            instruction(image, at, 0xFC00_0000, words)
        }
        _ => Err(format!("a relocation of type {}, which no GRUB kernel has", kind.0)),
    }
}

/// `value` as a signed field of `bits` bits.
fn field(value: i64, bits: u32) -> Result<u32, String> {
    let half = 1 << (bits - 1);
    if !(-half..half).contains(&value) {
        return Err(format!("a jump or address too far off for its {bits} bits"));
    }
    Ok(value as u32 & ((1 << bits) - 1))
}

fn add64(image: &mut [u8], at: usize, value: u64) -> Result<(), String> {
    let place = place::<8>(image, at)?;
    *place = u64::from_le_bytes(*place).wrapping_add(value).to_le_bytes();
    Ok(())
}

/// Adds the low 32 bits of `value`.
fn add32(image: &mut [u8], at: usize, value: u64) -> Result<(), String> {
    let place = place::<4>(image, at)?;
    *place = u32::from_le_bytes(*place).wrapping_add(value as u32).to_le_bytes();
    Ok(())
}

/// Puts bits into an instruction: those of `keep` stay as they are.
fn instruction(image: &mut [u8], at: usize, keep: u32, bits: u32) -> Result<Option<u16>, String> {
    let place = place::<4>(image, at)?;
    *place = (u32::from_le_bytes(*place) & keep | bits & !keep).to_le_bytes();
    Ok(None)
}

fn place<const N: usize>(image: &mut [u8], at: usize) -> Result<&mut [u8; N], String> {
    let place = image.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<N>);
    place.ok_or_else(|| "a relocation past its end".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The 8 bytes at 0x1010, all ones before, after one relocation.
    fn after(platform: Platform, kind: u32, symbol: u64, addend: i64) -> (u64, Option<u16>) {
        let mut image = [0xFF; 0x20];
        let place = RelocationPlace { position: 0x10, address: 0x1010 };
        let base = apply(platform, &mut image, place, kind, symbol, addend).unwrap();
        assert!(image[..0x10].iter().chain(&image[0x18..]).all(|b| *b == 0xFF));
        (u64::from_le_bytes(image[0x10..0x18].try_into().unwrap()), base)
    }

    #[test]
    fn what_the_place_holds_is_added_in() {
        use Platform::{Arm64Efi, I386Efi, X86_64Efi};
        assert_eq!(after(X86_64Efi, 0, 5, 5), (u64::MAX, None));
        assert_eq!(after(X86_64Efi, 1, 0x2000, 3), (0x2002, Some(10)));
        assert_eq!(after(X86_64Efi, 2, 0x2000, -4), (0xFFFF_FFFF_0000_0FEB, None));
        assert_eq!(after(X86_64Efi, 4, 0x1000, 0), (0xFFFF_FFFF_FFFF_FFEF, None));
        assert_eq!(after(X86_64Efi, 24, 0x1000, 0), (0xFFFF_FFFF_FFFF_FFEF, None));
        assert_eq!(after(I386Efi, 1, 0x2000, 0), (0xFFFF_FFFF_0000_1FFF, Some(3)));
        assert_eq!(after(I386Efi, 2, 0x2000, 0), (0xFFFF_FFFF_0000_0FEF, None));
        assert_eq!(after(Arm64Efi, 257, 0x2000, 0), (0x1FFF, Some(10)));
        assert_eq!(after(Arm64Efi, 261, 0x2000, 0), (0xFFFF_FFFF_0000_0FEF, None));
    }

    #[test]
    fn instructions_keep_what_is_not_the_address() {
        let arm = |kind, symbol| after(Platform::Arm64Efi, kind, symbol, 0).0 as u32;
        assert_eq!(arm(275, 0x1FFF), 0x9F00_001F);
        assert_eq!(arm(275, 0x6000), 0x9F00_001F | 1 << 29 | 1 << 5);
        assert_eq!(arm(275, 0), 0x9F00_001F | 3 << 29 | 0x7_FFFF << 5);
        assert_eq!(arm(277, 0x1234), 0xFFC0_03FF | 0x234 << 10);
        assert_eq!(arm(286, 0x1238), 0xFFF8_03FF | 0x238 << 7);
        assert_eq!(arm(283, 0x2010), 0xFC00_0400);
        assert_eq!(arm(282, 0x100C), 0xFFFF_FFFF);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let mut image = [0; 8];
        let mut refused = |platform, position, kind, symbol| {
            let place = RelocationPlace { position, address: 0x1000 + position };
            apply(platform, &mut image, place, kind, symbol, 0).unwrap_err()
        };
        // Absolute addresses of 32 bits cannot be moved past 4 GiB.
        assert!(refused(Platform::X86_64Efi, 0, 10, 0).contains("type 10"));
        assert!(refused(Platform::X86_64Efi, 0, 11, 0).contains("type 11"));
        assert!(refused(Platform::Arm64Efi, 0, 311, 0).contains("type 311"));
        assert!(refused(Platform::I386Efi, 0, 3, 0).contains("type 3"));
        assert!(refused(Platform::X86_64Efi, 1, 1, 0).contains("past its end"));
        assert!(refused(Platform::I386Efi, 5, 1, 0).contains("past its end"));
        assert!(refused(Platform::Arm64Efi, 0, 283, 1 << 30).contains("26 bits"));
        assert!(refused(Platform::Arm64Efi, 0, 275, 1 << 40).contains("21 bits"));
    }
}
