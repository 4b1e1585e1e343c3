//! GRUB's files, and the programs that start a key under Secure Boot.

use crate::origin::{Asset, Origin, PackageFile};
use grub_image::{Platform, PlatformFiles};
use key_spec::Firmware;
use std::collections::BTreeMap;

/// The platform of GRUB that a firmware starts.
pub fn platform(firmware: Firmware) -> Platform {
    match firmware {
        Firmware::Bios => Platform::I386Pc,
        Firmware::UefiX64 => Platform::X86_64Efi,
        Firmware::UefiIa32 => Platform::I386Efi,
        Firmware::UefiArm64 => Platform::Arm64Efi,
    }
}

/// A build of GRUB, for each platform that was wanted.
#[derive(Debug, Clone)]
pub struct GrubBuild {
    /// The files of each platform, in the order in which the platforms were wanted.
    pub platforms: Vec<Grub>,
    /// The font for graphical menus, `unicode.pf2`; without it the menu is in text mode.
    pub font: Option<Asset>,
    /// The programs that start under Secure Boot, if the spec asks for that.
    pub signed: Option<SignedPrograms>,
    /// The package files that were read, if any: with the SHA-256 of each.
    pub packages: Vec<PackageFile>,
}

impl GrubBuild {
    /// GRUB's files for one platform.
    pub fn platform(&self, platform: Platform) -> Option<&Grub> {
        self.platforms.iter().find(|g| g.platform == platform)
    }
}

/// GRUB's files for one platform.
#[derive(Debug, Clone)]
pub struct Grub {
    /// The platform that they run on.
    pub platform: Platform,
    /// The platform directory's files: `*.mod`, `*.lst`, `*.img`, `modinfo.sh`.
    pub files: PlatformFiles,
    /// The place that the files come from. Its `sha256` is that of a list with a line
    /// `<sha256 of the file>  <file name>` for each file, sorted by name. In the directory, this
    /// prints it: `LC_ALL=C; sha256sum *.img *.lst *.mod modinfo.sh | sort -k2 | sha256sum`.
    pub origin: Origin,
    /// The SHA-256 of each file, in hex, by its name.
    pub sums: BTreeMap<String, String>,
}

/// A program for UEFI, as its vendor signed it.
#[derive(Debug, Clone)]
pub struct SignedProgram {
    /// The name of the file that it was read from: `gcdx64.efi.signed`.
    pub name: String,
    /// The program's bytes, and where they come from.
    pub asset: Asset,
}

impl SignedProgram {
    /// The version by the program's own SBAT: `2.06-13+deb12u2`. Its vendor's line is the last one.
    /// `None` if it has no SBAT that can be read.
    pub fn version(&self) -> Option<String> {
        let facts = efi_program::Facts::of(&self.asset.bytes).ok()?;
        let entries = facts.sbat.into_iter().rev().filter(|entry| entry.component != "sbat");
        entries.filter_map(|entry| entry.version).next()
    }
}

/// The programs that a key needs to start under Secure Boot, on one platform.
#[derive(Debug, Clone)]
pub struct SignedPrograms {
    /// The platform they are for.
    pub platform: Platform,
    /// shim, which the firmware starts: `EFI/BOOT/BOOTX64.EFI`.
    pub shim: SignedProgram,
    /// GRUB, which shim starts: `EFI/BOOT/grubx64.efi`.
    pub grub: SignedProgram,
    /// MokManager, which shim starts where somebody must decide: `EFI/BOOT/mmx64.efi`.
    pub mok_manager: Option<SignedProgram>,
    /// The package files that they were taken from, if any.
    pub packages: Vec<PackageFile>,
}
