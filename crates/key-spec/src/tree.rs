//! Other files that the key carries.

use crate::address::{self, WebAddress};
use crate::download::{Download, RawDownload, Sums};
use crate::text::{self, Sha256};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use std::borrow::Cow;
use std::path::PathBuf;

/// `[[tree]]`: the files of a directory or a tar archive. They belong to root and have the key's
/// time; what anybody may execute stays executable (0755), all else is 0644.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawTree")]
pub struct Tree {
    /// The place that the files come from.
    pub from: TreeSource,
    /// The directory on the key that the files go to.
    pub to: KeyDirectory,
}

/// The place that the files of a `[[tree]]` come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeSource {
    /// A directory, or a tar archive that is not compressed; relative to the spec.
    Path(PathBuf),
    /// A tar archive that is downloaded.
    Download(Download),
}

/// `[[tree]]`: the files of a directory or a tar archive, copied onto the key. They belong to root and have
/// the key's time; what anybody may execute stays executable.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `from` and `to`")]
#[schemars(extend("oneOf" = [{ "required": ["from"] }, { "required": ["url"] }]))]
pub(crate) struct RawTree {
    /// A directory, or a tar archive that is not compressed; relative to the spec.
    #[serde(default, deserialize_with = "text::path")]
    #[schemars(schema_with = "text::path_schema")]
    from: Option<PathBuf>,
    /// The address that a tar archive is downloaded from, or a list of mirrors.
    #[serde(default, deserialize_with = "address::addresses")]
    #[schemars(schema_with = "address::schema")]
    url: Vec<WebAddress>,
    /// The SHA-256 that the archive must have, in hexadecimal.
    sha256: Option<Sha256>,
    /// The list of digests, signed by the publisher, that says which file `url` is.
    sums: Option<Sums>,
    /// The directory on the key that the files go to: `isos:/…` or `boot:/…`.
    to: KeyDirectory,
}

impl TryFrom<RawTree> for Tree {
    type Error = String;

    fn try_from(raw: RawTree) -> Result<Self, String> {
        let RawTree { from, url, sha256, sums, to } = raw;
        let from = match (from, url.is_empty()) {
            (None, false) => {
                TreeSource::Download(RawDownload { url, sha256, sums }.check("the archive")?)
            }
            (Some(_), false) => {
                return Err("the files come from two places; keep either `from` or `url`".into());
            }
            (None, true) => {
                return Err("the entry does not say where the files come from; add `from`, a \
                            directory or a tar archive, or the `url` of an archive"
                    .into());
            }
            (Some(_), true) if sha256.is_some() || sums.is_some() => {
                return Err("`sha256` and `sums` belong to a file that is downloaded; add its \
                            `url`, or leave them out"
                    .into());
            }
            (Some(path), true) => TreeSource::Path(path),
        };
        Ok(Self { from, to })
    }
}

/// A directory on the key, such as `isos:/xen/host`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDirectory {
    /// The partition that the path is on.
    pub partition: KeyPartition,
    /// The directory's path, without a slash at either end; empty for the root.
    pub path: String,
}

/// The partition of a [`KeyDirectory`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPartition {
    /// `boot:`, the partition of GRUB's files.
    Boot,
    /// `isos:`, the partition of the ISO files.
    Isos,
}

impl JsonSchema for KeyDirectory {
    fn schema_name() -> Cow<'static, str> {
        "KeyDirectory".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^(boot|isos):/" })
    }
}

impl core::str::FromStr for KeyDirectory {
    type Err = String;

    /// The error says what can be written instead.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why| {
            format!(
                "{text:?} is no place on the key: {why}; write \"isos:/\" or \"boot:/some/directory\""
            )
        };
        let (partition, path) =
            text.split_once(':').ok_or_else(|| wrong("it names no partition"))?;
        let partition = match partition {
            "boot" => KeyPartition::Boot,
            "isos" => KeyPartition::Isos,
            _ => return Err(wrong("there is no such partition")),
        };
        let path =
            path.strip_prefix('/').ok_or_else(|| wrong("its path does not begin with a slash"))?;
        let path = path.trim_end_matches('/');
        if path.chars().any(char::is_control) {
            return Err(wrong("it has control characters in it"));
        }
        let steps = path.split('/').filter(|_| !path.is_empty());
        if steps.clone().any(|s| matches!(s, "" | "." | "..")) {
            return Err(wrong("a step of its path is empty, `.` or `..`"));
        }
        Ok(Self { partition, path: path.to_owned() })
    }
}

impl<'de> Deserialize<'de> for KeyDirectory {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let place = |partition, path: &str| Ok(KeyDirectory { partition, path: path.to_owned() });
        assert_eq!("isos:/".parse(), place(KeyPartition::Isos, ""));
        assert_eq!("boot:/a b/c/".parse(), place(KeyPartition::Boot, "a b/c"));
        for bad in [
            "",
            "isos",
            "/",
            "isos:",
            "esp:/",
            "isos:x",
            "isos:/../x",
            "isos:/a//b",
            "isos:/./a",
            "isos:/a\nb",
        ] {
            assert!(bad.parse::<KeyDirectory>().is_err(), "{bad}");
        }
    }
}
