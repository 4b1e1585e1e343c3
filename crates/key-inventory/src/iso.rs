//! ISO files, and the facts about them.

use crate::origin::{Asset, NamedPackage};
use file_tree::FileContent;
use iso_probe::IsoFacts;
use std::collections::BTreeMap;

/// An ISO file.
#[derive(Debug, Clone)]
pub struct Iso {
    /// The file's bytes, where the writer reads them.
    pub content: FileContent,
    /// The name that the user gave; for messages only.
    pub shown: String,
    /// The file's name on the key, as the file or the spec has it. All that reading has checked is
    /// that it is UTF-8; planning refuses names that a menu cannot show, such as those with control
    /// characters.
    pub file_name: String,
    /// The package that it was taken from, if the spec names one.
    pub package: Option<NamedPackage>,
    /// The file's SHA-256 in lower-case hex, if the spec gives it or asks for it.
    pub sha256: Option<String>,
    /// The facts by which recipes recognise the ISO.
    pub facts: IsoFacts,
    /// The kernels in the ISO that are EFI programs, by path, with their signers; empty unless the
    /// key is for Secure Boot.
    pub kernels: BTreeMap<String, efi_program::Facts>,
    /// The EFI programs in the ISO, by their names in [`IsoFacts::efi_programs`]; empty unless UEFI
    /// starts the key. Firmware cannot read them in the ISO, so a plan may copy them.
    pub efi_programs: BTreeMap<String, EfiFile>,
    /// The file with answers for the ISO's installer, if the spec names one.
    pub answers: Option<Asset>,
}

/// An EFI program in an ISO.
#[derive(Debug, Clone)]
pub struct EfiFile {
    /// The program's bytes, where they lie in the ISO.
    pub content: FileContent,
    /// The facts about the program, with its signers. `None` if the key is not for Secure Boot, or
    /// the file is no EFI program, or too long.
    pub facts: Option<efi_program::Facts>,
}
