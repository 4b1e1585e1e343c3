//! An EFI platform's kernel.img of a few hundred bytes, with every kind of relocation that the
//! platform's kernels have.

use super::handmade::{ALLOC, NOBITS, PROGBITS, STRTAB};
use grub_image::{Platform, PlatformFiles};
use std::collections::BTreeMap;
use std::sync::Arc;

const EXEC: u32 = 4;
const SYMTAB: u32 = 2;
const RELA: u32 = 4;
const REL: u32 = 9;

/// Relocation types, and whether `.text` (or else `.data`) has them.
fn relocations(platform: Platform) -> &'static [(u32, bool)] {
    match platform {
        Platform::X86_64Efi => &[(1, false), (2, true), (4, true), (24, false)],
        Platform::I386Efi => &[(1, false), (1, true), (2, true)],
        Platform::Arm64Efi => &[
            (257, false),
            (261, false),
            (275, true),
            (277, true),
            (286, true),
            (282, true),
            (283, true),
        ],
        Platform::I386Pc => &[],
    }
}

/// Numbers as wide as the file has them.
struct Words {
    wide: bool,
    bytes: Vec<u8>,
}

impl Words {
    fn new(wide: bool) -> Self {
        Self { wide, bytes: Vec::new() }
    }

    fn half(&mut self, v: u16) {
        self.bytes.extend(v.to_le_bytes());
    }

    fn word(&mut self, v: u32) {
        self.bytes.extend(v.to_le_bytes());
    }

    /// 32 or 64 bits.
    fn native(&mut self, v: u64) {
        let len = if self.wide { 8 } else { 4 };
        self.bytes.extend(&v.to_le_bytes()[..len]);
    }
}

/// Name, section number, value.
const SYMBOLS: &[(&str, u16, u64)] = &[
    ("", 0, 0),
    ("_start", 1, 4),
    ("datum", 2, 8),
    ("buffer", 3, 16),
    ("__bss_start", 0, 0),
    ("fixed", 0xfff1, 0x1234), // SHN_ABS
    ("grub_update_mem_attrs", 1, 8),
];

/// `.symtab` and `.strtab`.
fn symbols(wide: bool) -> (Vec<u8>, Vec<u8>) {
    let (mut table, mut names) = (Words::new(wide), vec![0]);
    for (name, section, value) in SYMBOLS {
        table.word(if name.is_empty() { 0 } else { names.len() as u32 });
        if wide {
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

/// `.rela.text` or `.rela.data`, of 8 bytes between one place and the next.
fn relocation_section(platform: Platform, text: bool) -> Vec<u8> {
    let wide = platform != Platform::I386Efi;
    let mut entries = Words::new(wide);
    let mine = relocations(platform).iter().filter(|r| r.1 == text);
    for (n, (kind, _)) in mine.enumerate() {
        let symbol = (n % (SYMBOLS.len() - 1) + 1) as u64;
        let symbol = if *kind == 282 || *kind == 283 { 1 } else { symbol }; // a near one
        entries.native(n as u64 * 8);
        if wide {
            entries.native(symbol << 32 | u64::from(*kind));
            entries.native(4);
        } else {
            entries.native(symbol << 8 | u64::from(*kind));
        }
    }
    entries.bytes
}

/// The file.
pub fn kernel(platform: Platform) -> Vec<u8> {
    let wide = platform != Platform::I386Efi;
    let machine = match platform {
        Platform::X86_64Efi => 62,
        Platform::Arm64Efi => 183,
        Platform::I386Efi | Platform::I386Pc => 3,
    };
    let rel = if wide { RELA } else { REL };
    let (symtab, strtab) = symbols(wide);
    let (text, data) = ([0x90; 64], [0x11; 32]);
    let text_relocations = relocation_section(platform, true);
    let data_relocations = relocation_section(platform, false);
    // Name, type, flags, bytes, size, link, info, alignment.
    type Section<'a> = (&'a str, u32, u32, &'a [u8], usize, u32, u32, u64);
    let sections: &[Section<'_>] = &[
        ("", 0, 0, &[], 0, 0, 0, 0),
        (".text", PROGBITS, ALLOC | EXEC, &text, 64, 0, 0, 16),
        (".data", PROGBITS, ALLOC, &data, 32, 0, 0, 8),
        (".bss", NOBITS, ALLOC, &[], 5000, 0, 0, 32),
        (".rela.text", rel, 0, &text_relocations, text_relocations.len(), 6, 1, 8),
        (".rela.data", rel, 0, &data_relocations, data_relocations.len(), 6, 2, 8),
        (".symtab", SYMTAB, 0, &symtab, symtab.len(), 7, 1, 8),
        (".strtab", STRTAB, 0, &strtab, strtab.len(), 0, 0, 1),
        (".shstrtab", STRTAB, 0, &[], 0, 0, 0, 1),
    ];
    let names: Vec<u8> = sections.iter().flat_map(|s| s.0.bytes().chain([0])).collect();
    let (head_len, section_len) = if wide { (64, 64) } else { (52, 40) };
    let mut headers = Words::new(wide);
    let (mut name, mut at) = (0, head_len + section_len * sections.len());
    let mut contents = Vec::new();
    for (n, (title, kind, flags, bytes, size, link, info, align)) in sections.iter().enumerate() {
        let bytes = if n + 1 == sections.len() { &names } else { *bytes };
        let size = if n + 1 == sections.len() { names.len() } else { *size };
        headers.word(name);
        headers.word(*kind);
        for v in [u64::from(*flags), 0, at as u64, size as u64] {
            headers.native(v);
        }
        headers.word(*link);
        headers.word(*info);
        headers.native(*align);
        let entry = match (*kind, wide) {
            (SYMTAB | RELA, true) => 24,
            (SYMTAB, false) => 16,
            (REL, false) => 8,
            _ => 0,
        };
        headers.native(entry);
        name += title.len() as u32 + 1;
        at += bytes.len();
        contents.extend(bytes);
    }
    let mut file = Words::new(wide);
    file.bytes.extend(b"\x7fELF");
    file.bytes.extend([if wide { 2 } else { 1 }, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    file.half(1); // ET_REL
    file.half(machine);
    file.word(1);
    for v in [0, 0, head_len as u64] {
        file.native(v); // e_entry, e_phoff, e_shoff
    }
    file.word(0);
    for v in [head_len, 0, 0, section_len, sections.len(), sections.len() - 1] {
        file.half(v as u16);
    }
    [file.bytes, headers.bytes, contents].concat()
}

/// A platform directory without modules.
pub fn files(platform: Platform) -> PlatformFiles {
    let files = [("kernel.img", kernel(platform)), ("moddep.lst", Vec::new())];
    let files = files.into_iter().map(|(n, b)| (n.to_owned(), Arc::from(b)));
    PlatformFiles::new(files.collect::<BTreeMap<_, _>>())
}
