//! The ISO files.

use crate::address::{self, WebAddress};
use crate::autoinstall::{self, Autoinstall};
use crate::download::{Check, Download, RawDownload, Sums};
use crate::persistence::{self, Persistence};
use crate::text::{self, MemberPath, PackageName, Sha256};
use core::fmt;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use spec_value::{FileName, Line};
use std::borrow::Cow;
use std::path::PathBuf;

/// `[[iso]]`: an ISO file on the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Iso {
    /// The place that the file comes from.
    pub source: IsoSource,
    /// The file's name on the key; the source's file name by default.
    pub name: Option<FileName>,
    /// The SHA-256 that the file must have.
    pub sha256: Option<Sha256>,
    /// The title of its menu entry; from the ISO by default.
    pub title: Option<Line>,
    /// The recipe that boots it; recognised by default.
    pub recipe: Option<RecipeChoice>,
    /// Parameters appended to the command line of the system's kernel: of dom0's, if the ISO starts
    /// a hypervisor.
    pub args: Option<Line>,
    /// Parameters appended to the hypervisor's command line.
    pub hypervisor_args: Option<Line>,
    /// The key that starts its menu entry.
    pub hotkey: Option<Line>,
    /// Room for the changes of the live system; none by default.
    pub persistence: Option<Persistence>,
    /// The answers to the installer's questions.
    pub autoinstall: Option<Autoinstall>,
    /// The line of the spec that begins this entry, from 1; `None` if it is not from a spec.
    pub line: Option<usize>,
}

/// The place that an ISO comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IsoSource {
    /// A file; relative paths are relative to the spec.
    Path(PathBuf),
    /// A file in a Debian package.
    Package {
        /// The package.
        package: PackageName,
        /// The file.
        member: MemberPath,
    },
    /// A file that is downloaded. It is known by the `sha256` of the entry, or else that is what
    /// `sums` says.
    Download {
        /// The mirrors that have it, in the order in which they are asked; at least one.
        urls: Vec<WebAddress>,
        /// The signed list that has its digest.
        sums: Option<Sums>,
    },
}

/// The recipe that a spec names for an ISO.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecipeChoice {
    /// `"none"`: the file is carried, and gets no menu entry.
    NoEntry,
    /// The recipe of this id.
    Id(Line),
}

/// The spec's word for [`RecipeChoice::NoEntry`].
const NO_ENTRY: &str = "none";

impl<'de> Deserialize<'de> for RecipeChoice {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let line = Line::deserialize(d)?;
        Ok(if line.as_str() == NO_ENTRY { Self::NoEntry } else { Self::Id(line) })
    }
}

impl JsonSchema for RecipeChoice {
    fn schema_name() -> Cow<'static, str> {
        "RecipeChoice".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}

impl fmt::Display for RecipeChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoEntry => NO_ENTRY,
            Self::Id(id) => id.as_str(),
        })
    }
}

impl Iso {
    /// The ISO file at `path`, and nothing else said about it: an argument of the command line.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            source: IsoSource::Path(path.into()),
            name: None,
            sha256: None,
            title: None,
            recipe: None,
            args: None,
            hypervisor_args: None,
            hotkey: None,
            persistence: None,
            autoinstall: None,
            line: None,
        }
    }

    /// The download that the ISO comes from, if it is one and something decides what came.
    pub fn download(&self) -> Option<Download> {
        let IsoSource::Download { urls, sums } = &self.source else { return None };
        let sums = || sums.clone().map(Check::Sums);
        let check = self.sha256.map(Check::Sha256).or_else(sums)?;
        Some(Download { urls: urls.clone(), check })
    }
}

/// `[[iso]]`: an ISO file on the key. It comes from `path`, or from `url`, or from `package` and `member`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[schemars(extend("oneOf" = [
    { "required": ["path"] }, { "required": ["url"] }, { "required": ["package", "member"] },
]))]
pub(crate) struct RawIso {
    /// The file; relative to the spec.
    #[serde(default, deserialize_with = "text::path")]
    #[schemars(schema_with = "text::path_schema")]
    path: Option<PathBuf>,
    /// The Debian package that has the file.
    package: Option<PackageName>,
    /// The path of the file in the package.
    member: Option<MemberPath>,
    /// The address that the file is downloaded from, or a list of mirrors. It needs `sha256` or `sums`.
    #[serde(default, deserialize_with = "address::addresses")]
    #[schemars(schema_with = "address::schema")]
    url: Vec<WebAddress>,
    /// The file's name on the key; the source's file name by default.
    name: Option<FileName>,
    /// The SHA-256 that the file must have, in hexadecimal.
    sha256: Option<Sha256>,
    /// The list of digests, signed by the publisher, that says which file `url` is.
    sums: Option<Sums>,
    /// The title of its menu entry; from the ISO by default.
    title: Option<Line>,
    /// The recipe that boots it; recognised by default. `"none"`: the file is carried, and gets no entry.
    recipe: Option<RecipeChoice>,
    /// Parameters appended to the command line of the system's kernel: of dom0's, if the ISO starts
    /// a hypervisor.
    args: Option<Line>,
    /// Parameters appended to the hypervisor's command line.
    hypervisor_args: Option<Line>,
    /// The key on the keyboard that starts its menu entry.
    hotkey: Option<Line>,
    /// Room for the changes of the live system: a partition of this size. Or a table, with which the ISO's
    /// plain entry may use it.
    #[serde(default, deserialize_with = "persistence::persistence")]
    #[schemars(schema_with = "persistence::schema")]
    persistence: Option<Persistence>,
    /// A file with the answers to the installer's questions, in its own format (kickstart, AutoYaST, preseed,
    /// cloud-init). Or a table, with which the ISO's plain entry may install by itself.
    #[serde(default, deserialize_with = "autoinstall::autoinstall")]
    #[schemars(schema_with = "autoinstall::schema")]
    autoinstall: Option<Autoinstall>,
}

impl RawIso {
    /// The entry, if it says in one way where the ISO comes from.
    pub(crate) fn check(self, line: usize) -> Result<Iso, String> {
        let source = match self.url.is_empty() {
            false => self.download()?,
            true => self.local()?,
        };
        let Self { name, sha256, title, recipe, args, hypervisor_args, .. } = self;
        let Self { hotkey, persistence, autoinstall, .. } = self;
        let line = Some(line);
        Ok(Iso {
            source,
            name,
            sha256,
            title,
            recipe,
            args,
            hypervisor_args,
            hotkey,
            persistence,
            autoinstall,
            line,
        })
    }

    /// The source, where there is a `url`.
    fn download(&self) -> Result<IsoSource, String> {
        if self.path.is_some() || self.package.is_some() || self.member.is_some() {
            return Err(
                "the ISO comes from two places; keep either `url`, or `path`, or `package` \
                        and `member`"
                    .into(),
            );
        }
        let (url, sha256, sums) = (self.url.clone(), self.sha256, self.sums.clone());
        let Download { urls, check } = RawDownload { url, sha256, sums }.check("the ISO")?;
        let sums = match check {
            Check::Sums(sums) => Some(sums),
            Check::Sha256(_) => None,
        };
        let first = urls.first().and_then(WebAddress::file_name);
        if self.name.is_none() && first.is_none() {
            return Err(
                "the address does not end in the name of a file; add the `name` that the ISO \
                        gets on the key"
                    .into(),
            );
        }
        Ok(IsoSource::Download { urls, sums })
    }

    /// The source, where there is no `url`.
    fn local(&self) -> Result<IsoSource, String> {
        if self.sums.is_some() {
            return Err("`sums` belongs to a file that is downloaded; add its `url`, or give the \
                        `sha256` of the file that you have"
                .into());
        }
        Ok(match (self.path.clone(), self.package.clone(), self.member.clone()) {
            (Some(path), None, None) => IsoSource::Path(path),
            (None, Some(package), Some(member)) => IsoSource::Package { package, member },
            (None, None, None) => {
                return Err("the entry does not say where the ISO comes from; \
                            add `path`, or `package` and `member`, or `url`"
                    .into());
            }
            (Some(_), _, _) => {
                return Err("the ISO comes from two places; \
                            keep either `path`, or `package` and `member`"
                    .into());
            }
            (None, Some(package), None) => {
                return Err(format!(
                    "which file of the package {package} is the ISO? Add `member`; \
                     https://packages.debian.org/{package} leads to its list of files"
                ));
            }
            (None, None, Some(member)) => {
                return Err(format!("which package holds {member}? Add `package`"));
            }
        })
    }
}
