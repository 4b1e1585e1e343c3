//! The values that a page is made from.

use crate::language::Language;

/// The page of a key.
#[derive(Debug, Clone)]
pub struct KeyPage {
    /// The language of the page's own words.
    pub language: Language,
    /// The version of the program that made the key.
    pub version: &'static str,
    /// The key's name.
    pub name: String,
    /// The day of all timestamps on the key, if anybody gave one: `2026-11-29`.
    pub date: Option<String>,
    /// The kinds of firmware that start it, by the spec's words: `uefi-x64`.
    pub firmware: Vec<&'static str>,
    /// Whether it starts where Secure Boot is on.
    pub secure_boot: bool,
    /// The name of the image's file.
    pub file: String,
    /// The form of the image's file.
    pub kind: FileKind,
    /// The file's length in bytes.
    pub file_len: u64,
    /// The file's SHA-256 in hex.
    pub file_sha256: String,
    /// The image's length in bytes, which the stick must have.
    pub image_len: u64,
    /// The image's SHA-256 in hex.
    pub image_sha256: String,
    /// Whether a block map lies beside the file.
    pub block_map: bool,
    /// The ISOs on the key.
    pub isos: Vec<IsoOnKey>,
    /// The partitions of the key, by their numbers.
    pub partitions: Vec<PartitionOnKey>,
    /// The lines of the menu.
    pub menu: Vec<MenuLine>,
    /// The other parts that the key is made from: GRUB and its like.
    pub parts: Vec<PartOfKey>,
    /// The lock that the key was made of.
    pub lock: Option<LockText>,
    /// The results of its entries when they were tried.
    pub proof: Option<ProofTable>,
}

/// The form of an image's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// The image itself.
    Image,
    /// The image, compressed; with the program that unpacks it: `zstd`.
    Packed(&'static str),
    /// A disk of a virtual machine; with its format: `qcow2`.
    VirtualDisk(&'static str),
}

/// An ISO on a key.
#[derive(Debug, Clone)]
pub struct IsoOnKey {
    /// Its title in the menu.
    pub title: String,
    /// Its name on the key.
    pub file: String,
    /// Its length in bytes.
    pub len: u64,
    /// Its SHA-256 in hex, if it is known.
    pub sha256: Option<String>,
    /// The addresses that have it.
    pub urls: Vec<String>,
}

/// A partition of a key.
#[derive(Debug, Clone)]
pub struct PartitionOnKey {
    /// Its number in the partition table.
    pub number: u8,
    /// Its label.
    pub label: String,
    /// Its file system.
    pub filesystem: &'static str,
    /// Its length in bytes.
    pub len: u64,
}

/// A line of a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuLine {
    /// The title.
    pub title: String,
    /// Whether it opens a menu: the lines behind it that are deeper.
    pub submenu: bool,
    /// The number of menus that it is in.
    pub depth: usize,
}

/// A part of a key that is no ISO.
#[derive(Debug, Clone)]
pub struct PartOfKey {
    /// Its name: "GRUB for i386-pc".
    pub name: String,
    /// The package that it is from, and its version, if these are known.
    pub package: Option<String>,
    /// Its SHA-256 in hex.
    pub sha256: Option<String>,
}

/// The lock that a key was made of.
#[derive(Debug, Clone)]
pub struct LockText {
    /// The name of its file.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// A proof that a key boots, as a table.
#[derive(Debug, Clone)]
pub struct ProofTable {
    /// The day when it was tried: `2026-11-29`.
    pub date: String,
    /// The kinds of firmware: the columns.
    pub firmware: Vec<String>,
    /// The entries of the menu: the rows.
    pub entries: Vec<ProvenEntry>,
    /// Whether all entries were tried on all firmware.
    pub complete: bool,
}

/// An entry of a menu that was tried.
#[derive(Debug, Clone)]
pub struct ProvenEntry {
    /// Its title, behind those of the menus that it is in.
    pub title: String,
    /// The verdict on each firmware; `None` where it was not tried.
    pub verdicts: Vec<Option<ProofVerdict>>,
}

/// How far an entry came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofVerdict {
    /// To what it starts.
    System,
    /// To the menu that it opens.
    Menu,
    /// To a kernel, and no further in time.
    Kernel,
    /// It cannot be said.
    NotProven,
    /// It failed.
    Failed,
}
