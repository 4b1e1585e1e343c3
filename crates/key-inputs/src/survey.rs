//! The first arrow: everything outside that a plan depends on, opened and read once.

use crate::cache::cached_member;
use crate::digest::sha256_hex;
use crate::error::shown;
use crate::files::open_payload;
use crate::grub::{locate, locate_memdisk, locate_signed};
use crate::iso::examine;
use crate::two_at_a_time::two_at_a_time;
use crate::{Environment, Error, FileSources, tree, xen};
use boot_recipes::Catalogue;
use grub_image::Platform;
use key_plan::{Asset, GrubBuild, Inventory, Origin};
use key_spec::{Iso as Asked, IsoSource, Spec};
use std::path::{Path, PathBuf};

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
/// besides ISOs, in seconds since 1970: see [`key_plan::time`]. `catalogue` says what of an ISO has to
/// be known.
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
    catalogue: &Catalogue,
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
    let mut files = FileSources::new();
    let places: Vec<_> = places.into_iter().map(|place| (place, files.reserve())).collect();
    // Unpacking the initrds of live systems takes one processor each.
    let examined = two_at_a_time(&places, |_, ((asked, path, name), id)| {
        examine(asked, path, name, &spec, *id, catalogue)
    })?;
    let (mut found, mut images) = (Vec::new(), Vec::new());
    for (((asked, ..), id), (payload, mut iso, image)) in places.iter().zip(examined) {
        files.fill(*id, payload);
        images.push(image);
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
    let xen = xen::files(&spec, base, &found, &mut images, &mut files, env)?;
    let inventory = Inventory { grub: build, memdisk, theme, isos: found, trees, xen };
    Ok(Survey { spec, inventory, files })
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
