//! What a key was made of.

use core::fmt;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The inputs of a key, with the version of bootkey and the rules that made a key of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// The version of bootkey that made the key.
    pub bootkey: String,
    /// The revision of the rules by which it was laid out.
    pub layout: u32,
    /// Whether there was a `memdisk` which the key does not carry, because no BIOS starts it. That
    /// there is one decides how an ISO boots.
    #[serde(default, skip_serializing_if = "is_false")]
    pub memdisk_known: bool,
    /// The ISOs, in the order of the spec's `[[iso]]` tables.
    #[serde(default, rename = "iso", skip_serializing_if = "Vec::is_empty")]
    pub isos: Vec<Iso>,
    /// Single files: `memdisk`, the font, signed programs, answers, what Xen entries start.
    #[serde(default, rename = "file", skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<InputFile>,
    /// GRUB's files, of each platform.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grub: Vec<Grub>,
    /// The files of the theme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<Tree>,
    /// The files of the spec's `[[tree]]` tables, in their order.
    #[serde(default, rename = "tree", skip_serializing_if = "Vec::is_empty")]
    pub trees: Vec<Tree>,
}

/// The place of a file on the key: its partition and path, `isos:/debian.iso`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Place {
    /// The partition: `boot`, `isos`, `esp` or `cidata`.
    pub partition: String,
    /// The path on it, which begins with a slash.
    pub path: String,
}

impl Place {
    /// The place at `path` below this directory.
    #[must_use]
    pub fn below(&self, path: &str) -> Self {
        let path = format!("{}/{path}", self.path.trim_end_matches('/'));
        Self { partition: self.partition.clone(), path }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.partition, self.path)
    }
}

impl From<Place> for String {
    fn from(place: Place) -> Self {
        place.to_string()
    }
}

impl TryFrom<String> for Place {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once(':') {
            Some((partition, path)) if path.starts_with('/') => {
                Ok(Self { partition: partition.to_owned(), path: path.to_owned() })
            }
            _ => Err(format!("{text:?} is no place on a key")),
        }
    }
}

/// An ISO.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Iso {
    /// The place on the key.
    pub at: Place,
    /// The length in bytes.
    pub len: u64,
    /// The package that it was taken from, if the spec names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The version of that package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The SHA-256, if the spec gave it or asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// The purpose of an [`InputFile`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Use {
    /// GRUB's font.
    Font,
    /// The program `memdisk`.
    Memdisk,
    /// shim, which UEFI starts under Secure Boot.
    Shim,
    /// The GRUB that shim starts.
    SignedGrub,
    /// The MokManager that shim starts.
    MokManager,
    /// The answers for the installer of an ISO.
    Answers,
    /// The hypervisor of an entry.
    Hypervisor,
    /// The kernel of an entry.
    Kernel,
    /// The initrd of an entry.
    Initrd,
}

/// A single file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// The purpose.
    #[serde(rename = "use")]
    pub purpose: Use,
    /// The number of the spec's table that names it, from 0: of `[[iso]]` for answers, of
    /// `[[entry]]` for what Xen starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<usize>,
    /// The file's own name, where that says more than the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The package that it was taken from, if the spec names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The version of that package, or by its own words that of a signed program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The place on the key.
    pub at: Place,
    /// The first byte within the file at that place.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub offset: u64,
    /// The length in bytes.
    pub len: u64,
    /// The SHA-256, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde hands it like this
fn is_false(word: &bool) -> bool {
    !word
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde hands it like this
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// GRUB's files for a platform. They lie in `boot:/boot/grub/<platform>/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grub {
    /// The platform: `i386-pc`.
    pub platform: String,
    /// The version of GRUB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The files' names, each with its SHA-256.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

/// The files of a directory or an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    /// The directory on the key that they are in.
    pub at: Place,
    /// The nodes below that directory, by their paths as [`path_text`](crate::path_text) writes
    /// them.
    #[serde(default)]
    pub nodes: BTreeMap<String, Node>,
}

impl Tree {
    /// The digests that are known, by path.
    pub fn sums(&self) -> BTreeMap<String, String> {
        let sum = |(path, node): (&String, &Node)| match node {
            Node::File { sha256: Some(sha256), .. } => Some((path.clone(), sha256.clone())),
            Node::File { .. } | Node::Directory | Node::Other => None,
        };
        self.nodes.iter().filter_map(sum).collect()
    }
}

/// The node at a path of a tree: `directory`, `other`, `file LENGTH` or `file LENGTH SHA-256`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Node {
    /// A directory.
    Directory,
    /// A file.
    File {
        /// The length in bytes.
        len: u64,
        /// The SHA-256, if it is known.
        sha256: Option<String>,
    },
    /// A symbolic link, a device, a fifo or a socket.
    Other,
}

impl TryFrom<String> for Node {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut words = text.split(' ');
        let node = match words.next() {
            Some("directory") => Some(Self::Directory),
            Some("other") => Some(Self::Other),
            Some("file") => words.next().and_then(|len| len.parse().ok()).map(|len| {
                let sha256 = words.next().map(str::to_owned);
                Self::File { len, sha256 }
            }),
            _ => None,
        };
        let whole = node.filter(|_| words.next().is_none());
        whole.ok_or_else(|| format!("{text:?} is nothing that lies at a path"))
    }
}

impl From<Node> for String {
    fn from(node: Node) -> Self {
        match node {
            Node::Directory => "directory".to_owned(),
            Node::Other => "other".to_owned(),
            Node::File { len, sha256: None } => format!("file {len}"),
            Node::File { len, sha256: Some(sha256) } => format!("file {len} {sha256}"),
        }
    }
}
