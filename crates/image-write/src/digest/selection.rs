//! The selection of digests that are to be made.

/// The digests that are to be made of an image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DigestSelection {
    /// Whether the image's digest is wanted.
    pub image: bool,
    /// Whether the digest of the file is wanted which the image is put into.
    pub file: bool,
    /// Whether the digests of regions are wanted.
    pub regions: bool,
    /// Whether the digests of ranges of blocks are wanted.
    pub ranges: bool,
}
