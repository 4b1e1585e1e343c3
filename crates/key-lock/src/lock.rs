//! What a lock holds.

use serde::{Deserialize, Serialize};

/// The lock of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The version of bootkey that made it.
    pub bootkey: String,
    /// The revision of the rules by which the key is laid out.
    pub layout: u32,
    /// The `SOURCE_DATE_EPOCH` of its making, if the spec has no time of its own.
    pub source_date_epoch: Option<i64>,
    /// The spec, as TOML.
    pub spec: String,
    /// The SHA-256, in hex, of each download whose digest comes from a signed list, in the spec's
    /// order.
    pub listed: Vec<String>,
    /// The image.
    pub image: Contents,
    /// The downloaded files, in the spec's order. Their addresses are in the spec; their digests
    /// are there, too, or in `listed`.
    pub downloads: Vec<Download>,
    /// The packages, sorted by name and architecture.
    pub packages: Vec<Package>,
    /// The files of the machine that the spec names, in its order.
    pub files: Vec<LocalInput>,
    /// The directories of the machine that the spec names, in its order.
    pub directories: Vec<LocalInput>,
}

/// The length and the digest of some bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contents {
    /// The SHA-256, in hex.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

/// A file that is downloaded. Its addresses and its SHA-256 are in the spec, and not here again: a lock
/// is to be short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Download {
    /// Bytes.
    pub size: u64,
}

/// A package of Debian's archive, or of another of its form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// The name: `grub-pc-bin`.
    pub name: String,
    /// The version: `2.06-13+deb12u2`.
    pub version: String,
    /// The architecture; `all` if it fits every one.
    pub architecture: String,
    /// The suite that listed it: `bookworm-security`.
    pub suite: String,
    /// The path of the package file below a mirror.
    pub path: String,
    /// The SHA-256 of the package file, in hex.
    pub sha256: String,
    /// Bytes of the package file.
    pub size: u64,
    /// The files that the spec takes out of it, in the order of their paths.
    #[serde(default, rename = "member", skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
}

/// A file in a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The path in the package.
    pub path: String,
    /// The SHA-256 of the file, in hex.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

impl Lock {
    /// The files, then the directories, for which the spec has no address.
    pub fn local(&self) -> impl Iterator<Item = &LocalInput> {
        self.files.iter().chain(&self.directories)
    }
}

/// A file or a directory of the machine, for which the spec has no address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalInput {
    /// The path, as the spec names it.
    pub path: String,
    /// The SHA-256 of the file, in hex; of a directory, that of the list of what is in it.
    pub sha256: String,
    /// Bytes; of a directory, those of all files in it.
    pub size: u64,
}
