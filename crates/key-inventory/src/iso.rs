//! ISO files and what is known of them.

use crate::origin::Asset;
use file_tree::FileContent;
use image_layout::SourceId;
use iso_probe::IsoFacts;
use std::collections::BTreeMap;

/// An ISO file.
#[derive(Debug, Clone)]
pub struct Iso {
    /// The id of the open file when the image is written.
    pub source: SourceId,
    /// The name that the user gave; for messages only.
    pub shown: String,
    /// The file's name on the key: UTF-8 without control characters or `/`.
    pub file_name: String,
    /// Length in bytes.
    pub len: u64,
    /// SHA-256 of the file in lower-case hex, where the spec gives it or asks for it.
    pub sha256: Option<String>,
    /// The facts that recipes recognise it by.
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
    /// The program's bytes, where they lie in the ISO.
    pub content: FileContent,
    /// For a key with Secure Boot: who signed it. `None`: not asked for, or it is none.
    pub facts: Option<efi_program::Facts>,
}
