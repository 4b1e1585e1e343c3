//! Directories of files: the spec's own, and a theme.

use file_tree::Directory;
use std::collections::BTreeMap;

/// The files of a `[[tree]]`.
#[derive(Debug, Clone)]
pub struct Tree {
    /// The name that the user gave; for messages only.
    pub shown: String,
    /// The files, as they are to be on the key.
    pub tree: Directory,
    /// The SHA-256 of files in it, in hex, by their paths as text (`key_record::path_text`); empty
    /// if they are many bytes, and nobody asked for their sums.
    pub sums: BTreeMap<String, String>,
}

/// A theme for the drawn menu.
#[derive(Debug, Clone)]
pub struct Theme {
    /// The name that the user gave; for messages only.
    pub shown: String,
    /// The theme's files; `theme.txt` is one of them.
    pub tree: Directory,
    /// The SHA-256 of files in it, as in a [`Tree`].
    pub sums: BTreeMap<String, String>,
    /// The paths of its PFF2 fonts, `*.pf2`, within it.
    pub fonts: Vec<String>,
}
