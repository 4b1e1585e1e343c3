//! Paths on GRUB's partition that its parts agree on.

/// GRUB's directory; `$prefix` is this, on the right device.
pub(crate) const PREFIX: &str = "/boot/grub";
/// The file in which the menu finds `memdisk`.
pub(crate) const MEMDISK: &str = "/boot/memdisk";
/// The theme's directory, below [`PREFIX`].
pub(crate) const THEME: &str = "/themes/key";
