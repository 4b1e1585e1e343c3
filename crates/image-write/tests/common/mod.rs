//! Inputs and layouts for the tests of this crate.
#![allow(dead_code)] // not every test file uses everything

use image_layout::{Content, SourceId, Sources};
use image_write::{Progress, SourceFiles};
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Inputs that are open files; those of `hidden` can only be read through memory, as the members
/// of an archive would be.
#[derive(Default)]
pub struct Inputs {
    files: Vec<(PathBuf, File)>,
    hidden: bool,
}

impl Inputs {
    pub fn open(paths: &[&Path]) -> Self {
        let open = |p: &&Path| (p.to_path_buf(), File::open(p).unwrap());
        Self { files: paths.iter().map(open).collect(), hidden: false }
    }

    pub fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }
}

impl Sources for Inputs {
    fn read_exact_at(&self, id: SourceId, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        self.files[id.0 as usize].1.read_exact_at(buf, offset)
    }
}

impl SourceFiles for Inputs {
    fn file(&self, id: SourceId) -> Option<&File> {
        (!self.hidden).then(|| &self.files[id.0 as usize].1)
    }
    fn path(&self, id: SourceId) -> &Path {
        &self.files[id.0 as usize].0
    }
}

/// `len` bytes of source `id`, from its byte `offset` on.
pub fn source(id: u32, offset: u64, len: u64) -> Content {
    Content::Source { id: SourceId(id), offset, len }
}

/// The quiet progress callback.
pub fn go_on(_: Progress<'_>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Bytes that repeat nowhere within any block.
pub fn noise(len: usize) -> Vec<u8> {
    let mut x = 0x9e37_79b9_7f4a_7c15u64;
    let mut step = || {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        x.to_le_bytes()
    };
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        bytes.extend(step());
    }
    bytes.truncate(len);
    bytes
}

/// The names in a directory, sorted, hidden ones included.
pub fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<_> =
        entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
