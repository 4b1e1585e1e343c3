//! The formats of an output: the raw image, compressed streams, and virtual disks.

use crate::compress::Codec;
use core::fmt;
use core::str::FromStr;
use std::path::Path;

/// The form in which an image is written. Each can be streamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Format {
    /// The image itself.
    #[default]
    Raw,
    /// Compressed with deflate.
    Gzip,
    /// Compressed with LZMA2.
    Xz,
    /// Compressed with Zstandard, in its seekable format.
    Zstd,
    /// QEMU's virtual disk, version 3.
    Qcow2,
    /// VMware's virtual disk, `monolithicSparse`.
    Vmdk,
    /// Microsoft's first virtual disk, dynamic.
    Vhd,
    /// Microsoft's first virtual disk, of fixed size: the image with a footer.
    VhdFixed,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 8] = [
        Self::Raw,
        Self::Gzip,
        Self::Xz,
        Self::Zstd,
        Self::Qcow2,
        Self::Vmdk,
        Self::Vhd,
        Self::VhdFixed,
    ];

    /// The name, which is its file name extension too, but for [`Self::Raw`] and
    /// [`Self::VhdFixed`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Gzip => "gz",
            Self::Xz => "xz",
            Self::Zstd => "zst",
            Self::Qcow2 => "qcow2",
            Self::Vmdk => "vmdk",
            Self::Vhd => "vhd",
            Self::VhdFixed => "vhd-fixed",
        }
    }

    /// The format whose name is the path's extension; `None` for `.img` and unknown ones.
    pub fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Self::ALL.into_iter().find(|f| *f != Self::Raw && f.name() == extension)
    }

    /// Whether the file is the image, compressed or not, and no virtual disk.
    pub fn is_image(self) -> bool {
        self == Self::Raw || self.codec().is_some()
    }

    pub(crate) fn codec(self) -> Option<Codec> {
        match self {
            Self::Gzip => Some(Codec::Gzip),
            Self::Xz => Some(Codec::Xz),
            Self::Zstd => Some(Codec::Zstd),
            Self::Raw | Self::Qcow2 | Self::Vmdk | Self::Vhd | Self::VhdFixed => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|f| f.name() == text).ok_or_else(|| {
            format!("`{text}` is no format; there are {}", Self::ALL.map(Self::name).join(", "))
        })
    }
}
