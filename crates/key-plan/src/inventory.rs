//! What the survey found outside: everything a plan may depend on, as plain data.

use file_tree::{Directory, FileContent};
use grub_image::{Platform, PlatformFiles};
use image_layout::SourceId;
use iso_probe::IsoFacts;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// All inputs of a plan besides the spec.
#[derive(Debug, Clone)]
pub struct Inventory {
    /// GRUB's own files.
    pub grub: GrubBuild,
    /// The `memdisk` program of SYSLINUX, if there is one to be had.
    pub memdisk: Option<Asset>,
    /// How the drawn menu looks, if the spec says.
    pub theme: Option<Theme>,
    /// The ISOs, in the order of the spec's `[[iso]]` tables.
    pub isos: Vec<Iso>,
    /// The files of the spec's `[[tree]]` tables, in their order.
    pub trees: Vec<Tree>,
    /// The files of the spec's `[[entry]]` tables, in their order.
    pub xen: Vec<crate::XenFiles>,
}

/// Where an input comes from, as far as can be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// For people: a path, or a package file.
    pub from: String,
    /// Package name, if a package manager or a package file says so.
    pub package: Option<String>,
    /// Version, likewise.
    pub version: Option<String>,
    /// SHA-256 of the bytes (of a set of files: over the sorted list of `sha256  name` lines), hex.
    pub sha256: String,
}

/// One build of GRUB, for each platform that was wanted.
#[derive(Debug, Clone)]
pub struct GrubBuild {
    /// In the order in which they were wanted.
    pub platforms: Vec<Grub>,
    /// The font for graphical menus, `unicode.pf2`; without it the menu is in text mode.
    pub font: Option<Asset>,
    /// What starts under Secure Boot, if the spec asks for that.
    pub signed: Option<SignedPrograms>,
    /// The package files that were read, if any: with the SHA-256 of each.
    pub packages: Vec<PackageFile>,
}

impl GrubBuild {
    /// GRUB for one platform.
    pub fn platform(&self, platform: Platform) -> Option<&Grub> {
        self.platforms.iter().find(|g| g.platform == platform)
    }
}

/// A package file that something was taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageFile {
    /// Name of the package: `grub-pc-bin`.
    pub name: String,
    /// Its version: `2.06-13+deb12u2`.
    pub version: String,
    /// Its architecture: `amd64`, `x86_64`, `noarch`.
    pub architecture: String,
    /// SHA-256 of the package file, in hex.
    pub sha256: String,
    /// Where the file is on this machine. Must not reach an image.
    pub path: PathBuf,
}

/// GRUB for one platform.
#[derive(Debug, Clone)]
pub struct Grub {
    /// What it runs on.
    pub platform: Platform,
    /// The platform directory's files: `*.mod`, `*.lst`, `*.img`, `modinfo.sh`.
    pub files: PlatformFiles,
    /// Which build this is. `sha256` is that of the lines `<sha256 of the file>  <file name>`,
    /// sorted by name: in the directory,
    /// `LC_ALL=C; sha256sum *.img *.lst *.mod modinfo.sh | sort -k2 | sha256sum`.
    pub origin: Origin,
}

/// A program for UEFI, as its vendor signed it.
#[derive(Debug, Clone)]
pub struct SignedProgram {
    /// Name of the file it was: `gcdx64.efi.signed`.
    pub name: String,
    /// Its bytes, and where they come from.
    pub asset: Asset,
}

/// What a key needs to start under Secure Boot, on one platform.
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

/// A small file carried onto the key.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// Where it comes from.
    pub origin: Origin,
}

/// A theme for the drawn menu.
#[derive(Debug, Clone)]
pub struct Theme {
    /// How the user named it; for messages only.
    pub shown: String,
    /// Its files; `theme.txt` is one of them.
    pub tree: Directory,
    /// The paths of its PFF2 fonts, `*.pf2`, within it.
    pub fonts: Vec<String>,
}

/// Files that a spec names besides ISOs.
#[derive(Debug, Clone)]
pub struct Tree {
    /// How the user named it; for messages only.
    pub shown: String,
    /// The files, as they are to be on the key.
    pub tree: Directory,
}

/// An ISO file.
#[derive(Debug, Clone)]
pub struct Iso {
    /// Stands for the open file when the image is written.
    pub source: SourceId,
    /// How the user named it; for messages only.
    pub shown: String,
    /// Its name on the key: UTF-8 without control characters or `/`.
    pub file_name: String,
    /// Length in bytes.
    pub len: u64,
    /// SHA-256 of the file in lower-case hex, where the spec gives it or asks for it.
    pub sha256: Option<String>,
    /// What is inside.
    pub facts: IsoFacts,
    /// For a key with Secure Boot, its kernels that are EFI programs, by path: who signed them.
    pub kernels: BTreeMap<String, efi_program::Facts>,
    /// For a key that UEFI starts, its EFI programs, by their names in
    /// [`IsoFacts::efi_programs`]: firmware cannot read them in the ISO, so they may be copied.
    pub efi_programs: BTreeMap<String, EfiFile>,
    /// The answers for its installer, if the spec names a file.
    pub answers: Option<Asset>,
}

/// An EFI program in an ISO.
#[derive(Debug, Clone)]
pub struct EfiFile {
    /// Its bytes, where they lie in the ISO.
    pub content: FileContent,
    /// For a key with Secure Boot: who signed it. `None`: not asked for, or it is none.
    pub facts: Option<efi_program::Facts>,
}
