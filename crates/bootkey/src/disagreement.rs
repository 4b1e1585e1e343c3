//! A disagreement of two lists of digests.

use std::path::PathBuf;

/// Two lists that have different digests of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The file's name.
    pub name: String,
    /// The digests, in hex.
    pub digests: [String; 2],
    /// The lists.
    pub lists: [PathBuf; 2],
}
