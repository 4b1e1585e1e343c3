//! The ISO files.

use crate::address::{self, WebAddress};
use crate::autoinstall::{self, Autoinstall};
use crate::persistence::{self, Persistence};
use crate::text::{self, MemberPath, PackageName, Sha256};
use core::fmt;
use serde::{Deserialize, Deserializer};
use spec_value::{FileName, Line};
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
    /// A file that is downloaded. It is known by the `sha256` of the entry.
    Download {
        /// The mirrors that have it, in the order in which they are asked; at least one.
        urls: Vec<WebAddress>,
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
}

/// The entry as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(crate) struct RawIso {
    #[serde(default, deserialize_with = "text::path")]
    path: Option<PathBuf>,
    package: Option<PackageName>,
    member: Option<MemberPath>,
    #[serde(default, deserialize_with = "address::addresses")]
    url: Vec<WebAddress>,
    name: Option<FileName>,
    sha256: Option<Sha256>,
    title: Option<Line>,
    recipe: Option<RecipeChoice>,
    args: Option<Line>,
    hypervisor_args: Option<Line>,
    hotkey: Option<Line>,
    #[serde(default, deserialize_with = "persistence::persistence")]
    persistence: Option<Persistence>,
    #[serde(default, deserialize_with = "autoinstall::autoinstall")]
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
        if self.sha256.is_none() {
            return Err("whatever comes from that address would be taken for the ISO; add the \
                        `sha256` that it must have. Publishers give it beside the ISO, mostly in \
                        a file called SHA256SUMS, or on the page of the download; `sha256sum` \
                        prints it of an ISO that you have and trust"
                .into());
        }
        let first = self.url.first().and_then(WebAddress::file_name);
        if self.name.is_none() && first.is_none() {
            return Err(
                "the address does not end in the name of a file; add the `name` that the ISO \
                        gets on the key"
                    .into(),
            );
        }
        Ok(IsoSource::Download { urls: self.url.clone() })
    }

    /// The source, where there is no `url`.
    fn local(&self) -> Result<IsoSource, String> {
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
                     `dpkg -L {package}` lists them"
                ));
            }
            (None, None, Some(member)) => {
                return Err(format!("which package holds {member}? Add `package`"));
            }
        })
    }
}
