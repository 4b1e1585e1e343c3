//! ISO files: opened, and read for what a plan depends on.

use crate::Error;
use crate::payload::{Payload, open_payload};
use crate::reader::PayloadReader;
use boot_recipes::Catalogue;
use file_tree::FileContent;
use image_layout::{Content, SourceId};
use input_file::sha256_of;
use iso_probe::{FileExtents, IsoImage};
use key_inventory::{EfiFile, Iso};
use key_spec::{Iso as Asked, Key, Spec};
use std::collections::BTreeMap;
use std::path::Path;

/// Longest kernel or EFI program whose signature is looked at, in bytes; distributions' kernels
/// have 5 to 20 MB.
const MAX_KERNEL: u64 = 256 << 20;

/// Opens the ISO file at `path` and reads what the recipes need to decide how it boots. Initrds are
/// unpacked only as far as they ask for it. Messages call the file `shown`.
pub(crate) fn examine(
    asked: &Asked,
    path: &Path,
    shown: &str,
    spec: &Spec,
    source: SourceId,
    catalogue: &Catalogue,
) -> Result<(Payload, Iso, IsoImage<PayloadReader>), Error> {
    let payload = open_payload(path)?;
    let file_name = name_on_key(asked, path)?;
    let sha256 = if asked.sha256.is_some() || spec.isos.checksums {
        Some(sha256(&payload, asked.sha256.as_ref().map(|s| &s.0))?)
    } else {
        None
    };
    let len = payload.len();
    let fail = |source| Error::Iso { path: path.to_path_buf(), source };
    let mut image = IsoImage::open(payload.reader(), len).map_err(fail)?;
    let recipe = asked.recipe.as_ref().map(|r| r.as_str());
    let filesystem = spec.isos.filesystem.recipes_name();
    catalogue.read_initrds(&mut image, recipe, Some(filesystem)).map_err(fail)?;
    let facts = image.facts().clone();
    let mut kernels = BTreeMap::new();
    for kernel in facts.kernels.keys().filter(|_| spec.key.secure_boot) {
        let bytes = image.read(kernel, MAX_KERNEL).map_err(fail)?;
        // A kernel that is no EFI program has no facts: it cannot start under Secure Boot.
        if let Some(Ok(facts)) = bytes.as_deref().map(efi_program::Facts::of) {
            kernels.insert(kernel.clone(), facts);
        }
    }
    let efi_programs = efi_programs(&payload, source, &image, &spec.key)?;
    let (shown, answers) = (shown.to_owned(), None);
    let iso = Iso { source, shown, file_name, len, sha256, facts, kernels, efi_programs, answers };
    Ok((payload, iso, image))
}

/// The EFI programs of an ISO: where each lies in the file and, for Secure Boot, who signed it.
fn efi_programs(
    payload: &Payload,
    id: SourceId,
    image: &IsoImage<PayloadReader>,
    key: &Key,
) -> Result<BTreeMap<String, EfiFile>, Error> {
    let uefi = key.firmware.iter().any(|f| key_inventory::platform(*f).boot_file().is_some());
    let mut programs = BTreeMap::new();
    for name in image.facts().efi_programs.keys().filter(|_| uefi) {
        let Some(FileExtents { len, extents }) = image.locate(name) else { continue };
        let pieces = extents.iter().map(|&(offset, len)| Content::Source { id, offset, len });
        // A file of 2^63 bytes is no program.
        let Ok(content) = FileContent::from_pieces(pieces) else { continue };
        let mut facts = None;
        if key.secure_boot && len <= MAX_KERNEL {
            let mut bytes = Vec::new();
            for (offset, len) in extents {
                let start = bytes.len();
                bytes.resize(start + usize::try_from(len).unwrap_or(0), 0);
                payload
                    .read_exact_at(offset, &mut bytes[start..])
                    .map_err(|source| Error::Read { path: payload.path().to_path_buf(), source })?;
            }
            facts = efi_program::Facts::of(&bytes).ok();
        }
        programs.insert(name.clone(), EfiFile { content, facts });
    }
    Ok(programs)
}

/// The name that the file gets on the key. Whether the key can have that name, the plan checks.
fn name_on_key(asked: &Asked, path: &Path) -> Result<String, Error> {
    if let Some(name) = &asked.name {
        return Ok(name.as_str().to_owned());
    }
    let bad = |why| Error::BadIsoName { path: path.to_path_buf(), why };
    let name = path.file_name().ok_or_else(|| bad("it does not end in a file name"))?;
    Ok(name.to_str().ok_or_else(|| bad("its name is not UTF-8"))?.to_owned())
}

/// The file's SHA-256; an error if it differs from `expected`.
fn sha256(payload: &Payload, expected: Option<&[u8; 32]>) -> Result<String, Error> {
    let path = || payload.path().to_path_buf();
    let found =
        sha256_of(payload.reader()).map_err(|source| Error::Read { path: path(), source })?;
    match expected.map(|e| base16ct::lower::encode_string(e)) {
        Some(expected) if expected != found => {
            Err(Error::WrongSha256 { path: path(), expected, found })
        }
        _ => Ok(found),
    }
}
