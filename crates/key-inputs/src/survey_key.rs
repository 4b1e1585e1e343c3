//! The survey of what a key is made from where most of it lies on another key.

use crate::digests;
use crate::error::Error;
use crate::grub::platforms_of;
use crate::iso::{IsoBytes, IsoFile, examine, examine_file, name_on_key};
use crate::known_inputs::KnownInputs;
use crate::old_key::{Damage, DigestCheck, IsoFrom, KeyFiles, OldKey};
use crate::survey::{Survey, answers};
use crate::two_at_a_time::two_at_a_time;
use crate::{Environment, FileSources, tree, xen};
use boot_recipes::Catalogue;
use file_tree::{FileContent, Timestamp};
use grub_image::Platform;
use iso_probe::FilePlaces;
use key_inventory::{Asset, BootFile, Inventory, Iso, NamedPackage, Origin, Theme, Tree, XenFiles};
use key_record::{Place, Use};
use key_spec::{BootFile as Asked, Iso as AskedIso, IsoSource, Spec};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// An ISO of the new key, before it is read.
struct FoundIso {
    place: IsoPlace,
    /// The package that it is from, if the spec names one.
    package: Option<NamedPackage>,
}

/// The place where an ISO of the new key lies.
enum IsoPlace {
    /// It lies on the old key.
    OnKey { at: Place, content: FileContent, sha256: Option<String> },
    /// It is a file.
    File(IsoFile),
}

/// Reads what a spec names, from the key `old` as far as that has it: GRUB, and whatever the old
/// key's spec names in the same way. `isos_from` tells where each ISO of the spec comes from.
///
/// Returns the damage that it met on the old key as well; the caller decides whether it matters.
///
/// # Errors
/// [`Error`] names what is missing, on the key or beside it.
pub fn survey_key(
    old: &OldKey,
    spec: &Spec,
    isos_from: &[IsoFrom],
    check: DigestCheck,
    env: &Environment,
    catalogue: &Catalogue,
) -> Result<(Survey, Vec<Damage>), Error> {
    let on_key = old.files(check)?;
    let mut files = FileSources::new();
    // The key must be the first source: contents refer to it by the id 0.
    files.push(old.payload());
    let platforms = platforms_of(spec).into_iter();
    let signed = spec.key.secure_boot;
    let platforms: Vec<_> = platforms.filter(|p| !signed || *p != Platform::X86_64Efi).collect();
    let grub = on_key.grub(&platforms, signed)?;
    let mut found = Vec::new();
    for (number, asked) in spec.iso.iter().enumerate() {
        let from = isos_from.get(number).unwrap_or(&IsoFrom::Spec);
        found.push((asked, find_iso(asked, from, old, &on_key, env)?, files.reserve()));
    }
    let known = KnownInputs::default();
    let examined = two_at_a_time(&found, |_, (asked, iso, id)| match &iso.place {
        IsoPlace::File(file) => {
            let (payload, iso, places) = examine_file(asked, file, spec, *id, catalogue, &known)?;
            Ok((Some(payload), iso, places))
        }
        IsoPlace::OnKey { at, content, sha256 } => {
            let named = match &asked.source {
                IsoSource::Path(path) => path,
                IsoSource::Package { member, .. } => Path::new(member.as_str()),
                // Not used: `name_on_key` takes the name of a download from its address.
                IsoSource::Download { .. } => Path::new(""),
            };
            let reader = old.reader(content.clone());
            let (content, sha256) = (content.clone(), sha256.clone());
            let bytes = IsoBytes { reader, content, path: old.path(), sha256 };
            let (name, shown) = (name_on_key(asked, named)?, at.to_string());
            let (iso, places) = examine(asked, bytes, name, &shown, spec, catalogue)?;
            Ok((None, iso, Arc::new(places)))
        }
    })?;
    let (mut isos, mut file_places) = (Vec::new(), Vec::new());
    for ((number, (asked, found, id)), (payload, mut iso, in_iso)) in
        found.into_iter().enumerate().zip(examined)
    {
        if let Some(payload) = payload {
            files.fill(id, payload);
        }
        iso.package = found.package;
        let kept = match isos_from.get(number) {
            Some(IsoFrom::Recorded(number)) => Some(*number),
            _ => None,
        };
        iso.answers = answers_of(asked, kept, old, &on_key, env)?;
        isos.push(iso);
        file_places.push(in_iso);
    }
    let memdisk = on_key.asset(Use::Memdisk, None)?;
    let memdisk = memdisk.or_else(|| old.record().inputs.memdisk_known.then(unused_memdisk));
    let (theme, trees) = directories(old, spec, &on_key, &mut files, env)?;
    let xen = xen_files(old, spec, &on_key, &isos, &file_places, &mut files, env)?;
    let inventory = Inventory { grub, memdisk, theme, isos, trees, xen };
    let damage = on_key.damage();
    Ok((Survey { inventory, files, unknown_packages: None }, damage))
}

/// Where an ISO lies, and the package that it is from.
fn find_iso(
    asked: &AskedIso,
    from: &IsoFrom,
    old: &OldKey,
    on_key: &KeyFiles<'_>,
    env: &Environment,
) -> Result<FoundIso, Error> {
    let (at, recorded) = match from {
        IsoFrom::Spec => (None, None),
        IsoFrom::Found(at) => (Some(at), None),
        IsoFrom::Recorded(number) => {
            let recorded = old.record().inputs.isos.get(*number);
            (recorded.map(|iso| &iso.at), recorded)
        }
    };
    if let Some(at) = at {
        let content = on_key.whole(at, recorded.map(|iso| iso.len))?;
        let sha256 = recorded.and_then(|iso| iso.sha256.clone());
        let package = match &asked.source {
            IsoSource::Path(_) | IsoSource::Download { .. } => None,
            IsoSource::Package { package, .. } => recorded.and_then(|iso| {
                named_package(package.as_str(), iso.package.as_ref(), iso.version.as_ref())
            }),
        };
        return Ok(FoundIso {
            place: IsoPlace::OnKey { at: at.clone(), content, sha256 },
            package,
        });
    }
    let mut file = IsoFile::find(asked, env)?;
    let package = file.package.take();
    Ok(FoundIso { place: IsoPlace::File(file), package })
}

/// The package of a file that lies on the old key, if the spec still names that one.
fn named_package(
    asked: &str,
    recorded: Option<&String>,
    version: Option<&String>,
) -> Option<NamedPackage> {
    let name = recorded.filter(|name| *name == asked)?.clone();
    Some(NamedPackage { name, version: version?.clone() })
}

/// The answers for an ISO's installer.
fn answers_of(
    asked: &AskedIso,
    kept: Option<usize>,
    old: &OldKey,
    on_key: &KeyFiles<'_>,
    env: &Environment,
) -> Result<Option<Asset>, Error> {
    let Some(named) = &asked.autoinstall else { return Ok(None) };
    let before = kept.and_then(|number| old.spec().iso.get(number)?.autoinstall.as_ref());
    if before.is_some_and(|before| before.file == named.file)
        && let Some(asset) = on_key.asset(Use::Answers, kept)?
    {
        return Ok(Some(asset));
    }
    answers(&named.file, env).map(Some)
}

/// `memdisk` for a key that carries none, because no BIOS starts it; that there is one still
/// decides what an ISO is.
fn unused_memdisk() -> Asset {
    let origin =
        Origin { from: String::new(), package: None, version: None, sha256: String::new() };
    Asset { bytes: Arc::default(), origin }
}

/// The theme, and the files of the `[[tree]]` tables.
fn directories(
    old: &OldKey,
    spec: &Spec,
    on_key: &KeyFiles<'_>,
    files: &mut FileSources,
    env: &Environment,
) -> Result<(Option<Theme>, Vec<Tree>), Error> {
    let inputs = &old.record().inputs;
    let (time, sums) = (spec.time(), spec.isos.checksums);
    let at = Timestamp { seconds: time.seconds(), nanoseconds: 0 };
    let read = |recorded: &key_record::Tree, files: &FileSources| {
        let tree = on_key.tree(recorded, at)?;
        // Recorded digests are taken as they are, even of files that have changed since: they say
        // what the files must be.
        let known = recorded.sums();
        let known = match digests::wanted(digests::tree_len(&tree), sums) {
            true if known.is_empty() => digests::of_tree(&tree, files, sums, old.path())?,
            true => known,
            false => BTreeMap::new(),
        };
        Ok::<_, Error>((tree, known))
    };
    let same_theme = old.spec().menu.theme == spec.menu.theme;
    let theme = match (spec.menu.theme.path(), inputs.theme.as_ref().filter(|_| same_theme)) {
        (None, _) => None,
        (Some(path), Some(recorded)) => {
            let (tree, sums) = read(recorded, files)?;
            Some(tree::theme_of(tree, sums, path)?)
        }
        (Some(path), None) => Some(tree::theme(path, time, sums, files)?),
    };
    let mut trees = Vec::new();
    for (number, asked) in spec.tree.iter().enumerate() {
        let before = old.spec().tree.get(number).filter(|before| before.from == asked.from);
        trees.push(match before.and_then(|_| inputs.trees.get(number)) {
            Some(recorded) => {
                let (tree, sums) = read(recorded, files)?;
                Tree { shown: recorded.at.to_string(), tree, sums }
            }
            None => tree::tree(&asked.from, time, sums, files, env)?,
        });
    }
    Ok((theme, trees))
}

/// The files of the `[[entry]]` tables.
fn xen_files(
    old: &OldKey,
    spec: &Spec,
    on_key: &KeyFiles<'_>,
    isos: &[Iso],
    places: &[Arc<FilePlaces>],
    files: &mut FileSources,
    env: &Environment,
) -> Result<Vec<XenFiles>, Error> {
    let mut found = Vec::new();
    for (number, entry) in spec.entry.iter().enumerate() {
        let before = old.spec().entry.get(number).map(|entry| &entry.xen);
        let mut open = |asked: &Asked, before: Option<&Asked>, purpose| match asked {
            Asked::InIso(path) => xen::in_iso(entry, path, isos, places),
            Asked::Path(_) | Asked::Package { .. } | Asked::Download(_) => {
                let recorded = on_key.recorded(purpose, Some(number));
                match recorded.filter(|_| before == Some(asked)) {
                    Some(recorded) => carried(asked, recorded, spec, old, on_key),
                    None => xen::carried(asked, spec, files, env),
                }
            }
        };
        let xen = &entry.xen;
        let hypervisor = open(&xen.hypervisor, before.map(|b| &b.hypervisor), Use::Hypervisor)?;
        let kernel = open(&xen.kernel, before.map(|b| &b.kernel), Use::Kernel)?;
        let initrd = xen.initrd.as_ref();
        let initrd = initrd
            .map(|asked| open(asked, before.and_then(|b| b.initrd.as_ref()), Use::Initrd))
            .transpose()?;
        let initrd_size = initrd.as_ref().and_then(|file| xen::size(file, files));
        found.push(XenFiles { hypervisor, kernel, initrd, initrd_size });
    }
    Ok(found)
}

/// A file of an entry that lies on the old key.
fn carried(
    asked: &Asked,
    recorded: &key_record::InputFile,
    spec: &Spec,
    old: &OldKey,
    on_key: &KeyFiles<'_>,
) -> Result<BootFile, Error> {
    let shown = xen::name(asked);
    let content = on_key.part(&recorded.at, recorded.offset, recorded.len)?;
    let mut sha256 = recorded.sha256.clone();
    if let Some(sha256) = &sha256 {
        on_key.check_content(&recorded.at, &content, sha256)?;
    }
    if !digests::wanted(content.len(), spec.isos.checksums) {
        sha256 = None;
    } else if sha256.is_none() {
        sha256 = Some(digests::of_reader(old.reader(content.clone()), old.path())?);
    }
    let package = match asked {
        Asked::Package { package, .. } => {
            let (name, version) = (recorded.package.as_ref(), recorded.version.as_ref());
            named_package(package.as_str(), name, version)
        }
        Asked::Path(_) | Asked::InIso(_) | Asked::Download(_) => None,
    };
    Ok(BootFile::Carried { shown, content, package, sha256 })
}
