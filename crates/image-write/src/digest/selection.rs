//! The selection of digests that are to be made.

/// The digests that are to be made of an image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DigestSelection {
    /// That of the image.
    pub image: bool,
    /// That of the file which the image is put into.
    pub file: bool,
    /// Whether the digests of regions are wanted.
    pub regions: bool,
    /// Whether the digests of ranges of blocks are wanted.
    pub ranges: bool,
}
