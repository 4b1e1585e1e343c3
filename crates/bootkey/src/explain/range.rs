//! The ranges that an image is explained by.

use serde::Serialize;

/// The place that the bytes of a range come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The name of that place: `boot.img of GRUB for i386-pc`, an ISO's name.
    pub name: String,
    /// The first byte of the range within that file, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// The package that it was taken from, if the spec names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The version of that package; of GRUB or shim, if it is a file of theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The SHA-256 of the whole file, by the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// The kind of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Tables, code or text that bootkey has made.
    Made,
    /// Bytes of an input.
    Copied,
    /// Bytes of a file of GRUB's, in which bootkey has filled in fields, as `grub-mkimage` and
    /// `grub-bios-setup` do.
    Patched,
    /// Put together by bootkey of GRUB's kernel and modules, as `grub-mkimage` does.
    Built,
    /// Zeros that belong to an owner.
    Zeros,
    /// Zeros behind the end of a file, up to the end of its last block.
    Slack,
    /// Nobody's: whatever is there means nothing.
    Unclaimed,
    /// An unknown origin, because the image has no record.
    Unknown,
}

/// A range of an image. All of them, one behind the other, are the image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Range {
    /// The first byte.
    pub offset: u64,
    /// The number of bytes.
    pub len: u64,
    /// The owner; empty: nobody.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// The kind of its bytes.
    pub kind: Kind,
    /// The place that its bytes are copied from, if they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The SHA-256 of the range as bootkey made it, by the record; what was copied has its file's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}
