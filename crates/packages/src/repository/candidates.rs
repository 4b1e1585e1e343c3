//! Candidates: which package of the sources' lists is taken for each request.

use super::ArchiveError;
use super::fetching::Fetching;
use super::index::Listing;
use super::lists::Lists;
use super::request::Request;
use super::sources::Source;
use super::suite::{PassedOver, Suite};
use crate::cache::{Cache, Writing};
use crate::error::Error;
use std::collections::{BTreeMap, BTreeSet};

/// A package that a suite lists, with the addresses of its file.
#[derive(Clone)]
pub(super) struct Candidate {
    pub(super) listing: Listing,
    /// The suite, by its codename where it was asked for by a name that moves on.
    pub(super) suite: String,
    /// The addresses of the package file, in the order in which they are tried.
    pub(super) urls: Vec<String>,
    pub(super) is_second_choice: bool,
    pub(super) warning: Option<String>,
}

/// The answers of all sources to some requests.
pub(super) struct Found {
    /// For each request the candidate that is taken, or the error that there is none.
    pub(super) packages: Vec<Result<Candidate, ArchiveError>>,
    /// The sources that could not be reached, as messages say it.
    pub(super) unreachable: Vec<String>,
}

/// The candidate that is taken for each request. A suite that is a second choice (backports) counts
/// only if no other has the package; then the highest version counts.
pub(super) fn candidates(
    requests: &[Request],
    sources: &[Source],
    cache: &Cache,
    writing: &Writing,
    by: &mut Fetching<'_>,
) -> Result<Found, Error> {
    let mut lists = Lists::open(cache.dir(), writing)?;
    let mut found: BTreeMap<&str, Vec<Candidate>> = BTreeMap::new();
    let (mut unreachable, mut third_parties) = (Vec::new(), Vec::new());
    let mut asked = Vec::new();
    for source in sources {
        let suite = match Suite::open(source, by, &mut lists)? {
            Ok(suite) => suite,
            Err(PassedOver::Unreachable(why)) => {
                by.say(&format!("passed over: {why}"));
                unreachable.push(why);
                continue;
            }
            Err(PassedOver::ThirdParty(why)) => {
                by.say(&format!("passed over: {why}"));
                third_parties.push(why);
                continue;
            }
        };
        asked.push(suite.place());
        for architecture in requests.iter().map(Request::architecture).collect::<BTreeSet<_>>() {
            let of = requests.iter().filter(|r| r.architecture() == architecture);
            let names: BTreeSet<&str> = of.map(|r| &*r.package).collect();
            let listings = suite.packages(architecture, &names, by, &mut lists)?;
            let candidate = |listing: Listing| Candidate {
                urls: suite.urls(&listing.filename),
                listing,
                suite: suite.name().to_owned(),
                is_second_choice: suite.is_second_choice(),
                warning: None,
            };
            found.entry(architecture).or_default().extend(listings.into_iter().map(candidate));
        }
    }
    if asked.is_empty() {
        let packages = requests.iter().map(|r| r.package.clone()).collect();
        let tried = [unreachable, third_parties].concat().join("; ");
        return Err(ArchiveError::Unreachable { packages, tried }.into());
    }
    let mut taken = Vec::new();
    for request in requests {
        let architecture = request.architecture();
        let of = found.get(architecture).into_iter().flatten();
        let fits =
            |c: &&Candidate| c.listing.package == request.package && c.listing.fits(architecture);
        let best = of.filter(fits).max_by(|a, b| {
            // Of equal candidates the first is taken, from the source that is listed first
            // (`max_by` alone would take the last).
            let first_choice = b.is_second_choice.cmp(&a.is_second_choice);
            first_choice
                .then_with(|| a.listing.by_version(&b.listing))
                .then(core::cmp::Ordering::Greater)
        });
        taken.push(best.cloned().ok_or_else(|| {
            let (package, architecture) = (request.package.clone(), architecture.to_owned());
            let mut sources = asked.join(", ");
            if !unreachable.is_empty() {
                sources += &format!(" (not reached: {})", unreachable.join("; "));
            }
            ArchiveError::UnknownPackage { package, architecture, sources }
        }));
    }
    lists.close()?;
    Ok(Found { packages: taken, unreachable })
}
