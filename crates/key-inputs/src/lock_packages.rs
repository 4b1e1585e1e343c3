//! The packages of a new lock: which ones the key is made of, and in which versions.

use crate::environment::Environment;
use crate::error::Error;
use crate::grub::{
    FONT_PACKAGES, MEMDISK_PACKAGE, grub_requests, has_font, is_of_use, platforms_of,
};
use crate::locked::{Getting, grub_names};
use crate::mirror::MirrorClient;
use crate::needed_packages::packages_of_files;
use input_file::DigestWriter;
use key_lock::{Member, Package};
use key_spec::Spec;
use packages::repository::{Fetching, Pinned, Resolved, Wishes, is_higher, resolve, sources};
use packages::{ArchiveError, Deb, Package as PackageFile, Request};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// The wishes for the packages of a new lock: what stays of the lock before, and where the rest
/// comes from.
#[derive(Debug)]
pub struct PackageWishes<'a> {
    /// The packages of the lock before, which stay as they are.
    pub kept: &'a [Package],
    /// All packages of the lock before: an archive that cannot be reached must not bring back a version
    /// that is lower than theirs.
    pub before: &'a [Package],
    /// The mirrors, suite and keys from which packages that are not kept are taken.
    pub wishes: &'a Wishes,
}

/// The packages that a spec's key is made of, sorted by name and architecture, with every package
/// file got into the cache of downloads. Those that are `kept` keep their versions; of each other
/// one the highest version that the sources offer is taken.
///
/// The packages of GRUB go together, because their versions must match: unless all of them are
/// kept, none is.
///
/// # Errors
/// [`Error::Package`] and [`Error::NoFont`]. `warn` gets what the user has to know nevertheless.
pub fn lock_packages(
    spec: &Spec,
    asked: &PackageWishes<'_>,
    env: &Environment,
    progress: &mut dyn FnMut(&str),
    warn: &mut dyn FnMut(&str),
) -> Result<Vec<Package>, Error> {
    let chosen = choose(spec, asked, env, progress, warn)?;
    let (names, members) = (grub_names(spec), members(spec));
    let mut by = Getting { wishes: asked.wishes, env, store: env.store()?, client: None, progress };
    let mut locked = Vec::new();
    let mut lacks_font = true;
    for mut package in chosen {
        let wanted = members.get(&package.name);
        let may_have_font = FONT_PACKAGES.contains(&&*package.name);
        if may_have_font && !lacks_font && wanted.is_none() {
            continue;
        }
        let path = by.package(&package)?.path;
        let members = wanted.into_iter().flatten().map(|m| member(&path, m));
        package.members = members.collect::<Result<_, _>>()?;
        let mut is_used = wanted.is_some();
        if names.contains(&package.name) {
            let file = PackageFile::open(&path)?;
            if may_have_font {
                // Of the packages that may have the font, the first that has it is locked.
                let has_it = lacks_font && has_font(&file)?;
                lacks_font &= !has_it;
                is_used |= has_it;
            } else {
                is_used |= is_of_use(&file)?;
            }
        }
        if is_used {
            locked.push(package);
        }
    }
    if lacks_font {
        return Err(Error::NoFont { packages: FONT_PACKAGES.join(" nor ") });
    }
    let key = |p: &Package| (p.name.clone(), p.architecture.clone());
    locked.sort_by_key(key);
    Ok(locked)
}

/// The packages in question, those that may have the font in the order in which they are tried.
fn choose(
    spec: &Spec,
    asked: &PackageWishes<'_>,
    env: &Environment,
    progress: &mut dyn FnMut(&str),
    warn: &mut dyn FnMut(&str),
) -> Result<Vec<Package>, Error> {
    let platforms = platforms_of(spec);
    let is_font = |request: &Request| FONT_PACKAGES.contains(&&*request.package);
    let mut grub = grub_requests(&platforms, spec.key.secure_boot);
    grub.retain(|request| !is_font(request));
    grub.push(Request::package(MEMDISK_PACKAGE));
    let kept = |request: &Request| {
        let fits = |p: &&Package| {
            let asked = request.architecture.as_ref();
            p.name == request.package
                && (p.architecture == "all" || asked.is_none_or(|a| *a == p.architecture))
        };
        asked.kept.iter().find(fits).cloned()
    };
    let names = grub_names(spec);
    let of_grub: Option<Vec<Package>> = grub.iter().map(kept).collect();
    // There are several where the spec takes another file out of a second one.
    let fonts: Vec<Package> = FONT_PACKAGES.map(Request::package).iter().filter_map(kept).collect();
    let (mut chosen, mut fresh) = match of_grub.filter(|_| !fonts.is_empty()) {
        Some(mut all) => {
            all.extend(fonts);
            (all, Vec::new())
        }
        None => {
            grub.extend(FONT_PACKAGES.map(Request::package));
            (Vec::new(), grub)
        }
    };
    for name in members(spec).into_keys() {
        let request = Request::package(name);
        let is_chosen = |name: &str| {
            chosen.iter().any(|p| p.name == name) || fresh.iter().any(|r| r.package == name)
        };
        if is_chosen(&request.package) {
            continue;
        }
        match kept(&request).filter(|package| !names.contains(&package.name)) {
            Some(package) => chosen.push(package),
            None => fresh.push(request),
        }
    }
    if fresh.is_empty() {
        return Ok(chosen);
    }
    let client = MirrorClient::new(env)?;
    let by = Fetching { client: &client, now: env.now, progress };
    let sources = sources(asked.wishes, &env.root)?;
    let Resolved { packages, unreachable } = resolve(&fresh, &sources, &env.cache()?, by)?;
    if !unreachable.is_empty() {
        let unreachable = unreachable.join("; ");
        warn(&format!("the lock may lack updates: not reached was {unreachable}"));
    }
    for (request, found) in fresh.iter().zip(packages) {
        match found {
            // The suite lacks this package for the font; one of the other packages may have it.
            Err(ArchiveError::UnknownPackage { .. }) if is_font(request) => {}
            found => {
                let found = package(found.map_err(packages::Error::from)?);
                let is_lower = |old: &&Package| {
                    old.name == found.name
                        && old.architecture == found.architecture
                        && is_higher(&old.version, &found.version)
                };
                match asked.before.iter().find(is_lower).filter(|_| !unreachable.is_empty()) {
                    None => chosen.push(found),
                    Some(old) => {
                        return Err(Error::StepsBack {
                            package: found.name,
                            locked: old.version.clone(),
                            found: found.version,
                            unreachable: unreachable.join("; "),
                        });
                    }
                }
            }
        }
    }
    Ok(chosen)
}

fn package(pinned: Pinned) -> Package {
    let Pinned { package: name, version, architecture, suite, path, len: size, sha256 } = pinned;
    Package { name, version, architecture, suite, path, sha256, size, members: Vec::new() }
}

/// The files that a spec takes out of packages, by the packages' names.
fn members(spec: &Spec) -> BTreeMap<String, BTreeSet<String>> {
    let requests = packages_of_files(spec).into_iter();
    requests.map(|request| (request.package, request.members.into_iter().collect())).collect()
}

/// A file in a package, with its digest.
fn member(deb: &std::path::Path, path: &str) -> Result<Member, Error> {
    let mut out = DigestWriter::new(io::sink());
    let size = Deb::open(deb)?.copy_member(path, &mut out)?;
    Ok(Member { path: path.to_owned(), sha256: out.finish(), size })
}
