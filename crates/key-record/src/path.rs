//! Paths as text: the names in a tree may be any bytes, TOML holds UTF-8 only.

/// A path as text: `%` and every byte that is no UTF-8 as `%` and two hexadecimal digits.
pub fn path_text(path: &[u8]) -> String {
    let mut text = String::with_capacity(path.len());
    for chunk in path.utf8_chunks() {
        text.push_str(&chunk.valid().replace('%', "%25"));
        for byte in chunk.invalid() {
            text.push_str(&format!("%{byte:02x}"));
        }
    }
    text
}

/// The path that a text means; `None` if it is no such text.
pub fn path_bytes(text: &str) -> Option<Vec<u8>> {
    let mut pieces = text.split('%');
    let mut path = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        let plain = digits.bytes().all(|b| b.is_ascii_hexdigit());
        path.push(u8::from_str_radix(digits, 16).ok().filter(|_| plain)?);
        path.extend_from_slice(rest.as_bytes());
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_is_read_as_it_was() {
        for path in [&b"a/b"[..], b"100%", "ä".as_bytes(), b"\xff%\xc3(", b"%41", b""] {
            let text = path_text(path);
            assert_eq!(path_bytes(&text).as_deref(), Some(path), "{text}");
        }
        for bad in ["%", "%4", "%zz", "%+1", "a%ä"] {
            assert_eq!(path_bytes(bad), None, "{bad}");
        }
    }
}
