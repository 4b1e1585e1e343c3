//! Paths in GRUB's notation.

use crate::configs::files::join;

/// The name of a device that is not the image: the key that holds the ISO file.
pub(in super::super) const OUTSIDE: &str = "outside";

/// The absolute path in the image that `word` means to GRUB; `None` if it is on another device, or
/// no absolute path: GRUB has no current directory.
pub(super) fn inside(word: &str) -> Option<String> {
    let (device, path) = match word.strip_prefix('(') {
        Some(rest) => rest.split_once(')')?,
        None => ("", word),
    };
    let here = device != "memdisk" && device != OUTSIDE;
    (here && path.starts_with('/')).then(|| join("", path))
}
