//! The open inputs, as the writer wants them.

use image_layout::{SourceId, Sources};
use image_write::Payloads;
use key_inputs::FileSources;
use std::fs::File;
use std::io;
use std::path::Path;

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

    fn path(&self, id: SourceId) -> &Path {
        self.0.get(id).map_or(Path::new("?"), key_inputs::Payload::path)
    }
}
