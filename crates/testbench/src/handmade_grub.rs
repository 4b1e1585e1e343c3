//! A handmade GRUB: platform directories of a few kilobytes that are the same on every machine and
//! need no installed GRUB. It cannot boot, but it has every part that is read, patched, linked and
//! packed when an image is made of it.

mod efi_kernel;
mod elf;

pub use efi_kernel::efi_kernel;
pub use elf::{ALLOC, EXEC, Machine, NOBITS, PROGBITS, STRTAB, Section, elf};

use std::collections::BTreeMap;

/// The files of a platform directory by their names.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A module's name, and those of the modules that it needs.
pub type Module<'a> = (&'a str, &'a [&'a str]);

/// The modules `a`, which needs `b`, and `b`.
pub const A_AND_B: [Module<'static>; 2] = [("a", &["b"]), ("b", &[])];

/// The modules that a key asks for on some firmware, with what each needs.
pub const MODULES: [Module<'static>; 28] = [
    ("biosdisk", &[]),
    ("boot", &[]),
    ("cat", &[]),
    ("configfile", &["normal"]),
    ("echo", &[]),
    ("ext2", &["fshelp"]),
    ("fat", &["fshelp"]),
    ("fshelp", &[]),
    ("halt", &[]),
    ("iso9660", &["fshelp"]),
    ("linux", &["normal", "boot"]),
    ("loadenv", &[]),
    ("loopback", &[]),
    ("ls", &[]),
    ("minicmd", &[]),
    ("normal", &["terminal", "boot"]),
    ("part_gpt", &[]),
    ("part_msdos", &[]),
    ("reboot", &[]),
    ("regexp", &[]),
    ("search", &["search_fs_uuid", "search_label"]),
    ("search_fs_uuid", &[]),
    ("search_label", &[]),
    ("serial", &["terminal"]),
    ("sleep", &[]),
    ("terminal", &[]),
    ("test", &[]),
    ("true", &[]),
];

/// The files for `platform` (`i386-pc`, `x86_64-efi` …): the kernel, what starts it on a BIOS, the
/// modules with `code` bytes of code in each, and the list of what they need.
pub fn files(platform: &str, modules: &[Module<'_>], code: usize) -> Files {
    let mut files = Files::new();
    let mut put = |name: &str, bytes: Vec<u8>| files.insert(name.to_owned(), bytes);
    if platform == "i386-pc" {
        put("kernel.img", bios_kernel(code));
        put("boot.img", boot_img());
        put("diskboot.img", diskboot_img());
        put("lzma_decompress.img", decompressor(40, 60));
    } else {
        put("kernel.img", efi_kernel(platform));
    }
    let lines = modules.iter().map(|(name, needs)| format!("{name}: {}\n", needs.join(" ")));
    put("moddep.lst", lines.collect::<String>().into_bytes());
    for (name, needs) in modules {
        put(&format!("{name}.mod"), module(Machine::of(platform), name, needs, code));
    }
    files
}

/// All files of a platform directory: those of [`files`], those that a running GRUB reads, and the
/// one that names the build.
pub fn directory(platform: &str, modules: &[Module<'_>], code: usize) -> Files {
    let mut files = files(platform, modules, code);
    let (cpu, firmware) = platform.split_once('-').unwrap_or((platform, ""));
    let modinfo = format!(
        "grub_modinfo_target_cpu={cpu}\ngrub_modinfo_platform={firmware}\n\
         grub_version=\"2.06\"\ngrub_package_version=\"2.06-handmade\"\n"
    );
    let commands: String = modules.iter().map(|(name, _)| format!("{name}: {name}\n")).collect();
    for (name, text) in
        [("modinfo.sh", &*modinfo), ("command.lst", &commands), ("fs.lst", "ext2\nfat\n")]
    {
        files.insert(name.to_owned(), text.as_bytes().to_vec());
    }
    files
}

/// The platform directory of a small GRUB for BIOSes, from which any key can be planned.
pub fn for_bios() -> Files {
    directory("i386-pc", &MODULES, 4)
}

/// A module that calls itself `name` and needs the modules `needs`.
pub fn module(machine: Machine, name: &str, needs: &[&str], code: usize) -> Vec<u8> {
    let text = instructions(name, code);
    let modname = format!("{name}\0");
    let moddeps: String = needs.iter().map(|n| format!("{n}\0")).collect();
    elf(
        machine,
        elf::OBJECT,
        &[
            Section::new(".text", PROGBITS, ALLOC, 0, &text),
            Section::new(".modname", PROGBITS, 0, 0, modname.as_bytes()),
            Section::new(".moddeps", PROGBITS, 0, 0, moddeps.as_bytes()),
        ],
    )
}

/// The part of a BIOS' core image that unpacks the rest, `len` bytes long; the parity covers it
/// from byte `no_rs_length` on.
pub fn decompressor(no_rs_length: u16, len: usize) -> Vec<u8> {
    let mut bytes = vec![0xD0; len];
    if let Some(field) = bytes.get_mut(0x14..0x16) {
        field.copy_from_slice(&no_rs_length.to_le_bytes());
    }
    bytes
}

fn bios_kernel(code: usize) -> Vec<u8> {
    let text = instructions("kernel", code);
    elf(Machine::I386, elf::PROGRAM, &[Section::new(".text", PROGBITS, ALLOC, 0x9000, &text)])
}

/// The boot sector, with the address where the next sector goes.
fn boot_img() -> Vec<u8> {
    let mut sector = vec![0xB0; 512];
    sector[0x5A..0x5C].copy_from_slice(&0x8000_u16.to_le_bytes());
    sector[0x1FE..].copy_from_slice(&[0x55, 0xAA]);
    sector
}

/// The core image's first sector, whose last bytes list where the others are: a first sector (8
/// bytes), a length in sectors, and the segment where they go.
fn diskboot_img() -> Vec<u8> {
    let mut sector = vec![0xDB; 0x14C];
    sector.resize(0x1FE, 0);
    sector.extend(0x820_u16.to_le_bytes());
    sector
}

/// Bytes that compress about as well as a program: much of them repeats, but not in order.
fn instructions(seed: &str, len: usize) -> Vec<u8> {
    let mut state = seed.bytes().fold(1_u32, |s, b| s.wrapping_mul(31).wrapping_add(b.into()));
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 20
    };
    let mut code = Vec::with_capacity(len + 8);
    while code.len() < len {
        let word = next();
        match word % 4 {
            0 => code.extend([0x0F, 0xB6, word as u8, 0x24]),
            1 => code.extend(seed.bytes()),
            2 => code.extend([0xE8, (word >> 4) as u8, next() as u8, 0xFF, 0xFF]),
            _ => code.push(word as u8),
        }
    }
    code.truncate(len);
    code
}
