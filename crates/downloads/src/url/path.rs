//! Paths of addresses: encoded, decoded, and without dots.

use std::fmt::Write as _;

/// Encodes what no address may have as it is: spaces, and what is not ASCII.
pub(super) fn encoded(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c) {
            all.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                // OK to ignore: writing to a String does not fail.
                let _ = write!(all, "%{byte:02X}");
            }
        }
    }
    all
}

/// Decodes `%20` and the like; `None` if that is no UTF-8. A `%` that is none of these stays.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        match byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

/// The path without `.` and `..`. <https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4>
pub(super) fn without_dots(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let ends_in_directory = matches!(path.rsplit('/').next(), Some("" | "." | ".."));
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    // What ends in `/`, `/.` or `/..` is a directory; an empty last part says so.
    if ends_in_directory && parts.last().is_none_or(|last| !last.is_empty()) {
        parts.push("");
    }
    format!("/{}", parts.join("/"))
}
