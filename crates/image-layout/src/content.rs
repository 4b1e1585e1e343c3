//! The content of regions: bytes, zeros, numbers, or a range of an input by reference.

use std::sync::Arc;

use crate::Condensed;

/// An input whose bytes are copied when the image is written. What it stands for is the
/// business of whoever made the layout (an index into the plan's list of sources).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// The content of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Bytes in memory, encoded already.
    Bytes(Arc<[u8]>),
    /// Bytes in memory, encoded already, without most of their zeros.
    Condensed(Arc<Condensed>),
    /// Bytes of an input, by reference: `len` bytes of source `id`, from byte `offset` on.
    Source {
        /// The input.
        id: SourceId,
        /// First byte, within the input.
        offset: u64,
        /// Number of bytes.
        len: u64,
    },
    /// Zeros, which are claimed: the image must read as zero there.
    Zero {
        /// Number of bytes.
        len: u64,
    },
    /// The numbers `first`, `first + 1`, … (wrapping), each in 32 bits little-endian: what a block
    /// map over contiguous blocks holds, and 4 bytes a block would be too many to keep.
    Counting {
        /// The first number.
        first: u32,
        /// Bytes skipped at the front.
        skip: u64,
        /// Number of bytes.
        len: u64,
    },
}

impl Content {
    /// Length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(b) => b.len() as u64,
            Self::Condensed(c) => c.len() as u64,
            Self::Source { len, .. } | Self::Zero { len } | Self::Counting { len, .. } => *len,
        }
    }

    /// Whether it holds no byte.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The part `skip..skip + len` of it; both are clipped to what there is.
    pub fn slice(&self, skip: u64, len: u64) -> Self {
        let skip = skip.min(self.len());
        let len = len.min(self.len() - skip);
        match self {
            // OK to cast, here and below: both lie within what is in memory.
            Self::Bytes(b) => Self::Bytes(b[skip as usize..(skip + len) as usize].into()),
            Self::Condensed(c) => {
                let mut bytes = vec![0; len as usize];
                c.read_at(skip as usize, &mut bytes);
                bytes.into()
            }
            Self::Source { id, offset, .. } => Self::Source { id: *id, offset: offset + skip, len },
            Self::Zero { .. } => Self::Zero { len },
            Self::Counting { first, skip: front, .. } => {
                Self::Counting { first: *first, skip: front + skip, len }
            }
        }
    }

    /// `count` numbers from `first` on, in 32 bits little-endian each.
    pub fn counting(first: u32, count: u64) -> Self {
        Self::Counting { first, skip: 0, len: count * 4 }
    }

    /// Fills `buf` with the bytes from `at` on, unless they are a source's: `false` then, and
    /// `buf` is as it was.
    ///
    /// # Panics
    /// When the content ends before `buf` is full.
    pub fn read_at(&self, at: u64, buf: &mut [u8]) -> bool {
        assert!(at.checked_add(buf.len() as u64).is_some_and(|end| end <= self.len()));
        match self {
            // OK to cast, here and below: it lies within what is in memory.
            Self::Bytes(b) => buf.copy_from_slice(&b[at as usize..at as usize + buf.len()]),
            Self::Condensed(c) => c.read_at(at as usize, buf),
            Self::Source { .. } => return false,
            Self::Zero { .. } => buf.fill(0),
            Self::Counting { first, skip, .. } => {
                for (byte, at) in buf.iter_mut().zip(skip + at..) {
                    // OK to cast: the numbers wrap by definition.
                    let number = first.wrapping_add((at / 4) as u32);
                    *byte = number.to_le_bytes()[(at % 4) as usize];
                }
            }
        }
        true
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<Condensed> for Content {
    fn from(condensed: Condensed) -> Self {
        Self::Condensed(condensed.into())
    }
}

impl From<&[u8]> for Content {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.into())
    }
}
