//! The units in which a device is written.

/// The unit of all writing: a page, which every device takes whole.
pub(crate) const PAGE: u64 = 4096;
/// Most bytes that are written at once.
pub(crate) const CHUNK: u64 = 4 << 20;
/// The start of a medium that is written last: partition tables, ISO 9660 and all file systems that a key
/// may look like have there what they are known by; the last of them, btrfs and GFS2, at 64 KiB.
pub(crate) const HEAD: u64 = 128 << 10;
/// The start of a medium that is erased but for what the image has there: UFS, ZFS and LUKS are known by what lies
/// behind `HEAD`, too.
pub(crate) const EDGE: u64 = 1 << 20;
