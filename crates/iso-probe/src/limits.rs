//! The limits of the work for one image. How long its initrds may take to unpack follows from its
//! length ([`unpack::Budget::for_input`]); what is longer leaves an initrd `incomplete`.

/// The limits of the work for one image. The [`Default`] ones suit every image seen: the largest
/// installation media hold some 60,000 files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The number of files, directories and links to list. (Entries of menus have limits of their own,
    /// in `configs`.)
    pub entries: usize,
    /// The length of all their paths together, in bytes.
    pub path_bytes: usize,
    /// The number of levels of directories below the root.
    pub depth: usize,
    /// The work for descriptors and directories, in units: 8 for each sector (2048 bytes) read from
    /// the file, 1 for each that is still in memory. Listing a file takes about 4.
    pub work: u32,
    /// The number of bytes to read from files in the image: configurations, the first bytes of
    /// kernels, initrds.
    pub content_bytes: u64,
    /// The number of bytes to unpack from all initrds of an image together.
    pub unpacked_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 100_000,
            path_bytes: 16 << 20,
            depth: 32,
            work: 1_000_000,
            content_bytes: 384 << 20,
            unpacked_bytes: 512 << 20,
        }
    }
}
