//! Where the files of a file system lie on a disk.

use key_read::{FileSystem, FileType};
use shown_text::Shown;

/// Most names that are looked at.
const MOST: usize = 1_000_000;

/// A piece of a file, and where it lies.
pub(crate) struct FilePiece {
    pub(crate) path: String,
    /// The first byte within the file.
    pub(crate) in_file: u64,
    /// The first byte within the image.
    pub(crate) at: u64,
    pub(crate) len: u64,
}

/// The pieces of all files of a file system.
pub(crate) fn file_pieces(files: &FileSystem<'_>) -> Result<Vec<FilePiece>, key_read::Error> {
    let root = files.root()?;
    let mut pieces = Vec::new();
    for visited in files.walk_below(&root).take(MOST) {
        // What cannot be read is nobody's.
        let node = visited.node.ok().filter(|node| node.kind() == FileType::File);
        let extents = node.and_then(|node| files.file(&node).ok()?.image_extents());
        let path = format!("/{}", Shown(&visited.path));
        pieces.extend(extents.unwrap_or_default().into_iter().filter_map(|extent| {
            let (path, in_file, len) = (path.clone(), extent.offset, extent.len);
            Some(FilePiece { path, in_file, at: extent.place?, len })
        }));
    }
    Ok(pieces)
}
