//! The file system that an image is written to.

use std::fs::File;

/// A file system, by how large files get there best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileSystem {
    /// A file system on which `copy_file_range` may share blocks: XFS, Btrfs and the like.
    Sharing,
    /// ext2 to ext4: the kernel copies as a program would.
    Ext,
    /// tmpfs: the kernel copies between files in memory as a program would.
    Memory,
    /// Any other: perhaps one whose server copies by itself.
    Other,
}

impl FileSystem {
    /// The file system on which `file` is.
    pub(crate) fn of(file: &File) -> Self {
        // From `linux/magic.h`; bcachefs from its own header.
        match rustix::fs::fstatfs(file).map(|s| s.f_type) {
            Ok(
                0x5846_5342 // XFS
                | 0x9123_683e // Btrfs
                | 0xca45_1a4e // bcachefs
                | 0x7461_636f // OCFS2
                | 0x794c_7630, // overlayfs, which may lie on one of them
            ) => Self::Sharing,
            Ok(0xef53) => Self::Ext,
            Ok(0x0102_1994) => Self::Memory,
            _ => Self::Other,
        }
    }
}
