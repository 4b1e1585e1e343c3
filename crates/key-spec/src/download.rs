//! Files that are downloaded, and how a downloaded file is known to be the right one.

use crate::address::WebAddress;
use crate::text::{self, Sha256};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use std::borrow::Cow;
use std::path::PathBuf;
use std::str::FromStr;

/// A file that is downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The mirrors that have it, in the order in which they are asked; at least one.
    pub urls: Vec<WebAddress>,
    /// The check that decides whether what came is the file.
    pub check: Check,
}

/// A check that decides whether what came is the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// Its digest.
    Sha256(Sha256),
    /// The digest that a signed list has for the file, by the last part of the first address.
    Sums(Sums),
}

/// `sums = { … }`: a signed list of digests, as publishers have beside their files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `url`, `signature` and `key`")]
pub struct Sums {
    /// The address of the list.
    pub url: WebAddress,
    /// The address of its signature; without one the list is signed within itself.
    pub signature: Option<WebAddress>,
    /// The key that it must be signed by.
    pub key: SumsKey,
}

/// The key that a list is signed by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SumsKey {
    /// A file of keys, OpenPGP's or one of minisign; relative paths are relative to the spec.
    File(PathBuf),
    /// The fingerprint of an OpenPGP key that is carried along: 40 hex digits in capital letters.
    Fingerprint(String),
}

impl SumsKey {
    /// The text in the spec.
    pub(crate) fn to_text(&self) -> String {
        match self {
            // Nothing is lost: a spec is UTF-8 text, and so are the paths in it.
            Self::File(path) => path.display().to_string(),
            Self::Fingerprint(fingerprint) => fingerprint.clone(),
        }
    }
}

impl FromStr for SumsKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // As gpg prints it, with blanks in between.
        let digits: String = text.chars().filter(|c| *c != ' ').collect();
        if digits.len() == 40 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(Self::Fingerprint(digits.to_ascii_uppercase()));
        }
        text::path_of(text).map(Self::File)
    }
}

impl<'de> Deserialize<'de> for SumsKey {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for SumsKey {
    fn schema_name() -> Cow<'static, str> {
        "SumsKey".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}

impl Download {
    /// The file's name: the last part of the first address.
    pub fn file_name(&self) -> Option<String> {
        self.urls.first().and_then(WebAddress::file_name)
    }
}

/// The keys of a table that say what is downloaded, as they are written.
#[derive(Debug)]
pub(crate) struct RawDownload {
    pub(crate) url: Vec<WebAddress>,
    pub(crate) sha256: Option<Sha256>,
    pub(crate) sums: Option<Sums>,
}

impl RawDownload {
    /// Whether the table has none of these keys.
    pub(crate) fn is_empty(&self) -> bool {
        self.url.is_empty() && self.sha256.is_none() && self.sums.is_none()
    }

    /// The download, if exactly one of `sha256` and `sums` says how what came is checked. `what` is
    /// the thing's name in messages.
    pub(crate) fn check(self, what: &str) -> Result<Download, String> {
        let Self { url: urls, sha256, sums } = self;
        let check = match (sha256, sums) {
            (Some(sha256), None) => Check::Sha256(sha256),
            (None, Some(sums)) => Check::Sums(sums),
            (Some(_), Some(_)) => {
                return Err(format!(
                    "both `sha256` and `sums` say which file is {what}; keep one of them"
                ));
            }
            (None, None) => {
                return Err(format!(
                    "whatever comes from that address would be taken for {what}; add the `sha256` \
                     that it must have, or `sums`, the signed list that has it. Publishers give it \
                     beside the file, mostly in a file called SHA256SUMS, or on the page of the \
                     download; `sha256sum` prints it of a file that you have and trust"
                ));
            }
        };
        let download = Download { urls, check };
        if matches!(download.check, Check::Sums(_)) && download.file_name().is_none() {
            return Err(
                "the address does not end in the name of a file, by which `sums` lists it; \
                        name such an address first, or give the `sha256`"
                    .into(),
            );
        }
        Ok(download)
    }
}
