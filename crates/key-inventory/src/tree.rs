//! Directories of files: the spec's own, and a theme.

use file_tree::Directory;

/// The files of a `[[tree]]`.
#[derive(Debug, Clone)]
pub struct Tree {
    /// The name that the user gave; for messages only.
    pub shown: String,
    /// The files, as they are to be on the key.
    pub tree: Directory,
}

/// A theme for the drawn menu.
#[derive(Debug, Clone)]
pub struct Theme {
    /// The name that the user gave; for messages only.
    pub shown: String,
    /// The theme's files; `theme.txt` is one of them.
    pub tree: Directory,
    /// The paths of its PFF2 fonts, `*.pf2`, within it.
    pub fonts: Vec<String>,
}
