//! The name of a directory entry.

use crate::compact::Compact;
use core::fmt;
use shown_text::Shown;
use thiserror::Error;

/// A directory entry's name: 1 to 255 bytes, no `/`, no NUL, not `.` or `..`. Any encoding.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Compact);

/// The reason why some bytes are no name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NameError {
    /// No byte at all.
    #[error("a file name is empty")]
    Empty,
    /// `.` and `..` are made by the file system.
    #[error("`{0}` is not a file name")]
    Dots(&'static str),
    /// More than 255 bytes.
    #[error("the file name `{shown}…` has {len} bytes; a file system holds at most 255")]
    #[allow(missing_docs)]
    TooLong { shown: String, len: usize },
    /// A `/` or a NUL.
    #[error("the file name `{shown}` contains {what}")]
    #[allow(missing_docs)]
    Forbidden { shown: String, what: &'static str },
}

impl Name {
    /// Longest name, in bytes.
    pub const MAX: usize = 255;

    /// Checks a name.
    ///
    /// # Errors
    /// [`NameError`] says what is wrong.
    pub fn new(bytes: &[u8]) -> Result<Self, NameError> {
        let shown = |n: usize| bytes[..bytes.len().min(n)].escape_ascii().to_string();
        match bytes {
            [] => Err(NameError::Empty),
            b"." => Err(NameError::Dots(".")),
            b".." => Err(NameError::Dots("..")),
            _ if bytes.len() > Self::MAX => {
                Err(NameError::TooLong { shown: shown(40), len: bytes.len() })
            }
            _ if bytes.contains(&b'/') => {
                Err(NameError::Forbidden { shown: shown(Self::MAX), what: "a slash" })
            }
            _ if bytes.contains(&0) => {
                Err(NameError::Forbidden { shown: shown(Self::MAX), what: "a NUL byte" })
            }
            _ => Ok(Self(bytes.into())),
        }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Shown(&self.0).fmt(f)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_file_system_holds() {
        for bad in [&b""[..], b".", b"..", b"a/b", b"a\0b", &[b'x'; 256]] {
            assert!(Name::new(bad).is_err(), "{bad:?}");
        }
        for good in [&b"..."[..], b".x", b"a b'\"$\n", b"\xff\xfe", &[b'x'; 255]] {
            assert_eq!(Name::new(good).unwrap().as_bytes(), good);
        }
    }

    #[test]
    fn shows_hostile_bytes_harmlessly() {
        assert_eq!(Name::new(b"a\n\xff\x1b[2Jz").unwrap().to_string(), "a\\n\\xff\\u{1b}[2Jz");
        assert_eq!(Name::new("größe".as_bytes()).unwrap().to_string(), "größe");
    }
}
