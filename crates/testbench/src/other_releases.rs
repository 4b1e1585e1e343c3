//! Packages and sources of other releases of Debian, unpacked into the user's cache and never
//! installed.
//!
//! ```text
//! $XDG_CACHE_HOME/bootkey-testbench/
//! ├─ packages/trixie/…/   the files of packages that were asked for together
//! └─ sources/trixie/…/    a package's source, as its makers publish it
//! ```
//!
//! `cargo xtask isos --makers` fetches them; a test never does.

use std::path::PathBuf;

use crate::FixtureError;
use crate::debian::{Release, unpacked};

/// The directory with the files of a release's packages, which are fetched if they were not yet.
///
/// # Errors
/// When there is no apt, no mirror of Debian's among its sources, or a step of it fails.
pub fn fetched_packages(suite: &str, packages: &[&str]) -> Result<PathBuf, FixtureError> {
    let place = format!("packages/{suite}/{}", packages.join(","));
    cached_or(&place, || Release::open(suite)?.unpack(packages, &place))
}

/// The directory with a package's source, which is fetched if it was not yet.
///
/// # Errors
/// As [`fetched_packages`].
pub fn fetched_source(suite: &str, package: &str) -> Result<PathBuf, FixtureError> {
    let place = format!("sources/{suite}/{package}");
    cached_or(&place, || Release::open_sources(suite)?.unpack_source(package, &place))
}

fn cached_or(
    place: &str,
    fetch: impl FnOnce() -> Result<(), FixtureError>,
) -> Result<PathBuf, FixtureError> {
    if let Some(there) = unpacked(place) {
        return Ok(there);
    }
    fetch()?;
    unpacked(place).ok_or_else(|| FixtureError::Fetch {
        what: place.to_owned(),
        reason: "the cache lost it again".to_owned(),
    })
}
