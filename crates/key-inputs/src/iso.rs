//! ISO files: opened, and read for what a plan depends on.

use crate::digests;
use crate::error::shown;
use crate::fetched::cached_member;
use crate::known_inputs::{DigestedRange, IsoQuestions, KnownInputs};
use crate::needed_downloads::Downloaded;
use crate::payload::{Payload, open_payload};
use crate::reader::PayloadReader;
use crate::{Environment, Error};
use boot_recipes::Catalogue;
use file_tree::FileContent;
use image_layout::{Content, SourceId};
use iso_probe::{FileExtents, FilePlaces, IsoImage};
use key_inventory::{EfiFile, Iso, NamedPackage};
use key_spec::{Iso as Asked, IsoSource, RecipeChoice, Spec, WebAddress};
use packages::CachedMember;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    known: &KnownInputs,
) -> Result<(Payload, Iso, Arc<FilePlaces>), Error> {
    let IsoFile { path, shown, downloaded, package: _ } = file;
    let payload = downloaded.as_ref().map_or_else(|| open_payload(path), Downloaded::open)?;
    let file_name = name_on_key(asked, path)?;
    let questions = IsoQuestions::of(asked, spec);
    let sha256 = match downloaded {
        Some(found) => Some(found.sha256.clone()),
        None if !questions.digest => None,
        None => {
            let digest = || digests::of_reader(payload.reader(), path);
            let found = known.digests.get(DigestedRange::whole(payload.stamp()), digest)?;
            Some(expect(found, path, asked)?)
        }
    };
    let (iso, places) = known.isos.get((payload.stamp(), questions), || {
        let content = Content::Source { id: source, offset: 0, len: payload.len() }.into();
        let bytes = IsoBytes { reader: payload.reader(), content, path, sha256: sha256.clone() };
        let (iso, places) = examine(asked, bytes, file_name.clone(), shown, spec, catalogue)?;
        Ok((iso, Arc::new(places)))
    })?;
    let sha256 = sha256.filter(|_| iso.sha256.is_some());
    let iso = Iso { shown: shown.clone(), file_name, sha256, ..in_source(iso, source) };
    Ok((payload, iso, places))
}

/// An ISO that was examined as another source of the same bytes.
fn in_source(iso: Iso, source: SourceId) -> Iso {
    let place = |content: FileContent| {
        let piece = |piece: &Content| match piece {
            Content::Source { offset, len, .. } => {
                Content::Source { id: source, offset: *offset, len: *len }
            }
            other => other.clone(),
        };
        // OK to use the old one: as long as it, the new one is no longer than may be.
        FileContent::from_pieces(content.pieces().iter().map(piece)).unwrap_or(content)
    };
    let programs = iso.efi_programs.into_iter();
    let programs = programs.map(|(name, p)| (name, EfiFile { content: place(p.content), ..p }));
    Iso { content: place(iso.content), efi_programs: programs.collect(), ..iso }
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
    let questions = IsoQuestions::of(asked, spec);
    let sha256 = match known {
        _ if !questions.digest => None,
        Some(known) => Some(known),
        None => Some(expect(digests::of_reader(reader.clone(), path)?, path, asked)?),
    };
    let fail = |source| Error::Iso { path: path.to_path_buf(), source };
    let mut image = IsoImage::open(reader, content.len()).map_err(fail)?;
    let filesystem = Some(questions.filesystem);
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
    let secure_boot = questions.secure_boot;
    let mut kernels = BTreeMap::new();
    let found = image.facts().kernels.keys().filter(|_| secure_boot);
    for kernel in found.cloned().collect::<Vec<_>>() {
        // A kernel that is no EFI program has no facts: it cannot start under Secure Boot.
        if let Some(facts) = image.efi_facts(&kernel, MAX_KERNEL).map_err(fail)? {
            kernels.insert(kernel, facts);
        }
    }
    let mut efi_programs = BTreeMap::new();
    let found = image.facts().efi_programs.keys().filter(|_| questions.uefi);
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

/// The SHA-256 that was `found`; an error if the spec expects another.
fn expect(found: String, path: &Path, asked: &Asked) -> Result<String, Error> {
    match asked.sha256.as_ref().map(ToString::to_string) {
        Some(expected) if expected != found => {
            Err(Error::WrongSha256 { path: path.to_path_buf(), expected, found })
        }
        _ => Ok(found),
    }
}
