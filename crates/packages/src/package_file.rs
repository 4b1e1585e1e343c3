//! Package files, as messages and plans name them.

use std::path::PathBuf;

/// A package file: what it says of itself, its digest, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageFile {
    /// Name of the package: `grub-pc-bin`.
    pub name: String,
    /// Version: `2.06-13+deb12u2`.
    pub version: String,
    /// Architecture, or `all`.
    pub architecture: String,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Where it is.
    pub path: PathBuf,
}
