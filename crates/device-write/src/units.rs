//! The units in which a device is written.

/// The unit of all writing: a page, which every device takes whole.
pub(crate) const PAGE: u64 = 4096;
/// Most bytes that are written at once.
pub(crate) const CHUNK: u64 = 4 << 20;
/// The start of a medium, where partition tables and most file systems have what they are known by; the
/// last of them, btrfs and GFS2, at 64 KiB.
pub(crate) const HEAD: u64 = 128 << 10;
/// The end of a medium, where the copy of a GPT lies, and what RAIDs and ZFS are known by.
pub(crate) const TAIL: u64 = 512 << 10;
