//! GRUB's version, as its module `normal` has it for the screen.

/// The version that a module, or an image with that module in it, has as a text: the first string
/// like `2.06-13+deb12u2`.
pub fn version_in(bytes: &[u8]) -> Option<String> {
    let strings = bytes.split(|b| *b == 0).filter(|s| (4..64).contains(&s.len()));
    let is_version = |s: &&[u8]| {
        matches!(s, [b'1'..=b'9', b'.', b'0'..=b'9', b'0'..=b'9', ..])
            && s.iter().all(|b| b.is_ascii_alphanumeric() || b"+-.~:".contains(b))
    };
    strings.into_iter().find(is_version).map(|s| String::from_utf8_lossy(s).into_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn versions_are_told_from_other_strings() {
        assert_eq!(
            super::version_in(b"x\x002.06-13+deb12u2\0").as_deref(),
            Some("2.06-13+deb12u2")
        );
        assert_eq!(super::version_in(b"2.0\x002.06 or so\x0012.06\0"), None);
    }
}
