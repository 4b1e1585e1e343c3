//! The output of a build: the image in some form, and files that say what it is.

use image_write::{Durability, Format, Written};
use input_file::FileStamp;
use key_page::Language;
use std::path::PathBuf;

/// The form of what is written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Output {
    /// The form that the image is put into.
    pub format: Format,
    /// The files that go with it.
    pub sidecars: Sidecars,
    /// The point at which to wait for the disk.
    pub durability: Durability,
}

/// Files beside the image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sidecars {
    /// `key.img.bmap`, which `bmaptool` writes sticks by.
    pub bmap: bool,
    /// Lines of `SHA256SUMS`, which is the directory's: lines about other files stay.
    pub checksums: bool,
    /// `key.img.manifest.json`: every byte range, and every input.
    pub manifest: bool,
    /// `key.img.spdx.json`: what the key carries, for whoever keeps inventories.
    pub sbom: bool,
    /// `key.html`: a page for people who download the image.
    pub page: bool,
    /// The language of the page; that of the menu, where the page has it, if none is said.
    pub page_language: Option<Language>,
}

/// The files that were written.
#[derive(Debug, Clone)]
pub struct Built {
    /// The image.
    pub image: Written,
    /// The image and the files beside it, but for the list of digests, with the stamps that they got; `None`
    /// if one of them is gone already.
    pub stamps: Option<Vec<(PathBuf, FileStamp)>>,
    /// The files beside it.
    pub sidecars: Vec<PathBuf>,
    /// Files beside it that speak of the image that had its name before, and were not asked for.
    pub outdated: Vec<PathBuf>,
    /// Why the manifest and the SBOM do not name all packages, if that can be told.
    pub unknown_packages: Option<String>,
}
