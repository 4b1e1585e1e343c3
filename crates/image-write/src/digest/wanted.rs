//! Which digests are to be made.

/// Which digests are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Of the image.
    pub image: bool,
    /// Of the file it is put into.
    pub file: bool,
    /// Of regions.
    pub regions: bool,
    /// Of ranges of blocks.
    pub ranges: bool,
}
