//! Payloads: files that hold a system or packages, by their first bytes.

use crate::contents::Contents;
use std::collections::BTreeMap;

/// The number of files to look at, the largest first.
const MAX_FILES: usize = 48;
/// The number of a file's first bytes to look at.
const HEAD: usize = 4096;

/// The first bytes by which payloads are known: where, what, and the name of such a file.
const MAGIC: &[(usize, &[u8], &str)] = &[
    (0, b"hsqs", "squashfs"),
    (0, b"sqsh", "squashfs"),
    (1024, b"\xe2\xe1\xf5\xe0", "erofs"),
    (0x438, b"\x53\xef", "ext"),
    (0, b"\x45\x3d\xcd\x28", "cramfs"),
    (0, b"MSWIM\0\0\0", "wim"),
    (0, b"XFSB", "xfs"),
    (0, b"!<arch>\ndebian", "deb"),
    (0, b"\xed\xab\xee\xdb", "rpm"),
];

/// The payloads in the image, by path, but for the files in `known`.
pub(crate) fn payloads(contents: &mut Contents<'_>, known: &[&String]) -> BTreeMap<String, String> {
    let mut sizes: Vec<(u64, String)> = (contents.files().lengths().into_iter())
        .filter(|(path, len)| *len >= 64 && !known.contains(&path))
        .map(|(path, len)| (len, path))
        .collect();
    sizes.sort_by(|a, b| b.cmp(a));
    sizes.truncate(MAX_FILES);
    let mut found = BTreeMap::new();
    for (_, path) in sizes {
        let Some(head) = contents.head(&path, HEAD) else { continue };
        let is = |at: usize, what: &[u8]| head.get(at..at + what.len()) == Some(what);
        if let Some((_, _, kind)) = MAGIC.iter().find(|(at, what, _)| is(*at, what)) {
            found.insert(path, (*kind).to_owned());
        }
    }
    found
}
