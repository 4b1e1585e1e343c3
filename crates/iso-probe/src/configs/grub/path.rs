//! Paths in GRUB's notation.

use crate::configs::files::join;

/// The name of a device that is not the image: the key that holds the ISO file.
pub(in super::super) const OUTSIDE: &str = "outside";

/// Whether a device, without parentheses, is taken for the image: all are but those that certainly
/// are not.
pub(super) fn is_here(device: &str) -> bool {
    device != "memdisk" && device != OUTSIDE
}

/// The absolute path in the image that `word` means to GRUB; `None` if it is on another device, or
/// no absolute path: GRUB has no current directory.
pub(super) fn inside(word: &str) -> Option<String> {
    let (device, path) = match word.strip_prefix('(') {
        Some(rest) => rest.split_once(')')?,
        None => ("", word),
    };
    (is_here(device) && path.starts_with('/')).then(|| join("", path))
}
