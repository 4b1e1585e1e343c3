//! What there is to know about an ISO image.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an ISO image is and carries. As JSON it is the *facts file* that recipes are tested
/// with: a few kilobytes instead of gigabytes. Fields keep their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IsoFacts {
    /// The label, as stored, without the blanks at its end.
    pub volume_id: String,
    /// "System identifier": often `LINUX` or empty.
    pub system_id: String,
    /// "Publisher identifier".
    pub publisher_id: String,
    /// "Application identifier": often the mastering program.
    pub application_id: String,
    /// `YYYY-MM-DD-HH-MM-SS-cc`, as `blkid` and GRUB's `search --fs-uuid` know the volume: its
    /// modification time, or its creation time when that is not set. `None` when neither is.
    pub volume_uuid: Option<String>,
    /// Size of the ISO 9660 volume, in bytes; the file may be larger.
    pub volume_size_bytes: u64,
    /// Size of the file, in bytes.
    pub file_size_bytes: u64,
    /// A UDF volume shares the image. Windows media keep their files there, and only a readme in
    /// the ISO 9660 tree.
    #[serde(default)]
    pub udf: bool,
    /// Where the names in [`paths`](Self::paths) come from.
    pub names: Names,
    /// The boot catalog's entries, the default one first. Empty without a catalog, or with a
    /// damaged one.
    #[serde(default)]
    pub el_torito: Vec<BootImage>,
    /// A limit was hit: there are more files than [`paths`](Self::paths) shows. Directories
    /// are read level by level, so what is missing lies deepest.
    #[serde(default)]
    pub truncated_listing: bool,
    /// Every file, by its absolute path, with its size in bytes. Bytes that are no UTF-8 appear
    /// as U+FFFD. A symbolic link to a listed file is listed with that file's size.
    pub paths: BTreeMap<String, u64>,
}

/// The kind of names an image's tree has: what GRUB shows, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Names {
    /// POSIX names.
    RockRidge,
    /// Unicode names of up to 64 (or 103) characters, in a tree of their own.
    Joliet,
    /// ISO 9660:1999 names, in a tree of their own.
    Enhanced,
    /// Upper-case 8.3 names, or longer ones; GRUB ignores their case.
    Plain,
}

/// An entry of the El Torito boot catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BootImage {
    /// Whom it is for.
    pub platform: Platform,
    /// What the firmware makes of it.
    pub emulation: Emulation,
    /// Whether the entry may be booted.
    pub bootable: bool,
    /// How much the firmware loads, in 512-byte sectors.
    pub load_sectors: u16,
}

/// Whom a boot image is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Platform {
    /// PC BIOS.
    Bios,
    /// UEFI.
    Uefi,
    /// PowerPC.
    PowerPc,
    /// Macintosh.
    Mac,
    /// Any other, by its number.
    Other(u8),
}

/// What the firmware presents a boot image as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Emulation {
    /// As it is.
    None,
    /// A diskette of 1.2 MB.
    Floppy1200,
    /// A diskette of 1.44 MB.
    Floppy1440,
    /// A diskette of 2.88 MB.
    Floppy2880,
    /// A hard disk.
    HardDisk,
    /// A value that the specification does not define.
    Unknown,
}

impl IsoFacts {
    /// The path as the image spells it, whatever the case of ASCII letters in `path`; an exact
    /// match wins.
    pub fn find(&self, path: &str) -> Option<&str> {
        if let Some((exact, _)) = self.paths.get_key_value(path) {
            return Some(exact);
        }
        self.paths.keys().find(|p| p.eq_ignore_ascii_case(path)).map(String::as_str)
    }
}
