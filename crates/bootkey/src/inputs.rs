//! The open inputs, as the writer wants them.

use image_layout::{SourceId, Sources};
use image_write::SourceFiles;
use key_inputs::{FileSources, OpenedFiles};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// [`FileSources`] for [`image_write`]: neither crate knows the other.
#[derive(Debug)]
pub(crate) struct Inputs {
    /// The files whose bytes the image holds.
    pub(crate) files: FileSources,
    /// The files that were read besides: the spec, GRUB's files, packages.
    pub(crate) opened: OpenedFiles,
    /// Device and inode of an input that the image is to replace.
    pub(crate) replaced: Option<(u64, u64)>,
}

impl Sources for Inputs {
    fn read_exact_at(&self, id: SourceId, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.files.read_exact_at(id, offset, buf)
    }
}

impl SourceFiles for Inputs {
    fn file(&self, id: SourceId) -> Option<&File> {
        self.files.get(id)?.file()
    }

    fn open(&self, id: SourceId) -> io::Result<Option<Arc<File>>> {
        self.files.open(id).map_err(io::Error::other)
    }

    fn device_and_inode(&self, id: SourceId) -> Option<(u64, u64)> {
        // The input that may be replaced is given inode 0, which no file has, so that it is never
        // taken for the output.
        let unlike = |file| if Some(file) == self.replaced { (file.0, 0) } else { file };
        self.files.device_and_inode(id).map(unlike)
    }

    fn path(&self, id: SourceId) -> &Path {
        self.files.path(id).unwrap_or(Path::new("?"))
    }

    fn find(&self, real: &Path, device_and_inode: (u64, u64)) -> Option<PathBuf> {
        if Some(device_and_inode) == self.replaced {
            return None;
        }
        let source = self.files.find(device_and_inode);
        source.or_else(|| self.opened.find(real, device_and_inode))
    }

    fn check_unchanged(&self) -> io::Result<()> {
        self.files.check_unchanged().map_err(io::Error::other)
    }
}
