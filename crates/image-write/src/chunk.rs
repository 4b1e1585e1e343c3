//! Bytes on their way, shared by whoever writes, hashes or compresses them.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// Part of an image. Cheap to clone: the bytes are not.
#[derive(Clone)]
pub(crate) struct Chunk {
    bytes: Bytes,
    from: usize,
    to: usize,
}

#[derive(Clone)]
enum Bytes {
    Held(Arc<[u8]>),
    Read(Arc<Buffer>),
}

/// A buffer that is sent back to be filled again when the last one who uses it drops it.
struct Buffer {
    bytes: Vec<u8>,
    back: Option<Sender<Vec<u8>>>,
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(back) = &self.back {
            // Everything may have been read already.
            let _ = back.send(std::mem::take(&mut self.bytes));
        }
    }
}

impl Chunk {
    /// A chunk of what is in memory anyway.
    pub(crate) fn held(bytes: Arc<[u8]>) -> Self {
        Self { from: 0, to: bytes.len(), bytes: Bytes::Held(bytes) }
    }

    /// The first `used` bytes of a buffer.
    pub(crate) fn read(bytes: Vec<u8>, used: usize, back: Option<Sender<Vec<u8>>>) -> Self {
        Self { bytes: Bytes::Read(Arc::new(Buffer { bytes, back })), from: 0, to: used }
    }

    /// The part `from..to` of it.
    pub(crate) fn slice(&self, from: usize, to: usize) -> Self {
        let (from, to) = (self.from + from, self.from + to);
        debug_assert!(from <= to && to <= self.to);
        Self { bytes: self.bytes.clone(), from, to }
    }
}

impl Deref for Chunk {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        let all = match &self.bytes {
            Bytes::Held(bytes) => bytes,
            Bytes::Read(buffer) => &buffer.bytes[..],
        };
        &all[self.from..self.to]
    }
}
