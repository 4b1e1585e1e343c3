//! The form in which messages show paths.

use shown_text::Shown;
use std::path::Path;

/// A path as messages show it: without what could move a terminal's cursor or end the line.
pub fn shown(path: &Path) -> Shown<'_> {
    Shown(path.as_os_str().as_encoded_bytes())
}
