//! The parts of large files that are compared.

use file_tree::FileContent;
use image_layout::Content;

/// Parts of a file to compare: every piece that is not long, and both ends of those that are.
pub(super) fn windows(content: &FileContent) -> Vec<(u64, Content)> {
    const END: u64 = 5000;
    let mut windows = Vec::new();
    for (at, piece) in content.placed() {
        if piece.len() <= 1 << 20 {
            windows.push((at, piece.clone()));
        } else {
            windows.push((at, piece.slice(0, END)));
            windows.push((at + piece.len() - END, piece.slice(piece.len() - END, END)));
        }
    }
    windows
}
