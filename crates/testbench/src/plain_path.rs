//! Paths of links.

use std::path::{Component, Path, PathBuf};

/// The path without `..` and `.`, as a link's is read: nothing is asked of the file system.
pub fn plain_path(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, part| {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
        plain
    })
}
