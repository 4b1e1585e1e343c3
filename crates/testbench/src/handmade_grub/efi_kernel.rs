//! An EFI platform's kernel.img of a few hundred bytes, with every kind of relocation that the
//! platform's kernels have.

use super::elf::{ALLOC, EXEC, Machine, NOBITS, OBJECT, PROGBITS, REL, RELA, STRTAB, SYMTAB};
use super::elf::{Section, Words, elf};

/// Relocation types, and whether `.text` (or else `.data`) has them.
fn relocations(machine: Machine) -> &'static [(u32, bool)] {
    match machine {
        Machine::X86_64 => &[(1, false), (2, true), (4, true), (24, false)],
        Machine::I386 => &[(1, false), (1, true), (2, true)],
        Machine::Aarch64 => &[
            (257, false),
            (261, false),
            (275, true),
            (277, true),
            (286, true),
            (282, true),
            (283, true),
        ],
    }
}

/// The kernel's symbols: name, section number, value.
const SYMBOLS: &[(&str, u16, u64)] = &[
    ("", 0, 0),
    ("_start", 1, 4),
    ("datum", 2, 8),
    ("buffer", 3, 16),
    ("__bss_start", 0, 0),
    ("fixed", 0xFFF1, 0x1234), // SHN_ABS
    ("grub_update_mem_attrs", 1, 8),
];

/// The sections `.symtab` and `.strtab`.
fn symbols(machine: Machine) -> (Vec<u8>, Vec<u8>) {
    let (mut table, mut names) = (Words::new(machine), vec![0]);
    for (name, section, value) in SYMBOLS {
        table.word(if name.is_empty() { 0 } else { names.len() as u32 });
        if machine.wide() {
            table.half(0); // st_info, st_other
            table.half(*section);
            table.native(*value);
            table.native(0);
        } else {
            table.native(*value);
            table.native(0);
            table.half(0);
            table.half(*section);
        }
        names.extend(name.bytes().chain([0]));
    }
    (table.bytes, names)
}

/// The section `.rela.text` or `.rela.data`, whose places are 8 bytes apart.
fn relocation_section(machine: Machine, text: bool) -> Vec<u8> {
    let mut entries = Words::new(machine);
    let mine = relocations(machine).iter().filter(|r| r.1 == text);
    for (n, (kind, _)) in mine.enumerate() {
        let symbol = (n % (SYMBOLS.len() - 1) + 1) as u64;
        let symbol = if *kind == 282 || *kind == 283 { 1 } else { symbol }; // a near one
        entries.native(n as u64 * 8);
        if machine.wide() {
            entries.native(symbol << 32 | u64::from(*kind));
            entries.native(4);
        } else {
            entries.native(symbol << 8 | u64::from(*kind));
        }
    }
    entries.bytes
}

/// The kernel for an EFI platform (`x86_64-efi`, `i386-efi`, `arm64-efi`).
pub fn efi_kernel(platform: &str) -> Vec<u8> {
    let machine = Machine::of(platform);
    let rel = if machine.wide() { RELA } else { REL };
    let (symtab, strtab) = symbols(machine);
    let (of_text, of_data) =
        (relocation_section(machine, true), relocation_section(machine, false));
    let aligned = |align, section| Section { align, ..section };
    let about = |info, section| Section { link: 6, info, align: 8, ..section };
    let sections = [
        aligned(16, Section::new(".text", PROGBITS, ALLOC | EXEC, 0, &[0x90; 64])),
        aligned(8, Section::new(".data", PROGBITS, ALLOC, 0, &[0x11; 32])),
        aligned(32, Section::new(".bss", NOBITS, ALLOC, 0, &[]).sized(5000)),
        about(1, Section::new(".rela.text", rel, 0, 0, &of_text)),
        about(2, Section::new(".rela.data", rel, 0, 0, &of_data)),
        Section { link: 7, ..about(1, Section::new(".symtab", SYMTAB, 0, 0, &symtab)) },
        Section::new(".strtab", STRTAB, 0, 0, &strtab),
    ];
    elf(machine, OBJECT, &sections)
}
