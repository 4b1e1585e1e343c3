//! Paths on GRUB's partition that several modules use.

/// GRUB's directory, to which its variable `$prefix` points.
pub(crate) const PREFIX: &str = "/boot/grub";
/// The path of `memdisk`.
pub(crate) const MEMDISK: &str = "/boot/memdisk";
/// The theme's directory, below [`PREFIX`].
pub(crate) const THEME: &str = "/themes/key";
