//! ISO files: opened, and read for what a plan depends on.

use crate::error::shown;
use crate::fetched::cached_member;
use crate::needed_downloads::Downloaded;
use crate::payload::{Payload, open_payload};
use crate::reader::PayloadReader;
use crate::{Environment, Error};
use boot_recipes::Catalogue;
use file_tree::FileContent;
use image_layout::{Content, SourceId};
use input_file::sha256_of;
use iso_probe::{FileExtents, FilePlaces, IsoImage};
use key_inventory::{EfiFile, Iso, NamedPackage};
use key_spec::{Iso as Asked, IsoSource, RecipeChoice, Spec, WebAddress};
use packages::CachedMember;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Longest kernel or EFI program whose signature is looked at, in bytes; distributions' kernels
/// have 5 to 20 MB.
const MAX_KERNEL: u64 = 256 << 20;

/// The bytes of an ISO, wherever they lie.
pub(crate) struct IsoBytes<'a> {
    /// A reader of the ISO's bytes.
    pub(crate) reader: PayloadReader,
    /// The same bytes as ranges of a source, which is what the image's writer copies.
    pub(crate) content: FileContent,
    /// The path of the ISO file, or of the key that the ISO lies on, for messages.
    pub(crate) path: &'a Path,
    /// The SHA-256, in hex, if it is known already and need not be computed.
    pub(crate) sha256: Option<String>,
}

/// The file of an ISO, wherever the spec has it from.
pub(crate) struct IsoFile {
    path: PathBuf,
    /// The file's name in messages.
    shown: String,
    /// The file in the cache, if it was downloaded.
    downloaded: Option<Downloaded>,
    /// The package that it is from, if the spec names one.
    pub(crate) package: Option<NamedPackage>,
}

impl IsoFile {
    /// Finds the file.
    pub(crate) fn find(asked: &Asked, env: &Environment) -> Result<Self, Error> {
        if let Some(download) = asked.download() {
            let found = Downloaded::find(&download, env)?;
            let (path, shown) = (found.path().to_path_buf(), found.shown.clone());
            return Ok(Self { path, shown, downloaded: Some(found), package: None });
        }
        let (path, shown, package) = match &asked.source {
            IsoSource::Path(path) => (path.clone(), shown(path).to_string(), None),
            IsoSource::Package { package, member } => {
                let CachedMember { path, version } =
                    cached_member(env, package.as_str(), member.as_str())?;
                let of = NamedPackage { name: package.to_string(), version };
                (path, format!("{member} in the package {package}"), Some(of))
            }
            // Not reached: every download of a spec has a digest or a signed list, so the branch
            // above took it.
            IsoSource::Download { urls, .. } => {
                let urls = urls.iter().map(ToString::to_string).collect();
                return Err(Error::NotDownloaded { urls });
            }
        };
        Ok(Self { path, shown, downloaded: None, package })
    }
}

/// Opens the file of an ISO and examines it; see [`examine`].
pub(crate) fn examine_file(
    asked: &Asked,
    file: &IsoFile,
    spec: &Spec,
    source: SourceId,
    catalogue: &Catalogue,
) -> Result<(Payload, Iso, FilePlaces), Error> {
    let IsoFile { path, shown, downloaded, package: _ } = file;
    let payload = downloaded.as_ref().map_or_else(|| open_payload(path), Downloaded::open)?;
    let sha256 = downloaded.as_ref().map(|found| found.sha256.clone());
    let file_name = name_on_key(asked, path)?;
    let content = Content::Source { id: source, offset: 0, len: payload.len() }.into();
    let bytes = IsoBytes { reader: payload.reader(), content, path, sha256 };
    let (iso, places) = examine(asked, bytes, file_name, shown, spec, catalogue)?;
    Ok((payload, iso, places))
}

/// Reads of an ISO what the recipes need to decide how it boots. Initrds are unpacked only as far
/// as they ask for it. Messages call the file `shown`. The package and the answers are the caller's.
pub(crate) fn examine(
    asked: &Asked,
    bytes: IsoBytes<'_>,
    file_name: String,
    shown: &str,
    spec: &Spec,
    catalogue: &Catalogue,
) -> Result<(Iso, FilePlaces), Error> {
    let IsoBytes { reader, content, path, sha256: known } = bytes;
    let expected = asked.sha256.as_ref().map(|s| &s.0);
    let sha256 = match known {
        _ if expected.is_none() && !spec.isos.checksums => None,
        Some(known) => Some(known),
        None => Some(sha256(&reader, path, expected)?),
    };
    let fail = |source| Error::Iso { path: path.to_path_buf(), source };
    let mut image = IsoImage::open(reader, content.len()).map_err(fail)?;
    let filesystem = Some(spec.isos.filesystem.recipes_name());
    match &asked.recipe {
        // An ISO without a menu entry is matched with no recipe, so its initrds need not be
        // unpacked.
        Some(RecipeChoice::NoEntry) => Ok(()),
        Some(RecipeChoice::Id(id)) => {
            catalogue.read_initrds(&mut image, Some(id.as_str()), filesystem)
        }
        None => catalogue.read_initrds(&mut image, None, filesystem),
    }
    .map_err(fail)?;
    let secure_boot = spec.key.secure_boot;
    let mut kernels = BTreeMap::new();
    let found = image.facts().kernels.keys().filter(|_| secure_boot);
    for kernel in found.cloned().collect::<Vec<_>>() {
        // A kernel that is no EFI program has no facts: it cannot start under Secure Boot.
        if let Some(facts) = image.efi_facts(&kernel, MAX_KERNEL).map_err(fail)? {
            kernels.insert(kernel, facts);
        }
    }
    let uefi = spec.key.firmware.iter();
    let uefi = uefi.copied().any(|f| key_inventory::platform(f).boot_file().is_some());
    let mut efi_programs = BTreeMap::new();
    let found = image.facts().efi_programs.keys().filter(|_| uefi);
    for name in found.cloned().collect::<Vec<_>>() {
        let Some(program) = image.locate(&name).and_then(|file| part(&content, &file)) else {
            continue;
        };
        let facts = match secure_boot {
            true => image.efi_facts(&name, MAX_KERNEL).map_err(fail)?,
            false => None,
        };
        efi_programs.insert(name, EfiFile { content: program, facts });
    }
    let shown = shown.to_owned();
    let (facts, places) = image.into_parts();
    let iso = Iso {
        content,
        shown,
        file_name,
        package: None,
        sha256,
        facts,
        kernels,
        efi_programs,
        answers: None,
    };
    Ok((iso, places))
}

/// The content of a file in an ISO, as ranges of the source that the ISO lies in. `iso` is the
/// content of the whole ISO; `None` if the ranges are longer together than a content may be.
pub(crate) fn part(iso: &FileContent, file: &FileExtents) -> Option<FileContent> {
    let pieces = file.extents.iter().flat_map(|&(offset, len)| iso.slice(offset, len));
    // OK to ignore the error: it means a file of 2^63 bytes or more, which GRUB could not read.
    FileContent::from_pieces(pieces).ok()
}

/// The name that the ISO file gets on the key. The plan checks later whether a key can have it.
pub(crate) fn name_on_key(asked: &Asked, path: &Path) -> Result<String, Error> {
    if let Some(name) = &asked.name {
        return Ok(name.as_str().to_owned());
    }
    // The path itself does not serve: a file in the cache may be named after its digest.
    let name = match &asked.source {
        IsoSource::Path(_) => None,
        IsoSource::Package { member, .. } => member.as_str().rsplit('/').next().map(str::to_owned),
        IsoSource::Download { urls, .. } => urls.first().and_then(WebAddress::file_name),
    };
    if let Some(name) = name {
        return Ok(name);
    }
    let bad = |why| Error::BadIsoName { path: path.to_path_buf(), why };
    let name = path.file_name().ok_or_else(|| bad("it does not end in a file name"))?;
    Ok(name.to_str().ok_or_else(|| bad("its name is not UTF-8"))?.to_owned())
}

/// The file's SHA-256; an error if it differs from `expected`.
fn sha256(
    reader: &PayloadReader,
    path: &Path,
    expected: Option<&[u8; 32]>,
) -> Result<String, Error> {
    let path = || path.to_path_buf();
    let found = sha256_of(reader.clone()).map_err(|source| Error::Read { path: path(), source })?;
    match expected.map(|e| base16ct::lower::encode_string(e)) {
        Some(expected) if expected != found => {
            Err(Error::WrongSha256 { path: path(), expected, found })
        }
        _ => Ok(found),
    }
}
