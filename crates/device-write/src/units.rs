//! The units in which a device is written.

/// The unit of all writing: a page, which every device takes whole.
pub(crate) const PAGE: u64 = 4096;
/// Most bytes that are written at once.
pub(crate) const CHUNK: u64 = 4 << 20;
/// Where tables and signatures lie: at the start of a disk, and at its end.
pub(crate) const EDGE: u64 = 1 << 20;
