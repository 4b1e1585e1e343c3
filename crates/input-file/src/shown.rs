//! How messages show paths.

use file_tree::Escaped;
use std::path::Path;

/// A path as messages show it: without what could move a terminal's cursor or end the line.
pub fn shown(path: &Path) -> Escaped<'_> {
    Escaped(path.as_os_str().as_encoded_bytes())
}
