//! Bounds on the work for one image.

/// How much of an image is read. [`Default`] suits every image seen: the largest installation
/// media hold some 60,000 files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files, directories and links listed.
    pub entries: usize,
    /// Bytes of their paths, together.
    pub path_bytes: usize,
    /// Levels of directories below the root.
    pub depth: usize,
    /// 2048-byte sectors visited, each time counting: 8 when read from the file, 1 when still in
    /// memory. A file takes 4 or so.
    pub work: u32,
    /// Bytes of files read: configurations, kernels' headers, initrds.
    pub content_bytes: u64,
    /// Bytes unpacked to learn the names in initrds.
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
