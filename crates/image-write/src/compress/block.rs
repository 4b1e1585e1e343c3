//! Compressed blocks, and what is told of them at the end of the file.

/// A block on its way into the file.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// The compressed bytes.
    pub bytes: Vec<u8>,
    pub sums: Sums,
}

/// The sums of a block, which the end of the file records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Bytes before compression.
    pub len: u64,
    /// Bytes in the file, as the format counts them.
    pub stored: u64,
    /// CRC-32 of the bytes before compression, if the format needs it.
    pub crc: u32,
}
