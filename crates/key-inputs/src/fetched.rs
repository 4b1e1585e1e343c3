//! Fetched packages: putting them into the environment's cache, and finding their files there.

use crate::environment::Environment;
use crate::error::Error;
use crate::grub::KEEP;
use packages::{Fetched, Request};
use std::path::PathBuf;

/// Fetches packages into the cache; see [`packages::fetch`].
///
/// # Errors
/// [`Error::NoCache`]; [`Error::Package`] when apt fails or a package cannot be used.
pub fn fetch_packages(
    requests: &[Request],
    env: &Environment,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Fetched>, Error> {
    Ok(packages::fetch(requests, env.apt(), &env.cache()?, KEEP, progress)?)
}

/// The path in the cache of the file `member`, extracted from `package` when that was fetched.
///
/// # Errors
/// [`Error::NoCache`], and [`Error::Package`] with the command that fetches it.
pub fn cached_member(env: &Environment, package: &str, member: &str) -> Result<PathBuf, Error> {
    Ok(env.cache()?.member(package, member)?)
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
