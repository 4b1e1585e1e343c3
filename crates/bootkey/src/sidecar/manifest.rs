//! The manifest: every byte range of the image, and every input.
//!
//! A directory or archive of a `[[tree]]` has no digest of its own: each of its files is a region
//! (several, if it is cut) with that file's digest, and the names are in digested regions too.

use super::{About, name};
use base16ct::lower::encode_string as hex;
use image_layout::Content;
use serde::Serialize;

/// `schema` changes when a field changes its meaning.
#[derive(Debug, Serialize)]
struct Manifest<'a> {
    schema: &'static str,
    tool: Tool,
    key: Key<'a>,
    file: File,
    inputs: Vec<Input>,
    regions: Vec<Region<'a>>,
}

#[derive(Debug, Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Debug, Serialize)]
struct Key<'a> {
    name: &'a str,
    /// The time of every time stamp on it, in seconds since 1970.
    time: i64,
    len: u64,
    sha256: Option<String>,
}

/// The image's file, which may be compressed.
#[derive(Debug, Serialize)]
struct File {
    name: String,
    format: &'static str,
    len: u64,
    sha256: Option<String>,
}

#[derive(Debug, Serialize)]
struct Input {
    name: String,
    role: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    len: Option<u64>,
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    urls: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Region<'a> {
    owner: &'a str,
    offset: u64,
    len: u64,
    sha256: String,
    origin: Origin<'a>,
}

/// The origin of a region's bytes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Origin<'a> {
    /// Made by this program.
    Made,
    Zero,
    Input {
        name: &'a str,
        offset: u64,
    },
}

impl About<'_> {
    pub(crate) fn manifest(&self) -> String {
        let plan = self.key.plan();
        let files = self.files();
        let digests = self.written.pieces.as_ref().map_or(&[][..], |p| &p.regions);
        let regions = self.layout.regions().zip(digests).map(|(r, digest)| Region {
            owner: r.name,
            offset: r.at,
            len: r.content.len(),
            sha256: hex(digest),
            origin: match &r.content {
                Content::Zero { .. } => Origin::Zero,
                Content::Source { id, offset, .. } => {
                    let name = files.get(id).map_or("", String::as_str);
                    Origin::Input { name, offset: *offset }
                }
                Content::Bytes(_) | Content::Condensed(_) | Content::Counting { .. } => {
                    Origin::Made
                }
            },
        });
        let input = |i: super::Input| Input {
            name: i.name,
            role: i.role,
            package: i.package,
            version: i.version,
            len: i.len,
            sha256: i.sha256,
            urls: i.urls,
        };
        let manifest = Manifest {
            schema: "bootkey.manifest/1",
            tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            key: Key {
                name: &plan.name,
                time: plan.time,
                len: self.written.len,
                sha256: self.written.sha256.map(|digest| hex(&digest)),
            },
            file: File {
                name: name(self.path),
                format: self.output.format.name(),
                len: self.written.file_len,
                sha256: self.written.file_sha256.map(|digest| hex(&digest)),
            },
            inputs: self.inputs().into_iter().map(input).collect(),
            regions: regions.collect(),
        };
        super::json(&manifest)
    }
}
