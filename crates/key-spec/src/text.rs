//! Texts with limits.

use core::fmt;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use spec_value::{FileName, Line, text};
use std::borrow::Cow;

text! {
    /// A file system's label: 1 to 16 bytes, no control characters.
    Label, label, { "minLength": 1, "maxLength": 16 }
}
text! {
    /// A Debian package's name: lower-case letters, digits, `+`, `-`, `.`.
    PackageName, package_name, { "pattern": "^[A-Za-z0-9][a-z0-9+.-]*$" }
}
text! {
    /// The path of a file in a package, relative to its root: no leading `/`, no `..`.
    MemberPath, member_path, { "pattern": "^[^/]" }
}

/// A text with limits made from one that is written in this program, and so known to fit.
pub(crate) fn fixed<T: TryFrom<String, Error = String>>(text: &str) -> T {
    T::try_from(text.to_owned()).expect("texts of our own are fit")
}

impl Label {
    /// The longest label in bytes, which is what ext2, ext3 and ext4 have room for.
    pub const MAX: usize = 16;
}

fn label(text: &str) -> Result<(), String> {
    Line::try_from(text.to_owned())?;
    match text.len() {
        len if len > Label::MAX => {
            Err(format!("the label has {len} bytes; a file system holds at most {}", Label::MAX))
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
    let part = |p: &str| FileName::try_from(p.to_owned()).is_ok();
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

/// What the JSON Schema of specs says of [`path`].
pub(crate) fn path_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "minLength": 1 })
}

/// The path that a text names.
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

impl JsonSchema for Sha256 {
    fn schema_name() -> Cow<'static, str> {
        "Sha256".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9A-Fa-f]{64}$" })
    }
}

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
        f.write_str(&base16ct::lower::encode_string(&self.0))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}
