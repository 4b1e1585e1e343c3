//! Spec files: their text, and the directory that the paths in it are relative to.

use crate::error::Error;
use input_file::open_regular;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Longest spec, in bytes. Nobody writes one by hand that comes near it; an ISO given by mistake
/// is far longer.
pub const MAX_SPEC_LEN: u64 = 1 << 20;

/// The text of a spec file, not parsed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecText {
    /// The whole text.
    pub text: String,
    /// The path it was read from, for messages.
    pub path: PathBuf,
    /// The directory that relative paths in it start from.
    pub base: PathBuf,
}

/// Reads a spec file.
///
/// # Errors
/// [`Error::SpecFromStdin`] for `-`; [`Error::Open`], [`Error::Read`];
/// [`Error::SpecTooLong`]; [`Error::SpecNotUtf8`] with the offset of the first bad byte.
pub fn read_spec(path: &Path) -> Result<SpecText, Error> {
    if path.as_os_str() == "-" {
        return Err(Error::SpecFromStdin);
    }
    let (file, _) = open_regular(path)?;
    let owned = || path.to_path_buf();
    let mut bytes = Vec::new();
    file.take(MAX_SPEC_LEN + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| Error::Read { path: owned(), source })?;
    if bytes.len() as u64 > MAX_SPEC_LEN {
        return Err(Error::SpecTooLong { path: owned(), limit: MAX_SPEC_LEN });
    }
    let text = String::from_utf8(bytes)
        .map_err(|e| Error::SpecNotUtf8 { path: owned(), offset: e.utf8_error().valid_up_to() })?;
    let base = match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p.to_path_buf(),
        _ => PathBuf::from("."),
    };
    Ok(SpecText { text, path: owned(), base })
}

#[cfg(test)]
mod tests {
    use super::*;
    use input_file::OpenError;
    use std::fs;

    #[test]
    fn text_and_base() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.toml");
        fs::write(&path, "[key]\n").unwrap();
        let spec = read_spec(&path).unwrap();
        assert_eq!(spec.text, "[key]\n");
        assert_eq!(spec.base, dir.path());
    }

    #[test]
    fn what_is_no_spec_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        fs::write(&path, b"[key]\nname = \"\xff\"").unwrap();
        let e = read_spec(&path).unwrap_err();
        assert!(e.to_string().ends_with("is not UTF-8 text at byte 14"), "{e}");
        assert_eq!(e.family(), key_spec::ErrorFamily::Usage);

        let exactly = vec![b'#'; MAX_SPEC_LEN as usize];
        fs::write(&path, &exactly).unwrap();
        read_spec(&path).unwrap();
        fs::write(&path, [&exactly[..], b"#"].concat()).unwrap();
        assert!(matches!(read_spec(&path), Err(Error::SpecTooLong { .. })));

        assert!(matches!(read_spec(Path::new("-")), Err(Error::SpecFromStdin)));
        assert!(matches!(read_spec(dir.path()), Err(Error::Open(OpenError::NotRegular { .. }))));
        assert!(matches!(
            read_spec(&dir.path().join("none")),
            Err(Error::Open(OpenError::Open { .. }))
        ));
    }
}
