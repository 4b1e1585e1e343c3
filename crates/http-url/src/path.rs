//! Paths of addresses: encoded, decoded, and without dots.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// The characters that no address may have as they are, besides those that are not ASCII.
/// <https://www.rfc-editor.org/rfc/rfc3986#section-2>
const NEVER: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Encodes what no address may have as it is. A `%` stays, since it most likely encodes something.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NEVER).to_string()
}

/// Decodes `%20` and the like; `None` if that is no UTF-8. A `%` that is none of these stays.
pub fn percent_decoded(text: &str) -> Option<String> {
    Some(percent_decode_str(text).decode_utf8().ok()?.into_owned())
}

/// The path without `.` and `..`. <https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4>
pub(crate) fn without_dots(path: &str) -> String {
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
