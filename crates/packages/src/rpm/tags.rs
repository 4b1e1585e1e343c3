//! The tags of the header entries that are read.
//! <https://rpm-software-management.github.io/rpm/manual/tags.html>

/// The SHA-256 of the main header, in hex; in the signature header.
pub(super) const SIG_SHA256: u32 = 273;
/// The length of main header and payload, in bytes; in the signature header.
pub(super) const SIG_SIZE: u32 = 1000;
/// The same length where it is 4 GiB or more; in the signature header.
pub(super) const SIG_LONGSIZE: u32 = 270;

pub(super) const NAME: u32 = 1000;
pub(super) const VERSION: u32 = 1001;
pub(super) const RELEASE: u32 = 1002;
pub(super) const EPOCH: u32 = 1003;
/// Size of all files when installed, in bytes.
pub(super) const SIZE: u32 = 1009;
pub(super) const LONGSIZE: u32 = 5009;
pub(super) const ARCH: u32 = 1022;
/// The source package's file name. Only binary packages have it.
pub(super) const SOURCERPM: u32 = 1044;

/// The sizes, modes, devices and inodes of the files.
pub(super) const FILESIZES: u32 = 1028;
pub(super) const LONGFILESIZES: u32 = 5008;
pub(super) const FILEMODES: u32 = 1030;
pub(super) const FILEDEVICES: u32 = 1095;
pub(super) const FILEINODES: u32 = 1096;
/// The index of each file's directory in [`DIRNAMES`], and the file's name there.
pub(super) const DIRINDEXES: u32 = 1116;
pub(super) const BASENAMES: u32 = 1117;
pub(super) const DIRNAMES: u32 = 1118;

/// The payload's format: `cpio`.
pub(super) const PAYLOADFORMAT: u32 = 1124;
/// The payload's compression: `gzip`, `bzip2`, `xz`, `lzma` or `zstd`; gzip if there is none.
pub(super) const PAYLOADCOMPRESSOR: u32 = 1125;
/// Digest of the compressed payload, in hex.
pub(super) const PAYLOADSHA256: u32 = 5092;
/// The algorithm of that digest.
pub(super) const PAYLOADSHA256ALGO: u32 = 5093;
/// The algorithm number of SHA-256, as in OpenPGP.
pub(super) const SHA256: u64 = 8;
