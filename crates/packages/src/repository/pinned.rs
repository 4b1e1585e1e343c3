//! Pinned packages: package files by their digests.

/// A package file, by its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// The package's name.
    pub package: String,
    /// The package's version.
    pub version: String,
    /// The package's architecture; `all` if it fits every one.
    pub architecture: String,
    /// The suite that listed it.
    pub suite: String,
    /// The path of the package file below a mirror.
    pub path: String,
    /// Bytes of the package file.
    pub len: u64,
    /// The SHA-256 of the package file, in hex.
    pub sha256: String,
}
