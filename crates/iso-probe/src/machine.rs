//! The processors that kernels are for.
//!
//! Linux: <https://docs.kernel.org/arch/x86/boot.html>,
//! <https://docs.kernel.org/arch/arm64/booting.html>. PE:
//! <https://learn.microsoft.com/windows/win32/debug/pe-format>.

use crate::facts::Kernel;
use efi_program::Machine;

/// The number of a file's first bytes to look at; a kernel's setup code and version lie in them.
pub(crate) const HEAD: usize = 32 << 10;

fn bytes<const N: usize>(file: &[u8], at: usize) -> Option<[u8; N]> {
    file.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn u16_at(file: &[u8], at: usize) -> Option<u16> {
    bytes(file, at).map(u16::from_le_bytes)
}

/// Whether a file with these first bytes has the header of a Linux kernel, be it an EFI program
/// besides or not.
pub(crate) fn has_header(head: &[u8]) -> bool {
    bytes(head, 0x202) == Some(*b"HdrS") || bytes(head, 0x38) == Some(*b"ARM\x64")
}

/// The kernel that a file with these first bytes is; `None` if it is not known as one.
pub(crate) fn of_kernel(head: &[u8]) -> Option<Kernel> {
    let only = |machine| Some(Kernel { machine: Some(machine), version: None });
    if bytes(head, 0x202) == Some(*b"HdrS") && u16_at(head, 0x1fe) == Some(0xaa55) {
        return Some(bzimage(head));
    }
    if bytes(head, 0x38) == Some(*b"ARM\x64") {
        return only(Machine::Arm64);
    }
    if bytes(head, 0x38) == Some(*b"RSC\x05") {
        return only(Machine::Riscv64);
    }
    if bytes(head, 0x24) == Some(0x016f_2818_u32.to_le_bytes()) {
        return only(Machine::Arm);
    }
    if bytes(head, 0) == Some(*b"\x7fELF") {
        return only(match u16_at(head, 0x12)? {
            3 => Machine::X86,
            62 => Machine::X86_64,
            183 => Machine::Arm64,
            _ => Machine::Other,
        });
    }
    Machine::of_program(head).and_then(only)
}

fn bzimage(head: &[u8]) -> Kernel {
    let protocol = u16_at(head, 0x206).unwrap_or(0);
    // Bit 0 of `xloadflags` says that there is a 64-bit entry point. Older kernels don't tell.
    let machine = match (protocol >= 0x020c, u16_at(head, 0x236)) {
        (true, Some(flags)) if flags & 1 != 0 => Some(Machine::X86_64),
        (true, Some(_)) => Some(Machine::X86),
        _ => None,
    };
    let version = u16_at(head, 0x20e).filter(|at| protocol >= 0x0200 && *at != 0).and_then(|at| {
        let text = head.get(usize::from(at).checked_add(0x200)?..)?;
        let text = text.get(..text.iter().take(80).position(|b| *b == 0).unwrap_or(80))?;
        let printable = text.iter().all(|b| (0x20..0x7f).contains(b)) && !text.is_empty();
        // Behind the first blank are the builder's name and the time.
        let first = String::from_utf8_lossy(text).split(' ').next()?.to_owned();
        printable.then_some(first)
    });
    Kernel { machine, version }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(at: usize, what: &[u8], file: &mut Vec<u8>) {
        file.resize(file.len().max(at + what.len()), 0);
        file[at..at + what.len()].copy_from_slice(what);
    }

    #[test]
    fn kernels_by_their_headers() {
        let mut pc = vec![0; 0x400];
        put(0x1fe, &[0x55, 0xaa], &mut pc);
        put(0x202, b"HdrS\x0f\x02", &mut pc);
        put(0x20e, &0x150_u16.to_le_bytes(), &mut pc);
        put(0x350, b"6.1.0-18-amd64 (debian-kernel@x) #1\0", &mut pc);
        let kernel = of_kernel(&pc).unwrap();
        assert_eq!(kernel.machine, Some(Machine::X86));
        assert_eq!(kernel.version.as_deref(), Some("6.1.0-18-amd64"));
        put(0x236, &[1, 0], &mut pc);
        assert_eq!(of_kernel(&pc).unwrap().machine, Some(Machine::X86_64));
        put(0x206, &[0x04, 0x02], &mut pc); // 2009
        assert_eq!(of_kernel(&pc).unwrap().machine, None);
        put(0x20e, &0xffff_u16.to_le_bytes(), &mut pc);
        assert_eq!(of_kernel(&pc).unwrap().version, None);
        let mut arm = vec![0; 64];
        put(0x38, b"ARM\x64", &mut arm);
        assert_eq!(of_kernel(&arm).unwrap().machine, Some(Machine::Arm64));
        assert_eq!(of_kernel(b"x"), None);
        assert_eq!(of_kernel(&[0; 4096]), None);
    }
}
