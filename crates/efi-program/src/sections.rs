//! The sections of a program, by their names and places: unified kernel images keep kernel, initrds
//! and parameters in some. <https://uapi-group.org/specifications/specs/unified_kernel_image/>

use crate::Error;
use crate::image::Image;
use crate::source::Source;
use std::io;

/// A section of a program, and where it lies in the program's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The name: `.linux`.
    pub name: String,
    /// The first byte.
    pub start: u64,
    /// The number of bytes, without those that only fill its last sector.
    pub len: u64,
}

impl Section {
    /// Reads the sections of a program of `len` bytes, in their order. `read_at` fills a buffer from a
    /// byte of the program on.
    ///
    /// # Errors
    /// The error of `read_at`; then those of [`Facts::of`](crate::Facts::of) about headers.
    pub fn read_all(
        len: u64,
        read_at: &mut dyn FnMut(u64, &mut [u8]) -> io::Result<()>,
    ) -> io::Result<Result<Vec<Self>, Error>> {
        let len = usize::try_from(len).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let mut read_at = |at: u64, buf: &mut [u8]| read_at(at, buf);
        let source = Source::new(len, &mut read_at);
        let sections = Image::read(&source).map(|image| {
            let section = |s: crate::image::Section| Self {
                name: s.name,
                start: s.raw.start as u64,
                len: s.raw.len().min(s.virtual_size) as u64,
            };
            image.sections.into_iter().map(section).collect()
        });
        source.take_failure().map_or(Ok(sections), Err)
    }
}
