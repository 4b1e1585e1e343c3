//! Resolving: which package file answers a request today.

use super::ArchiveError;
use super::candidates::{Candidate, Found, candidates};
use super::fetching::Fetching;
use super::pinned::Pinned;
use super::request::Request;
use super::sources::Source;
use crate::cache::Cache;
use crate::error::Error;

/// The package files that the sources offer at the moment.
#[derive(Debug)]
pub struct Resolved {
    /// The package file of each request, or the error that there is none.
    pub packages: Vec<Result<Pinned, ArchiveError>>,
    /// The sources that could not be reached: they may have higher versions.
    pub unreachable: Vec<String>,
}

/// Finds the package files of requests in the sources' signed lists: of each package the highest
/// version. Nothing in the cache changes but the lists there.
///
/// # Errors
/// As [`fetch`](super::fetch()), before anything is downloaded.
pub fn resolve(
    requests: &[Request],
    sources: &[Source],
    cache: &Cache,
    mut by: Fetching<'_>,
) -> Result<Resolved, Error> {
    requests.iter().try_for_each(Request::check)?;
    let writing = cache.write(&mut || by.say("waiting for another bootkey that is fetching"))?;
    let Found { packages, unreachable } = candidates(requests, sources, cache, &writing, &mut by)?;
    let pinned = |candidate: Candidate| {
        let (suite, listing) = (candidate.suite, candidate.listing);
        Pinned {
            package: listing.package,
            version: listing.version,
            architecture: listing.architecture,
            suite,
            path: listing.filename.trim_start_matches("./").to_owned(),
            len: listing.len,
            sha256: listing.sha256,
        }
    };
    let packages = packages.into_iter().map(|found| found.map(pinned)).collect();
    Ok(Resolved { packages, unreachable })
}
