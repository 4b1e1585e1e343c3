//! The content of a regular file: pieces one behind the other, some of them holes.

use crate::TreeError;
use image_layout::Content;

/// The contents of a regular file: [`Content`]s one behind the other. A
/// [`Content::Zero`] is a hole: it reads as zeros, and a file system that can keeps no blocks
/// for it.
///
/// One piece is the usual case, and `content.into()` all it takes. However the pieces were cut,
/// equal files are equal: no piece is empty, no hole follows another, and neighbours in one
/// source are one piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileContent(Pieces);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pieces {
    One([Content; 1]),
    /// No piece, or more than one.
    Many(Box<[Content]>),
}

impl FileContent {
    /// The content of an empty file.
    pub fn empty() -> Self {
        Self(Pieces::Many(Box::default()))
    }

    /// A file that is one hole of `len` bytes.
    pub fn hole(len: u64) -> Self {
        Content::Zero { len }.into()
    }

    /// The content that these pieces are, the first byte first.
    ///
    /// # Errors
    /// [`TreeError::FileTooLong`] when they add up to more than [`i64::MAX`] bytes.
    pub fn from_pieces(pieces: impl IntoIterator<Item = Content>) -> Result<Self, TreeError> {
        let mut kept: Vec<Content> = Vec::new();
        let mut len = 0u64;
        for piece in pieces {
            len = len
                .checked_add(piece.len())
                .filter(|len| i64::try_from(*len).is_ok())
                .ok_or(TreeError::FileTooLong)?;
            match (kept.last_mut(), piece) {
                (_, piece) if piece.is_empty() => {}
                (Some(Content::Zero { len }), Content::Zero { len: more }) => *len += more,
                (
                    Some(Content::Source { id, offset, len }),
                    Content::Source { id: next, offset: at, len: more },
                ) if *id == next && offset.checked_add(*len) == Some(at) => *len += more,
                (_, piece) => kept.push(piece),
            }
        }
        Ok(match <[Content; 1]>::try_from(kept) {
            Ok(one) => Self(Pieces::One(one)),
            Err(many) => Self(Pieces::Many(many.into())),
        })
    }

    /// The pieces, in order.
    pub fn pieces(&self) -> &[Content] {
        match &self.0 {
            Pieces::One(one) => one,
            Pieces::Many(many) => many,
        }
    }

    /// The pieces with the offset in the file at which each starts.
    pub fn placed(&self) -> impl Iterator<Item = (u64, &Content)> {
        self.pieces().iter().scan(0, |at, piece| {
            let start = *at;
            *at += piece.len();
            Some((start, piece))
        })
    }

    /// The pieces of the bytes `skip..skip + len`; both are clipped to what there is.
    pub fn slice(&self, skip: u64, len: u64) -> impl Iterator<Item = Content> {
        let end = skip.saturating_add(len);
        self.placed().filter_map(move |(at, piece)| {
            let first = skip.max(at);
            let len = end.min(at + piece.len()).checked_sub(first).filter(|len| *len > 0)?;
            Some(piece.slice(first - at, len))
        })
    }

    /// Length in bytes, holes included.
    pub fn len(&self) -> u64 {
        self.pieces().iter().map(Content::len).sum()
    }

    /// Whether it holds no byte.
    pub fn is_empty(&self) -> bool {
        self.pieces().is_empty()
    }

    /// Whether any part of it is a hole.
    pub fn is_sparse(&self) -> bool {
        self.pieces().iter().any(|p| matches!(p, Content::Zero { .. }))
    }
}

impl Default for FileContent {
    fn default() -> Self {
        Self::empty()
    }
}

impl From<Content> for FileContent {
    fn from(content: Content) -> Self {
        if content.is_empty() { Self::empty() } else { Self(Pieces::One([content])) }
    }
}

impl From<Vec<u8>> for FileContent {
    fn from(bytes: Vec<u8>) -> Self {
        Content::from(bytes).into()
    }
}

impl From<&[u8]> for FileContent {
    fn from(bytes: &[u8]) -> Self {
        Content::from(bytes).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image_layout::SourceId;

    fn source(offset: u64, len: u64) -> Content {
        Content::Source { id: SourceId(3), offset, len }
    }

    #[test]
    fn however_it_was_cut_it_is_the_same_file() {
        let zero = |len| Content::Zero { len };
        let cut = [zero(0), source(10, 5), source(15, 1), zero(3), zero(4), source(2, 0), zero(1)];
        let whole = [source(10, 6), zero(8)];
        let (cut, whole) = (FileContent::from_pieces(cut), FileContent::from_pieces(whole));
        assert_eq!(cut, whole);
        let whole = whole.unwrap();
        assert_eq!((whole.len(), whole.is_sparse(), whole.pieces().len()), (14, true, 2));
        let at: Vec<u64> = whole.placed().map(|(at, _)| at).collect();
        assert_eq!(at, [0, 6]);
        assert_eq!(FileContent::from_pieces([zero(0)]), Ok(vec![].into()));
        assert_eq!(FileContent::from_pieces([source(1, 2)]), Ok(source(1, 2).into()));
        // Neighbours only if the second starts where the first ends.
        let apart = FileContent::from_pieces([source(0, 2), source(3, 2)]).unwrap();
        assert_eq!(apart.pieces().len(), 2);
    }

    #[test]
    fn a_slice_is_cut_out_of_the_pieces() {
        let content = [source(10, 4), Content::Zero { len: 4 }, source(30, 4)];
        let content = FileContent::from_pieces(content).unwrap();
        let slice = |skip, len| content.slice(skip, len).collect::<Vec<_>>();
        assert_eq!(slice(2, 7), [source(12, 2), Content::Zero { len: 4 }, source(30, 1)]);
        assert_eq!(slice(4, 4), [Content::Zero { len: 4 }]);
        assert_eq!(slice(9, u64::MAX), [source(31, 3)]);
        assert_eq!((slice(12, 1), slice(3, 0)), (vec![], vec![]));
    }

    #[test]
    fn a_file_ends_before_2_to_the_63() {
        let most = i64::MAX as u64;
        let pieces = |len| [source(0, 1), Content::Zero { len }];
        assert_eq!(FileContent::from_pieces(pieces(most - 1)).unwrap().len(), most);
        assert_eq!(FileContent::from_pieces(pieces(most)), Err(TreeError::FileTooLong));
        assert_eq!(FileContent::from_pieces(pieces(u64::MAX)), Err(TreeError::FileTooLong));
    }
}
