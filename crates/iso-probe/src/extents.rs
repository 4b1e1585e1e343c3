//! Where the bytes of a file lie.

/// The pieces of an image that make up a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileExtents {
    /// The file's length in bytes.
    pub len: u64,
    /// First byte and length of each piece, in order. Empty when there are more than are kept.
    pub extents: Vec<(u64, u64)>,
}

impl FileExtents {
    /// The extents without what the last sector has behind the file's end; `None` when they do not
    /// hold the whole file.
    pub(crate) fn trimmed(&self) -> Option<Self> {
        let mut left = self.len;
        let mut extents = Vec::new();
        for (start, len) in &self.extents {
            let len = left.min(*len);
            left -= len;
            if len > 0 {
                extents.push((*start, len));
            }
        }
        (left == 0).then_some(Self { len: self.len, extents })
    }

    /// The byte of the image that is byte `at` of the file.
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
