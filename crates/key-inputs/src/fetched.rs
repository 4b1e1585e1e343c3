//! Fetched packages: what the environment's cache has, and how it gets there.

use crate::environment::Environment;
use crate::error::Error;
use crate::grub::KEEP;
use packages::{Fetched, Request};
use std::path::PathBuf;

/// Fetches packages into the cache; see [`packages::fetch`].
///
/// # Errors
/// [`Error::NoCache`], and [`Error::Package`] for all that can go wrong with apt and packages.
pub fn fetch_packages(
    requests: &[Request],
    env: &Environment,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Fetched>, Error> {
    Ok(packages::fetch(requests, env.apt(), &env.cache()?, KEEP, progress)?)
}

/// The path of `member` of `package` as a plain file, which fetching has put there.
///
/// # Errors
/// [`Error::NoCache`], and [`Error::Package`] with the command that fetches it.
pub fn cached_member(env: &Environment, package: &str, member: &str) -> Result<PathBuf, Error> {
    Ok(env.cache()?.member(package, member)?)
}

/// Extracts members of a package that has been fetched, and says where each is. Needs no network.
///
/// # Errors
/// As [`cached_member`], and what can be wrong with the package.
pub fn extract_members(
    env: &Environment,
    package: &str,
    members: &[String],
) -> Result<Vec<PathBuf>, Error> {
    Ok(env.cache()?.extract(package, members)?)
}
