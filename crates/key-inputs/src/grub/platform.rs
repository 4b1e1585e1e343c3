//! The platforms GRUB is built for, under the names of its own directories.

use crate::apt::Request;
use std::fmt;

/// A platform, named as the directory that holds its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrubPlatform {
    /// A PC with a BIOS.
    I386Pc,
    /// UEFI on a 64-bit PC.
    X86_64Efi,
    /// UEFI of 32 bits, on early tablets and Atom boards.
    I386Efi,
    /// UEFI on 64-bit Arm.
    Arm64Efi,
}

/// What no BIOS installation can do without.
const REQUIRED_PC: &[&str] = &[
    "boot.img",
    "diskboot.img",
    "lzma_decompress.img",
    "kernel.img",
    "moddep.lst",
    "command.lst",
    "fs.lst",
    "normal.mod",
];

/// What no EFI program can do without, nor the modules beside it.
const REQUIRED_EFI: &[&str] = &["kernel.img", "moddep.lst", "command.lst", "fs.lst", "normal.mod"];

impl GrubPlatform {
    /// All of them, in the order in which they are listed to people.
    pub const ALL: [Self; 4] = [Self::I386Pc, Self::X86_64Efi, Self::I386Efi, Self::Arm64Efi];

    /// GRUB's name for it: `i386-pc`.
    pub fn name(self) -> &'static str {
        match self {
            Self::I386Pc => "i386-pc",
            Self::X86_64Efi => "x86_64-efi",
            Self::I386Efi => "i386-efi",
            Self::Arm64Efi => "arm64-efi",
        }
    }

    /// The platform of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.name() == name)
    }

    /// Debian's package with its modules and images: `grub-pc-bin`.
    pub fn package(self) -> &'static str {
        match self {
            Self::I386Pc => "grub-pc-bin",
            Self::X86_64Efi => "grub-efi-amd64-bin",
            Self::I386Efi => "grub-efi-ia32-bin",
            Self::Arm64Efi => "grub-efi-arm64-bin",
        }
    }

    /// The Debian architecture whose archive has that package.
    pub(crate) fn architecture(self) -> &'static str {
        match self {
            // Those of 32 bits are built for amd64 too, which more mirrors carry than i386.
            Self::I386Pc | Self::X86_64Efi | Self::I386Efi => "amd64",
            Self::Arm64Efi => "arm64",
        }
    }

    /// That package as a request to apt, whatever this machine's own architecture is.
    pub(crate) fn request(self) -> Request {
        Request::package(self.package()).on(self.architecture())
    }

    /// The files that are looked for before anything is built.
    pub(super) fn required(self) -> &'static [&'static str] {
        match self {
            Self::I386Pc => REQUIRED_PC,
            Self::X86_64Efi | Self::I386Efi | Self::Arm64Efi => REQUIRED_EFI,
        }
    }
}

impl fmt::Display for GrubPlatform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `i386-pc, x86_64-efi`, for messages.
pub(super) fn names(platforms: &[GrubPlatform]) -> String {
    platforms.iter().map(|p| p.name()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for p in GrubPlatform::ALL {
            assert_eq!(GrubPlatform::from_name(p.name()), Some(p));
            assert!(p.package().starts_with("grub-"), "{p}");
        }
        assert_eq!(GrubPlatform::from_name("sparc64-ieee1275"), None);
    }
}
