//! Fetched packages: putting them into the environment's cache, and finding their files there.

use crate::environment::Environment;
use crate::error::Error;
use crate::grub::{FONT_PACKAGES, KEEP, fetched_font};
use crate::mirror::MirrorClient;
use packages::repository::{Fetching, Wishes, sources};
use packages::{ArchiveError, CachedMember, Fetched, Request};
use std::path::PathBuf;

/// Fetches packages into the cache; see [`packages::repository::fetch`]. Where GRUB's font is wanted,
/// the packages that may have it are tried in turn: it has moved from one to another.
///
/// # Errors
/// [`Error::NoCache`]; [`Error::Package`] when fetching fails or a package cannot be used;
/// [`Error::NoFont`] when everything else is there.
pub fn fetch_packages(
    requests: &[Request],
    wishes: &Wishes,
    env: &Environment,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Fetched>, Error> {
    let cache = env.cache()?;
    let sources = sources(wishes, &env.root)?;
    let client = MirrorClient::new(env)?;
    let mut fetch = |requests: &[Request]| {
        let by = Fetching { client: &client, now: env.now, progress: &mut *progress };
        packages::repository::fetch(requests, &sources, &cache, KEEP, by)
    };
    let is_font = |request: &&Request| FONT_PACKAGES.contains(&&*request.package);
    let Some(font) = requests.iter().find(is_font) else { return Ok(fetch(requests)?) };
    let unknown = |e: &packages::Error, name: &str| match e {
        packages::Error::Archive(ArchiveError::UnknownPackage { package, .. }) => package == name,
        _ => false,
    };
    let mut fetched = match fetch(requests) {
        Err(e) if unknown(&e, &font.package) => {
            let others: Vec<_> = requests.iter().filter(|r| !is_font(r)).cloned().collect();
            fetch(&others)?
        }
        fetched => fetched?,
    };
    let has_font = |fetched: &[Fetched]| {
        let names: Vec<_> = fetched.iter().map(|f| &*f.package).collect();
        let of_font: Vec<_> = FONT_PACKAGES.into_iter().filter(|p| names.contains(p)).collect();
        Ok::<_, Error>(!fetched_font(&cache, &of_font)?.fonts.is_empty())
    };
    for other in FONT_PACKAGES.into_iter().filter(|other| *other != font.package) {
        if has_font(&fetched)? {
            break;
        }
        match fetch(&[Request::package(other)]) {
            Err(e) if unknown(&e, other) => {}
            more => fetched.extend(more?),
        }
    }
    match has_font(&fetched)? {
        true => Ok(fetched),
        false => Err(Error::NoFont { packages: FONT_PACKAGES.join(" nor ") }),
    }
}

/// The file `member` in the cache, extracted from `package` when that was fetched; if there is a lock,
/// the one that it names.
///
/// # Errors
/// [`Error::NoCache`], and [`Error::Package`] with the command that fetches it.
pub fn cached_member(
    env: &Environment,
    package: &str,
    member: &str,
) -> Result<CachedMember, Error> {
    match &env.locked {
        Some(locked) => locked.member(&env.store()?, package, member),
        None => Ok(env.cache()?.member(package, member)?),
    }
}

/// Extracts members of a package in the cache and returns their paths. Needs no network.
///
/// # Errors
/// Those of [`cached_member`]; [`Error::Package`] when the package cannot be read.
pub fn extract_members(
    env: &Environment,
    package: &str,
    members: &[String],
) -> Result<Vec<PathBuf>, Error> {
    Ok(env.cache()?.extract(package, members)?)
}
