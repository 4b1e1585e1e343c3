//! The places in an image where the bytes of a file lie.

use std::sync::Arc;

/// The place of a file in an image: the pieces that make it up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileExtents {
    /// The file's length in bytes.
    pub len: u64,
    /// The first byte and the length of each piece, in order. Empty if the file has no bytes, or
    /// more pieces than this crate keeps. Shared, because a file may have very many names.
    pub extents: Arc<[(u64, u64)]>,
}

impl FileExtents {
    /// The same pieces, cut at the file's end; `None` if they do not hold the whole file.
    pub(crate) fn trimmed(&self) -> Option<Self> {
        let mut left = self.len;
        let mut extents = Vec::new();
        for (start, len) in self.extents.iter() {
            let len = left.min(*len);
            left -= len;
            if len > 0 {
                extents.push((*start, len));
            }
        }
        (left == 0).then(|| Self { len: self.len, extents: extents.into() })
    }

    /// The place in the image of the file's byte `at`.
    pub(crate) fn byte(&self, mut at: u64) -> Option<u64> {
        self.extents.iter().find_map(|(start, len)| {
            if at < *len {
                return Some(start.saturating_add(at));
            }
            at -= len;
            None
        })
    }

    /// Whether the file lies in more than one piece.
    pub(crate) fn in_pieces(&self) -> bool {
        self.extents.len() > 1 || (self.extents.is_empty() && self.len > 0)
    }
}
