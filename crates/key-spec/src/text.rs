//! Texts with limits.

use core::fmt;
use serde::Deserialize;

macro_rules! text {
    ($(#[$attr:meta])* $name:ident, $check:ident) => {
        $(#[$attr])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(pub(crate) String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            /// The error says what is wrong and what can be written instead.
            fn try_from(text: String) -> Result<Self, String> {
                $check(&text)?;
                Ok(Self(text))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }
    };
}

text! {
    /// Text on one line: not empty, no control characters.
    Line, line
}
text! {
    /// A file system's label: 1 to 16 bytes, no control characters.
    Label, label
}
text! {
    /// A file's name: 1 to 255 bytes, no `/`, no NUL, not `.` or `..`.
    FileName, file_name
}
text! {
    /// A Debian package's name: lower-case letters, digits, `+`, `-`, `.`.
    PackageName, package_name
}
text! {
    /// The path of a file in a package, relative to its root: no leading `/`, no `..`.
    MemberPath, member_path
}

impl Label {
    /// What ext2, ext3 and ext4 have room for.
    pub const MAX: usize = 16;
}

fn line(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("an empty text cannot be; leave the key out for the default".into());
    }
    match text.chars().find(|c| c.is_control()) {
        Some(c) => Err(format!("the text contains the control character {c:?}; leave it out")),
        None => Ok(()),
    }
}

fn label(text: &str) -> Result<(), String> {
    line(text)?;
    match text.len() {
        len if len > Label::MAX => {
            Err(format!("the label has {len} bytes; a file system holds at most {}", Label::MAX))
        }
        _ => Ok(()),
    }
}

fn file_name(text: &str) -> Result<(), String> {
    match text {
        "" | "." | ".." => Err(format!("{text:?} is no file name; write one such as \"x.iso\"")),
        _ if text.len() > 255 => {
            Err(format!("the name has {} bytes; a file system holds at most 255", text.len()))
        }
        _ if text.contains(['/', '\0']) => {
            Err(format!("the name {text:?} contains a slash or a NUL; write a file name alone"))
        }
        _ => Ok(()),
    }
}

fn package_name(text: &str) -> Result<(), String> {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
    if text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(known) {
        Ok(())
    } else {
        Err(format!("{text:?} is no package name; write one such as \"memtest86+\""))
    }
}

fn member_path(text: &str) -> Result<(), String> {
    let part = |p: &str| file_name(p).is_ok();
    if text.split('/').all(part) {
        Ok(())
    } else {
        Err(format!(
            "{text:?} is no path in a package; write one such as \"usr/lib/ipxe/ipxe.iso\""
        ))
    }
}

/// A path on this machine, relative to the spec if it does not start with `/`.
pub(crate) fn path<'de, D: serde::Deserializer<'de>>(
    d: D,
) -> Result<Option<std::path::PathBuf>, D::Error> {
    path_of(&String::deserialize(d)?).map(Some).map_err(serde::de::Error::custom)
}

/// As [`path`], of a text.
pub(crate) fn path_of(text: &str) -> Result<std::path::PathBuf, String> {
    if text.is_empty() || text.contains('\0') {
        return Err(format!("{text:?} is no path; name a file"));
    }
    Ok(text.into())
}

/// A SHA-256 in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Sha256(pub [u8; 32]);

impl TryFrom<String> for Sha256 {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let nibble = |b: u8| char::from(b).to_digit(16);
        let mut bytes = [0; 32];
        let hex = text.as_bytes();
        if hex.len() == 64 && hex.iter().all(|b| nibble(*b).is_some()) {
            for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
                *byte = pair.iter().fold(0, |n, b| n << 4 | nibble(*b).unwrap_or(0) as u8);
            }
            return Ok(Self(bytes));
        }
        let len = text.chars().count();
        Err(format!(
            "a SHA-256 has 64 hexadecimal digits, this has {len} characters; `sha256sum` prints it"
        ))
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}
