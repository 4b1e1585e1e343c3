//! Paths as GRUB writes them.

use crate::configs::files::join;

/// The device that a menu may name and that is not the image: the key that opens it as a file.
pub(in super::super) const OUTSIDE: &str = "outside";

/// The absolute path within the image of a file as GRUB names it. `None` when it lies elsewhere,
/// or is no path: GRUB has no present directory.
pub(super) fn inside(word: &str) -> Option<String> {
    let (device, path) = match word.strip_prefix('(') {
        Some(rest) => rest.split_once(')')?,
        None => ("", word),
    };
    let here = device != "memdisk" && device != OUTSIDE;
    (here && path.starts_with('/')).then(|| join("", path))
}
