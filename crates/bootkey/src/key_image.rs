//! A planned key, read as the image that a build of it would be.

use crate::build::OnProgress;
use crate::error::Error;
use crate::key::Key;
use crate::output::Output;
use image_layout::{Layout, ReadAt, Reader};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;

/// A planned key as an image that is nowhere yet. What nobody owns reads as zeros.
#[derive(Debug)]
pub struct KeyImage {
    key: Key,
    layout: Layout,
}

impl KeyImage {
    /// The image of a planned key. If there is a lock, it is compared with that, which takes reading
    /// all of it.
    ///
    /// # Errors
    /// [`Error::Plan`] when something does not fit; [`Error::Drifted`] if it is not the image that the
    /// lock says.
    pub fn new(key: Key, progress: &mut OnProgress<'_>) -> Result<Self, Error> {
        let layout = key.lay_out()?;
        if key.expected().is_some() {
            key.stream(&layout, &mut io::sink(), &Output::default(), progress)?;
        }
        key.check_unchanged()?;
        Ok(Self { key, layout })
    }

    /// The ranges that have an owner, in order.
    pub fn owned(&self) -> Vec<Range<u64>> {
        self.layout.regions().map(|region| region.at..region.end()).collect()
    }

    /// Who owns the byte at `offset`, if anybody does.
    pub fn owner(&self, offset: u64) -> Option<&str> {
        self.layout.owner(offset).map(|region| region.name)
    }
}

impl ReadAt for KeyImage {
    fn len(&self) -> u64 {
        self.layout.len()
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        if offset == 0 {
            // Who writes a device reads the start of the image last: by then no input may be another.
            self.key.check_unchanged().map_err(io::Error::other)?;
        }
        let mut reader = Reader::new(&self.layout, self.key.inputs());
        reader.seek(SeekFrom::Start(offset))?;
        reader.read_exact(buf)
    }
}
