//! The first arrow: everything outside that a plan depends on, opened and read once.

use crate::error::shown;
use crate::fetched::cached_member;
use crate::files::{Payload, open_payload};
use crate::grub::{locate, locate_memdisk, locate_signed};
use crate::two_at_a_time::two_at_a_time;
use crate::{Environment, Error, FileSources, tree, xen};
use file_tree::FileContent;
use grub_image::Platform;
use image_layout::{Content, SourceId};
use input_file::{hex, sha256_hex, sha256_of};
use iso_probe::{IsoFacts, Located};
use key_plan::{Asset, EfiFile, GrubBuild, Inventory, Iso, Origin};
use key_spec::{Iso as Asked, IsoSource, Key, Spec};
use std::collections::BTreeMap;
use std::io::Seek as _;
use std::path::{Path, PathBuf};

/// Longest kernel whose signature is looked at, in bytes; those of distributions have 5 to 20 MB.
const MAX_KERNEL: u64 = 256 << 20;

/// Longest file of an installer's answers, in bytes.
const MAX_ANSWERS: u64 = 16 << 20;

/// What was found.
#[derive(Debug)]
pub struct Survey {
    /// The spec, with the ISOs of the command line behind its own.
    pub spec: Spec,
    /// What the plan may depend on.
    pub inventory: Inventory,
    /// The open inputs, by the ids that the inventory uses.
    pub files: FileSources,
}

/// Opens and reads what `spec` and the command line name. Relative paths in the spec start from
/// `base`; `isos` are added behind the spec's own. `time` is that of every file that the key has
/// besides ISOs, in seconds since 1970: see [`key_plan::time`].
///
/// # Errors
/// [`Error`] names the file that is missing, unreadable, not an ISO, truncated, or not what its
/// SHA-256 says.
pub fn survey(
    mut spec: Spec,
    base: &Path,
    isos: &[PathBuf],
    grub: &[PathBuf],
    time: i64,
    env: &Environment,
) -> Result<Survey, Error> {
    // First, because what is missing here is missing for every ISO, and those may be large.
    let mut platforms: Vec<_> = spec.key.firmware.iter().copied().map(key_plan::platform).collect();
    let mut signed = None;
    if spec.key.secure_boot && platforms.contains(&Platform::X86_64Efi) {
        signed = Some(locate_signed(Platform::X86_64Efi, grub, env)?);
        platforms.retain(|p| *p != Platform::X86_64Efi);
    }
    let build = GrubBuild { signed, ..locate(&platforms, grub, env)? };
    let from_spec = spec.iso.len();
    spec.iso.extend(isos.iter().map(Asked::at));
    let mut places = Vec::new();
    for (n, asked) in spec.iso.iter().enumerate() {
        // What people call it: the place in the cache says nothing to them.
        let (path, name) = match &asked.source {
            IsoSource::Path(path) if n < from_spec => (base.join(path), None),
            IsoSource::Path(path) => (path.clone(), None),
            IsoSource::Package { package, member } => (
                cached_member(env, package.as_str(), member.as_str())?,
                Some(format!("{member} in the package {package}")),
            ),
        };
        let name = name.unwrap_or_else(|| shown(&path).to_string());
        places.push((asked, path, name));
    }
    // Unpacking the initrds of live systems takes one processor each.
    let examined = two_at_a_time(&places, |n, (asked, path, name)| {
        // They are the first sources. OK to cast: nobody names so many.
        iso(asked, path, name, &spec, SourceId(n as u32))
    })?;
    let mut files = FileSources::new();
    let mut found = Vec::new();
    for ((asked, ..), (payload, mut iso)) in places.iter().zip(examined) {
        iso.source = files.push(payload);
        if let Some(asked) = &asked.autoinstall {
            iso.answers = Some(answers(&base.join(&asked.file))?);
        }
        found.push(iso);
    }
    let memdisk = locate_memdisk(grub, env)?;
    let theme = spec.menu.theme.as_ref();
    let theme = theme.map(|path| tree::theme(&base.join(path), time, &mut files)).transpose()?;
    let mut trees = Vec::new();
    for asked in &spec.tree {
        trees.push(tree::tree(&base.join(&asked.from), time, &mut files)?);
    }
    let xen = xen::files(&spec, base, &found, &mut files, env)?;
    let inventory = Inventory { grub: build, memdisk, theme, isos: found, trees, xen };
    Ok(Survey { spec, inventory, files })
}

fn iso(
    asked: &Asked,
    path: &Path,
    shown: &str,
    spec: &Spec,
    source: SourceId,
) -> Result<(Payload, Iso), Error> {
    let payload = open_payload(path)?;
    let file_name = name_on_key(asked, path)?;
    let sha256 = if asked.sha256.is_some() || spec.isos.checksums {
        Some(sha256(&payload, asked.sha256.as_ref().map(|s| &s.0))?)
    } else {
        None
    };
    let len = payload.len();
    let facts = iso_probe::probe(payload.file(), len)
        .map_err(|source| Error::Iso { path: path.to_path_buf(), source })?;
    let mut kernels = BTreeMap::new();
    for kernel in facts.kernels.keys().filter(|_| spec.key.secure_boot) {
        let bytes = iso_probe::read_file(payload.file(), len, kernel, MAX_KERNEL)
            .map_err(|source| Error::Iso { path: path.to_path_buf(), source })?;
        // What is no EFI program is not started under Secure Boot, and that is all to be said.
        if let Some(Ok(facts)) = bytes.as_deref().map(efi_program::Facts::of) {
            kernels.insert(kernel.clone(), facts);
        }
    }
    let efi_programs = efi_programs(&payload, source, &facts, &spec.key)?;
    let (shown, answers) = (shown.to_owned(), None);
    let iso = Iso { source, shown, file_name, len, sha256, facts, kernels, efi_programs, answers };
    Ok((payload, iso))
}

/// Reads an installer's answers.
fn answers(path: &Path) -> Result<Asset, Error> {
    let payload = open_payload(path)?;
    let read = |source| Error::Read { path: path.to_path_buf(), source };
    if payload.len() > MAX_ANSWERS {
        let what = format!("{} bytes are too many for an installer's answers", payload.len());
        return Err(read(std::io::Error::other(what)));
    }
    let mut bytes = vec![0; usize::try_from(payload.len()).unwrap_or(0)];
    payload.read_exact_at(0, &mut bytes).map_err(read)?;
    let sha256 = sha256_hex(&bytes);
    let from = shown(path).to_string();
    let origin = Origin { from, package: None, version: None, sha256 };
    Ok(Asset { bytes: bytes.into(), origin })
}

/// Where the EFI programs of an ISO lie, and who signed them.
fn efi_programs(
    payload: &Payload,
    id: SourceId,
    facts: &IsoFacts,
    key: &Key,
) -> Result<BTreeMap<String, EfiFile>, Error> {
    let uefi = key.firmware.iter().any(|f| key_plan::platform(*f).boot_file().is_some());
    let names: Vec<&str> = facts.efi_programs.keys().map(String::as_str).collect();
    if names.is_empty() || !uefi {
        return Ok(BTreeMap::new());
    }
    let path = || payload.path().to_path_buf();
    let located = iso_probe::locate(payload.file(), payload.len(), &names)
        .map_err(|source| Error::Iso { path: path(), source })?;
    let mut programs = BTreeMap::new();
    for (name, Located { len, extents }) in located {
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
                    .map_err(|source| Error::Read { path: path(), source })?;
            }
            facts = efi_program::Facts::of(&bytes).ok();
        }
        programs.insert(name, EfiFile { content, facts });
    }
    Ok(programs)
}

/// The name that the file gets on the key. Which names are fit for it is for the plan to say.
fn name_on_key(asked: &Asked, path: &Path) -> Result<String, Error> {
    if let Some(name) = &asked.name {
        return Ok(name.as_str().to_owned());
    }
    let bad = |why| Error::BadIsoName { path: path.to_path_buf(), why };
    let name = path.file_name().ok_or_else(|| bad("it does not end in a file name"))?;
    Ok(name.to_str().ok_or_else(|| bad("its name is not UTF-8"))?.to_owned())
}

/// The file's SHA-256; an error if it is not what is `expected`.
fn sha256(payload: &Payload, expected: Option<&[u8; 32]>) -> Result<String, Error> {
    let path = || payload.path().to_path_buf();
    let mut file = payload.file();
    let found = file
        .rewind()
        .and_then(|()| sha256_of(file))
        .map_err(|source| Error::Read { path: path(), source })?;
    match expected.map(|e| hex(e)) {
        Some(expected) if expected != found => {
            Err(Error::WrongSha256 { path: path(), expected, found })
        }
        _ => Ok(found),
    }
}
