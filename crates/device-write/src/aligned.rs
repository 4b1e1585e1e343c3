//! Bytes in memory where direct input and output takes them.

use crate::units::PAGE;

/// A buffer that starts at a page.
#[derive(Debug)]
pub(crate) struct Aligned {
    bytes: Vec<u8>,
    start: usize,
    len: usize,
}

impl Aligned {
    /// Zeros.
    pub fn zeros(len: usize) -> Self {
        // OK to cast: a page.
        let bytes = vec![0; len + PAGE as usize];
        let start = bytes.as_ptr().align_offset(PAGE as usize).min(PAGE as usize);
        Self { bytes, start, len }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.start + self.len]
    }

    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..self.start + self.len]
    }
}
