//! The machines that an image can be made for.

use crate::readable::readable;
use core::fmt;
use core::str::FromStr;
use object::elf;
use thiserror::Error;

/// CPU and firmware, in GRUB's way of telling them apart.
///
/// | platform | starts from | Debian's package |
/// |---|---|---|
/// | `i386-pc` | sector 0, then the sectors behind it | grub-pc-bin |
/// | `x86_64-efi` | `EFI/BOOT/BOOTX64.EFI` | grub-efi-amd64-bin |
/// | `i386-efi` | `EFI/BOOT/BOOTIA32.EFI` | grub-efi-ia32-bin |
/// | `arm64-efi` | `EFI/BOOT/BOOTAA64.EFI` | grub-efi-arm64-bin |
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Platform {
    /// A PC with a BIOS.
    I386Pc,
    /// UEFI on 64-bit x86.
    X86_64Efi,
    /// UEFI on 32-bit x86.
    I386Efi,
    /// UEFI on 64-bit ARM.
    Arm64Efi,
}

/// Size of a pointer on the platform; everything in the blob is aligned to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PointerSize {
    /// 4 bytes: i386.
    Four,
    /// 8 bytes: x86_64, arm64.
    Eight,
}

/// The error about a name that is no platform's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{name}` is no platform that images are made for; there are i386-pc, x86_64-efi, i386-efi and \
     arm64-efi"
)]
pub struct UnknownPlatform {
    /// The name.
    pub name: String,
}

impl Platform {
    /// All platforms.
    pub const ALL: [Self; 4] = [Self::I386Pc, Self::X86_64Efi, Self::I386Efi, Self::Arm64Efi];

    /// GRUB's name, which is also that of the directory with its files: `x86_64-efi`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::I386Pc => "i386-pc",
            Self::X86_64Efi => "x86_64-efi",
            Self::I386Efi => "i386-efi",
            Self::Arm64Efi => "arm64-efi",
        }
    }

    /// The file in `EFI/BOOT` that firmware starts from a disk without being told: `BOOTX64.EFI`.
    /// `None` for [`Platform::I386Pc`], which starts from no file system.
    /// (UEFI specification, "Removable Media Boot Behavior".)
    pub const fn boot_file(self) -> Option<&'static str> {
        match self {
            Self::I386Pc => None,
            Self::X86_64Efi => Some("BOOTX64.EFI"),
            Self::I386Efi => Some("BOOTIA32.EFI"),
            Self::Arm64Efi => Some("BOOTAA64.EFI"),
        }
    }

    /// Debian's package with the files.
    pub const fn package(self) -> &'static str {
        match self {
            Self::I386Pc => "grub-pc-bin",
            Self::X86_64Efi => "grub-efi-amd64-bin",
            Self::I386Efi => "grub-efi-ia32-bin",
            Self::Arm64Efi => "grub-efi-arm64-bin",
        }
    }

    /// Size of a pointer, which sets the form of the module blob.
    pub const fn pointer_size(self) -> PointerSize {
        match self {
            Self::I386Pc | Self::I386Efi => PointerSize::Four,
            Self::X86_64Efi | Self::Arm64Efi => PointerSize::Eight,
        }
    }

    /// The machine in the headers of its ELF files.
    pub(crate) const fn elf_machine(self) -> elf::Machine {
        match self {
            Self::I386Pc | Self::I386Efi => elf::EM_386,
            Self::X86_64Efi => elf::EM_X86_64,
            Self::Arm64Efi => elf::EM_AARCH64,
        }
    }

    /// The platform whose kernel.img has this ELF header: EFI's kernels are to be relocated.
    pub(crate) fn of_kernel(machine: elf::Machine, kind: elf::FileType) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.elf_machine() == machine && p.kernel_type() == kind)
    }

    /// The type in the ELF header of its kernel.img.
    pub(crate) const fn kernel_type(self) -> elf::FileType {
        match self {
            Self::I386Pc => elf::ET_EXEC,
            Self::X86_64Efi | Self::I386Efi | Self::Arm64Efi => elf::ET_REL,
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Platform {
    type Err = UnknownPlatform;

    fn from_str(name: &str) -> Result<Self, UnknownPlatform> {
        let found = Self::ALL.into_iter().find(|p| p.name() == name);
        found.ok_or_else(|| UnknownPlatform { name: readable(name) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for platform in Platform::ALL {
            assert_eq!(platform.to_string().parse(), Ok(platform));
        }
        let e = "arm-efi".parse::<Platform>().unwrap_err().to_string();
        assert!(e.contains("`arm-efi`") && e.contains("arm64-efi"), "{e}");
    }

    #[test]
    fn kernels_tell_platforms_apart() {
        for p in Platform::ALL {
            assert_eq!(Platform::of_kernel(p.elf_machine(), p.kernel_type()), Some(p));
        }
        assert_eq!(Platform::of_kernel(elf::EM_X86_64, elf::ET_EXEC), None);
    }
}
