//! The survey, the first step of a build: everything that a plan depends on is opened and read
//! once.

use crate::error::shown;
use crate::grub::{locate_memdisk, platforms_of};
use crate::iso::{IsoFile, examine_file};
use crate::known_inputs::KnownInputs;
use crate::needed_downloads::{missing_downloads, not_downloaded};
use crate::needed_packages::grub_of;
use crate::payload::open_payload;
use crate::two_at_a_time::two_at_a_time;
use crate::{Environment, Error, FileSources, tree, xen};
use boot_recipes::Catalogue;
use input_file::sha256_hex;
use key_inventory::{Asset, GrubBuild, Inventory, Origin};
use key_spec::Spec;
use std::path::{Path, PathBuf};

/// Longest file of answers for an installer, in bytes.
const MAX_ANSWERS: u64 = 16 << 20;

/// The inputs of a key, found and opened.
#[derive(Debug)]
pub struct Survey {
    /// The description of the inputs, all that a plan is made from besides the spec.
    pub inventory: Inventory,
    /// The open inputs, by the ids that the inventory uses.
    pub files: FileSources,
    /// The error that kept the survey from learning which installed packages GRUB's files belong
    /// to, if there was one.
    pub unknown_packages: Option<Error>,
}

/// Opens and reads what a [complete](Spec::complete) spec names, and GRUB's files, which
/// [`locate`](crate::locate) finds: in the paths `grub`, if there are any. `catalogue` says what has to be known
/// of an ISO. What is in `known` is not read again, and what is read is in it afterwards.
///
/// # Errors
/// [`Error`] names the file that is missing, unreadable, not an ISO, truncated, or not what its
/// SHA-256 says.
pub fn survey(
    spec: &Spec,
    grub: &[PathBuf],
    env: &Environment,
    catalogue: &Catalogue,
    known: &KnownInputs,
) -> Result<Survey, Error> {
    let missing = missing_downloads(spec, env)?;
    if !missing.is_empty() {
        return Err(not_downloaded(&missing));
    }
    // GRUB first: no key can be built without it, and reading large ISOs before saying so would
    // waste minutes.
    let build = survey_grub(spec, grub, env, known)?;
    let mut places = Vec::new();
    for asked in &spec.iso {
        places.push((asked, IsoFile::find(asked, env)?));
    }
    let mut files = FileSources::with_digests(known.digests.clone());
    let places: Vec<_> = places.into_iter().map(|place| (place, files.reserve())).collect();
    // Two at a time, because unpacking a live system's initrd keeps one processor busy for long.
    let examined = two_at_a_time(&places, |_, ((asked, file), id)| {
        examine_file(asked, file, spec, *id, catalogue, known)
    })?;
    let (mut found, mut file_places) = (Vec::new(), Vec::new());
    for (((asked, file), id), (payload, mut iso, in_iso)) in places.into_iter().zip(examined) {
        files.fill(id, payload);
        iso.package = file.package;
        file_places.push(in_iso);
        if let Some(asked) = &asked.autoinstall {
            iso.answers = Some(answers(&asked.file, env)?);
        }
        found.push(iso);
    }
    let memdisk = known.memdisk.get(grub.to_vec(), || locate_memdisk(grub, env))?;
    let (time, sums) = (spec.time(), spec.isos.checksums);
    let theme = spec.menu.theme.path();
    let theme = theme.map(|path| tree::theme(path, time, sums, &mut files)).transpose()?;
    let mut trees = Vec::new();
    for asked in &spec.tree {
        trees.push(tree::tree(&asked.from, time, sums, &mut files, env)?);
    }
    let xen = xen::files(spec, &found, &file_places, &mut files, env)?;
    let inventory = Inventory { grub: build, memdisk, theme, isos: found, trees, xen };
    let nobodys = inventory.grub.platforms.iter().any(|p| p.origin.package.is_none());
    let unknown_packages = nobodys.then(|| packages::forbidden(&env.root)).flatten();
    Ok(Survey { inventory, files, unknown_packages: unknown_packages.map(Error::from) })
}

/// Reads GRUB's files as [`survey`] does, which does not read them again then.
///
/// # Errors
/// [`Error`] names what is missing or unreadable.
pub fn survey_grub(
    spec: &Spec,
    grub: &[PathBuf],
    env: &Environment,
    known: &KnownInputs,
) -> Result<GrubBuild, Error> {
    let wanted = (platforms_of(spec), spec.key.secure_boot, grub.to_vec());
    known.grub.get(wanted, || grub_of(spec, grub, env))
}

/// Reads an installer's answers.
pub(crate) fn answers(path: &Path, env: &Environment) -> Result<Asset, Error> {
    let payload = open_payload(path)?;
    env.opened.add_path(path);
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
