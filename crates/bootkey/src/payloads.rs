//! The open inputs, as the writer wants them.

use image_layout::{SourceId, Sources};
use image_write::Payloads;
use key_inputs::FileSources;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// [`FileSources`] for [`image_write`]: neither crate knows the other.
#[derive(Debug)]
pub(crate) struct Inputs(pub(crate) FileSources);

impl Sources for Inputs {
    fn read_exact_at(&self, id: SourceId, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(id, offset, buf)
    }
}

impl Payloads for Inputs {
    fn file(&self, id: SourceId) -> Option<&File> {
        self.0.get(id).map(key_inputs::Payload::file)
    }

    fn open(&self, id: SourceId) -> io::Result<Option<Arc<File>>> {
        self.0.open(id).map_err(io::Error::other)
    }

    fn device_and_inode(&self, id: SourceId) -> Option<(u64, u64)> {
        self.0.device_and_inode(id)
    }

    fn path(&self, id: SourceId) -> &Path {
        self.0.path(id).unwrap_or(Path::new("?"))
    }

    fn check_unchanged(&self) -> io::Result<()> {
        self.0.check_unchanged().map_err(io::Error::other)
    }
}
