//! What the survey found outside: everything a plan may depend on, as plain data.

use grub_image::PlatformFiles;
use image_layout::SourceId;
use iso_probe::IsoFacts;
use serde::Serialize;
use std::sync::Arc;

/// All inputs of a plan besides the spec.
#[derive(Debug, Clone)]
pub struct Inventory {
    /// GRUB's own files.
    pub grub: Grub,
    /// The `memdisk` program of SYSLINUX, if there is one to be had.
    pub memdisk: Option<Asset>,
    /// The ISOs, in the order of the spec's `[[iso]]` tables.
    pub isos: Vec<Iso>,
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

/// GRUB for one platform.
#[derive(Debug, Clone)]
pub struct Grub {
    /// The platform directory's files: `*.mod`, `*.lst`, `*.img`.
    pub platform: PlatformFiles,
    /// `unicode.pf2`, if it was found; without it the menu is in text mode.
    pub font: Option<Arc<[u8]>>,
    /// Which build this is.
    pub origin: Origin,
}

/// A small file carried onto the key.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// Where it comes from.
    pub origin: Origin,
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
    /// What is inside.
    pub facts: IsoFacts,
}
