//! QEMU's syntax of options.

use std::ffi::OsString;
use std::path::Path;

/// An option with a path in it: QEMU takes a doubled comma for a comma of the path.
pub fn with_path(before: &str, path: &Path, after: &str) -> OsString {
    use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
    let mut bytes = before.as_bytes().to_vec();
    for &b in path.as_os_str().as_bytes() {
        bytes.push(b);
        if b == b',' {
            bytes.push(b',');
        }
    }
    bytes.extend_from_slice(after.as_bytes());
    OsString::from_vec(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_in_a_path_is_doubled() {
        assert_eq!(with_path("file=", Path::new("/a,b c"), ",if=none"), "file=/a,,b c,if=none");
    }
}
