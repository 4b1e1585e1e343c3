//! Small files, and where they come from.

use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

/// The place where an input comes from, as far as can be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The place in words for people: a path, or a package file.
    pub from: String,
    /// The package's name, if a package manager or a package file says so.
    pub package: Option<String>,
    /// The package's version, if they say so.
    pub version: Option<String>,
    /// The SHA-256 of the bytes, in hex; of a set of files, that of the sorted list of
    /// `sha256  name` lines.
    pub sha256: String,
}

/// A small file carried onto the key.
#[derive(Debug, Clone)]
pub struct Asset {
    /// The file's bytes.
    pub bytes: Arc<[u8]>,
    /// The place that the file comes from.
    pub origin: Origin,
}

/// A package that the spec takes a file from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPackage {
    /// The package's name: `memtest86+`.
    pub name: String,
    /// The version of the package that the file was taken from: `6.10-4`.
    pub version: String,
}

/// A package file that something was taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageFile {
    /// The package's name: `grub-pc-bin`.
    pub name: String,
    /// The package's version: `2.06-13+deb12u2`.
    pub version: String,
    /// The package's architecture: `amd64`, `x86_64`, `noarch`.
    pub architecture: String,
    /// The SHA-256 of the package file, in hex.
    pub sha256: String,
    /// The path of the file on this machine. It must not reach an image.
    pub path: PathBuf,
}
