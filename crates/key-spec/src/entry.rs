//! Menu entries made by hand.

use crate::address::{self, WebAddress};
use crate::download::{Download, RawDownload, Sums};
use crate::text::{self, MemberPath, PackageName, Sha256};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use spec_value::{FileName, Line};
use std::borrow::Cow;
use std::path::PathBuf;

/// `[[entry]]`: a menu entry made by hand.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `title` and `xen`")]
pub struct Entry {
    /// The title that the menu shows.
    pub title: Line,
    /// A hypervisor and what it starts.
    pub xen: XenEntry,
}

/// `xen = { … }`: Xen, and the system that it starts first, its dom0.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `hypervisor` and `kernel`")]
pub struct XenEntry {
    /// The hypervisor: `xen.gz`.
    pub hypervisor: BootFile,
    /// dom0's kernel.
    pub kernel: BootFile,
    /// dom0's initrd.
    pub initrd: Option<BootFile>,
    /// The ISO that `iso:/…` means, by its name on the key; not needed if there is but one.
    pub iso: Option<FileName>,
    /// Parameters of the hypervisor.
    pub args: Option<Line>,
    /// Parameters of dom0's kernel.
    pub kernel_args: Option<Line>,
}

/// The place that a file to start comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BootFile {
    /// A file; relative paths are relative to the spec.
    Path(PathBuf),
    /// A file in a Debian package.
    Package {
        /// The package.
        package: PackageName,
        /// The file.
        member: MemberPath,
    },
    /// A file inside an ISO that is on the key: `iso:/boot/xen.gz`; here without `iso:`.
    InIso(String),
    /// A file that is downloaded.
    Download(Download),
}

impl<'de> Deserialize<'de> for BootFile {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Visitor)
    }
}

struct Visitor;

impl<'de> de::Visitor<'de> for Visitor {
    type Value = BootFile;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(
            "a path, \"iso:/path/inside/the/iso\", { package = \"…\", member = \"…\" }, or \
             { url = \"…\", sha256 = \"…\" }",
        )
    }

    fn visit_str<E: de::Error>(self, path: &str) -> Result<BootFile, E> {
        let Some(inside) = path.strip_prefix("iso:") else {
            return Ok(BootFile::Path(text::path_of(path).map_err(E::custom)?));
        };
        let steps = inside.strip_prefix('/').unwrap_or_default().split('/');
        let plain = |s: &str| !matches!(s, "" | "." | "..") && !s.chars().any(char::is_control);
        if inside.starts_with('/') && steps.clone().all(plain) {
            return Ok(BootFile::InIso(inside.to_owned()));
        }
        let what = format!("{path:?} is no file in an ISO; write one such as \"iso:/boot/xen.gz\"");
        Err(E::custom(what))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<BootFile, A::Error> {
        let raw = RawFile::deserialize(de::value::MapAccessDeserializer::new(map))?;
        raw.check().map_err(de::Error::custom)
    }
}

impl JsonSchema for BootFile {
    fn schema_name() -> Cow<'static, str> {
        "BootFile".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = RawFile::json_schema(generator);
        json_schema!({ "anyOf": [{ "type": "string", "minLength": 1 }, table] })
    }
}

/// The table of a file that is no path.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["url"] }, { "required": ["package", "member"] }]))]
struct RawFile {
    /// The Debian package that has the file.
    package: Option<PackageName>,
    /// The path of the file in the package.
    member: Option<MemberPath>,
    /// The address that the file is downloaded from, or a list of mirrors. It needs `sha256` or `sums`.
    #[serde(default, deserialize_with = "address::addresses")]
    #[schemars(schema_with = "address::schema")]
    url: Vec<WebAddress>,
    /// The SHA-256 that the file must have, in hexadecimal.
    sha256: Option<Sha256>,
    /// The list of digests, signed by the publisher, that says which file `url` is.
    sums: Option<Sums>,
}

impl RawFile {
    /// The file, if the table says in one way where it comes from.
    fn check(self) -> Result<BootFile, String> {
        let Self { package, member, url, sha256, sums } = self;
        let download = RawDownload { url, sha256, sums };
        match (package, member) {
            (None, None) if !download.url.is_empty() => {
                let download = download.check("the file")?;
                match download.file_name() {
                    Some(_) => Ok(BootFile::Download(download)),
                    None => Err("the address does not end in the name of a file; name one that \
                                 does first"
                        .into()),
                }
            }
            (Some(package), Some(member)) if download.is_empty() => {
                Ok(BootFile::Package { package, member })
            }
            (Some(package), None) if download.is_empty() => Err(format!(
                "which file of the package {package} is it? Add `member`; \
                 https://packages.debian.org/{package} leads to its list of files"
            )),
            (None, Some(member)) if download.is_empty() => {
                Err(format!("which package holds {member}? Add `package`"))
            }
            _ => Err(
                "a file comes from a path, or from a package (`package` and `member`), or from \
                      an address (`url`, and `sha256` or `sums`); write one of these"
                    .into(),
            ),
        }
    }
}
