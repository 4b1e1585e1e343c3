//! Files that say what is in an image. Nothing in them depends on where or when it was
//! built: paths of the machine are left out, and the time is the key's.

mod kind;
mod manifest;
mod page;
pub(crate) mod proof;
mod spdx;
pub(crate) mod sums;

pub(crate) use kind::SidecarKind;

use crate::key::Key;
use crate::output::{Output, Sidecars};
use base16ct::lower::encode_string as hex;
use image_layout::{Content, Layout, SourceId};
use image_write::Written;
use key_inventory::Origin;
use key_spec::WebAddress;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The name of the list of digests, of which a directory has one.
pub(crate) const SUMS: &str = "SHA256SUMS";

/// The kinds of files that may go with an image, and whether each is asked for; but for the list of
/// digests.
pub(crate) fn kinds(asked: Sidecars) -> [(bool, SidecarKind); 4] {
    let Sidecars { bmap, manifest, sbom, page, page_language: _, checksums: _ } = asked;
    [
        (bmap, SidecarKind::BlockMap),
        (manifest, SidecarKind::Manifest),
        (sbom, SidecarKind::Sbom),
        (page, SidecarKind::Page),
    ]
}

/// The paths of the files that go with an image, but for the list of digests.
pub(crate) fn paths(image: &Path, output: &Output) -> Vec<PathBuf> {
    let asked = kinds(output.sidecars).into_iter().filter(|(asked, _)| *asked);
    asked.map(|(_, kind)| kind.path_beside(image, output.format)).collect()
}

/// A written image, and what it was made from.
pub(crate) struct About<'a> {
    pub key: &'a Key,
    pub layout: &'a Layout,
    pub written: &'a Written,
    /// The image's file.
    pub path: &'a Path,
    pub output: &'a Output,
}

/// An input that the key was made from.
struct Input {
    /// The source that holds it, if it is a file in the image.
    id: Option<SourceId>,
    name: String,
    /// The purpose.
    role: &'static str,
    package: Option<String>,
    version: Option<String>,
    sha256: Option<String>,
    len: Option<u64>,
    /// The addresses that have it, if it was downloaded, or its package.
    urls: Vec<String>,
}

impl About<'_> {
    /// The digests of the image and of the files beside it, by file name.
    pub(crate) fn digests(&self, files: &[(PathBuf, String)]) -> BTreeMap<Vec<u8>, String> {
        let bytes =
            |path: &Path| path.file_name().unwrap_or(path.as_os_str()).as_encoded_bytes().to_vec();
        let image = self.written.file_sha256.map(|digest| (bytes(self.path), hex(&digest)));
        let of = |text: &String| input_file::sha256_hex(text.as_bytes());
        image.into_iter().chain(files.iter().map(|(path, text)| (bytes(path), of(text)))).collect()
    }

    /// GRUB and its like, and then the files that are in the image, in its order.
    fn inputs(&self) -> Vec<Input> {
        let plan = self.key.plan();
        let mut all = Vec::new();
        let address = |package: Option<&String>, version: Option<&String>| {
            package.zip(version).and_then(|(name, version)| self.key.package_address(name, version))
        };
        let mut add = |name: String, role, origin: &Origin| {
            let urls = address(origin.package.as_ref(), origin.version.as_ref());
            all.push(Input {
                id: None,
                name,
                role,
                package: origin.package.clone(),
                version: origin.version.clone(),
                sha256: Some(origin.sha256.clone()),
                len: None,
                urls: urls.into_iter().collect(),
            });
        };
        for grub in &plan.grub.platforms {
            add(format!("GRUB for {}", grub.platform), "boot loader", &grub.origin);
        }
        if let Some(font) = &plan.grub.font {
            add("unicode.pf2".into(), "font", &font.origin);
        }
        for program in &plan.efi_programs {
            if let Some(origin) = &program.origin {
                add(program.path.clone(), "boot loader", origin);
            }
        }
        if let Some(memdisk) = &plan.memdisk {
            add("memdisk".into(), "boot loader", memdisk);
        }
        let digests = self.written.pieces.as_ref().map(|p| &p.sources);
        for (id, name) in self.files() {
            let Some(len) = self.key.file_len(id) else { continue };
            let digest = digests.and_then(|d| d.get(&id)).filter(|(seen, _)| *seen == len);
            let package = self.key.package_of(id);
            let (package, version) = package.map(|p| (p.name.clone(), p.version.clone())).unzip();
            let mut urls =
                self.key.addresses(id).iter().map(ToString::to_string).collect::<Vec<_>>();
            urls.extend(address(package.as_ref(), version.as_ref()));
            all.push(Input {
                id: Some(id),
                name,
                role: "file",
                package,
                version,
                sha256: digest.map(|(_, digest)| hex(digest)),
                len: Some(len),
                urls,
            });
        }
        all
    }

    /// The names of the files that the image holds, by their sources.
    fn files(&self) -> BTreeMap<SourceId, String> {
        let sources = self.layout.regions().filter_map(|r| match r.content {
            Content::Source { id, .. } => Some(id),
            _ => None,
        });
        // A downloaded file is named after its digest in the cache, so its name is taken from its
        // address.
        let downloaded = |id| self.key.addresses(id).first().and_then(WebAddress::file_name);
        let name = |id| downloaded(id).unwrap_or_else(|| name(self.key.file_path(id)));
        sources.map(|id| (id, name(id))).collect()
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// A document as text.
fn json(document: &impl serde::Serialize) -> String {
    // OK to unwrap: it is made of strings, numbers and lists of them.
    serde_json::to_string_pretty(document).expect("a document without odd keys") + "\n"
}
