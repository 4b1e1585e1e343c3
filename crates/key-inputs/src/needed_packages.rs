//! The packages that a key is made from: all of them, and those that are not there yet.

use crate::fetched::cached_member;
use crate::grub::{MEMDISK_PACKAGE, grub_requests, locate, locate_signed, platforms_of};
use crate::needed_downloads::{missing_downloads, not_downloaded};
use crate::signed_sums::{ListsFrom, pin};
use crate::{Environment, Error};
use grub_image::Platform;
use key_inventory::GrubBuild;
use key_spec::{BootFile, IsoSource, Spec};
use packages::Request;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The packages that a key of the spec is made from, whether they are there or not.
pub fn needed_packages(spec: &Spec) -> Vec<Request> {
    requests(spec, true, |_, _| Ok(true)).unwrap_or_default()
}

/// The packages that the spec takes a file out of, whether they are there or not.
pub(crate) fn packages_of_files(spec: &Spec) -> Vec<Request> {
    requests(spec, false, |_, _| Ok(true)).unwrap_or_default()
}

/// The packages that a key of the spec is made from and that are not there: those of GRUB if it is in
/// none of its places (`grub`, as for [`survey`](crate::survey())), and those that the spec takes a file
/// out of.
///
/// # Errors
/// [`Error`] when what is there is damaged.
pub fn missing_packages(
    spec: &Spec,
    grub: &[PathBuf],
    env: &Environment,
) -> Result<Vec<Request>, Error> {
    let is_missing = |found: Result<(), Error>| match found {
        Err(e) if e.lacks_packages() => Ok(true),
        found => found.map(|()| false),
    };
    let lacks_grub = grub.is_empty() && is_missing(grub_of(spec, grub, env).map(drop))?;
    requests(spec, lacks_grub, |package, member| {
        is_missing(cached_member(env, package, member).map(drop))
    })
}

/// Checks that all is there that a key of the spec is made from and that would come from a network.
///
/// # Errors
/// [`Error`] names what is not there, and the command that gets it.
pub fn check_there(spec: Spec, env: &Environment) -> Result<(), Error> {
    let spec = pin(spec, env, ListsFrom::Cache, &mut |_| ())?;
    let missing = missing_downloads(&spec, env)?;
    if !missing.is_empty() {
        return Err(not_downloaded(&missing));
    }
    grub_of(&spec, &[], env)?;
    requests(&spec, false, |package, member| cached_member(env, package, member).map(|_| false))
        .map(drop)
}

/// The packages of GRUB, if they are wanted, and those with a file that `wanted` says yes to.
fn requests(
    spec: &Spec,
    grub: bool,
    wanted: impl Fn(&str, &str) -> Result<bool, Error>,
) -> Result<Vec<Request>, Error> {
    let isos = spec.iso.iter().filter_map(|iso| match &iso.source {
        IsoSource::Package { package, member } => Some((package, member)),
        _ => None,
    });
    let files = spec.entry.iter().flat_map(|entry| entry.xen.files());
    let files = files.filter_map(|file| match file {
        BootFile::Package { package, member } => Some((package, member)),
        _ => None,
    });
    let mut others: BTreeMap<&str, Request> = BTreeMap::new();
    if grub {
        others.insert(MEMDISK_PACKAGE, Request::package(MEMDISK_PACKAGE));
    }
    for (package, member) in isos.chain(files) {
        let (package, member) = (package.as_str(), member.as_str());
        if wanted(package, member)? {
            let request = others.entry(package).or_insert_with(|| Request::package(package));
            request.members.push(member.to_owned());
        }
    }
    // A spec may take an ISO out of one of GRUB's packages. Such a package is requested twice,
    // because GRUB's requests may name an architecture, and those for files do not.
    let platforms = platforms_of(spec);
    let mut all = match grub {
        true => grub_requests(&platforms, spec.key.secure_boot),
        false => Vec::new(),
    };
    all.extend(others.into_values());
    Ok(all)
}

/// The build of GRUB for a spec, with the signed programs where it wants them: see
/// [`locate`] and [`locate_signed`].
pub(crate) fn grub_of(
    spec: &Spec,
    grub: &[PathBuf],
    env: &Environment,
) -> Result<GrubBuild, Error> {
    let mut platforms = platforms_of(spec);
    let mut signed = None;
    if spec.key.secure_boot && platforms.contains(&Platform::X86_64Efi) {
        signed = Some(locate_signed(Platform::X86_64Efi, grub, env)?);
        platforms.retain(|p| *p != Platform::X86_64Efi);
    }
    Ok(GrubBuild { signed, ..locate(&platforms, grub, env)? })
}
