//! The kinds of files beside an image, and how each is known again.

use crate::error::Error;
use image_write::Format;
use input_file::open_regular;
use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A kind of file beside the image, named after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SidecarKind {
    BlockMap,
    Manifest,
    Sbom,
    Page,
}

/// Bytes at the start of a file by which it is known.
const HEAD: u64 = 64 << 10;

impl SidecarKind {
    /// The path of such a file beside the image at `image`, which is named after the image that is
    /// there once a compressed one is unpacked: `key.img.bmap` of `key.img.zst`; but `key.html`, whose
    /// address people see.
    pub(crate) fn path_beside(self, image: &Path, format: Format) -> PathBuf {
        let packed =
            format != Format::Raw && format.is_image() && Format::of_path(image) == Some(format);
        let image = if packed { image.with_extension("") } else { image.to_owned() };
        let extension = match self {
            Self::BlockMap => ".bmap",
            Self::Manifest => ".manifest.json",
            Self::Sbom => ".spdx.json",
            Self::Page => return image.with_extension("html"),
        };
        let mut name = OsString::from(image);
        name.push(extension);
        name.into()
    }

    /// The name in messages, and the mark that the start of every such file holds.
    fn mark(self) -> (&'static str, &'static str) {
        match self {
            Self::BlockMap => ("a block map", "<bmap version="),
            Self::Manifest => ("a manifest of bootkey's", "\"bootkey.manifest/"),
            Self::Sbom => ("an SPDX document of bootkey's", "\"Tool: bootkey-"),
            Self::Page => ("a page of bootkey's", "content=\"bootkey.page/1\""),
        }
    }

    /// Whether a file of this kind is there.
    pub(crate) fn is_there(self, path: &Path) -> bool {
        !matches!(path.try_exists(), Ok(false)) && self.refuse_others(path).is_ok()
    }

    /// Refuses to replace a file that is not of this kind: somebody else's.
    pub(crate) fn refuse_others(self, path: &Path) -> Result<(), Error> {
        let read = |source| Error::Sidecar { path: path.to_owned(), source };
        if !path.try_exists().map_err(read)? {
            return Ok(());
        }
        let (file, _) = open_regular(path).map_err(|e| read(std::io::Error::other(e)))?;
        let mut head = Vec::new();
        file.take(HEAD).read_to_end(&mut head).map_err(read)?;
        let (what, mark) = self.mark();
        if head.is_empty() || head.windows(mark.len()).any(|w| w == mark.as_bytes()) {
            return Ok(());
        }
        Err(Error::NotOurs { path: path.to_owned(), what })
    }
}
