//! Fetching packages from an archive into the cache.

use super::ArchiveError;
use super::candidates::{Candidate, Found, candidates};
use super::fetching::Fetching;
use super::get::{Get, GetError};
use super::index::Listing;
use super::request::Request;
use super::sources::Source;
use super::suite::check;
use crate::cache::{Cache, Keep, make_dir, write_error};
use crate::deb::Deb;
use crate::error::Error;
use input_file::{DigestWriter, shown};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// A package that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The package's name.
    pub package: String,
    /// The package's version.
    pub version: String,
    /// The package's architecture; `all` if it fits every one.
    pub architecture: String,
    /// SHA-256 of the package file, in hex.
    pub sha256: String,
    /// The package file in the cache.
    pub deb: PathBuf,
    /// The extracted members, in the order of the request.
    pub members: Vec<PathBuf>,
    /// The warning that a higher version, fetched before, was kept, because the sources that were
    /// reached have only a lower one and others could not be reached.
    pub warning: Option<String>,
}

/// Fetches packages into the cache, each replacing the version that was there, and extracts the
/// requested members and the files that are to be kept. Of a package that several sources have, the
/// highest version is taken. While a source cannot be reached, no package is replaced by a lower
/// version: whoever blocks the source of an update could otherwise bring back the faults that it
/// mends.
///
/// All packages are downloaded, verified and read to the end before the first is put in place.
///
/// # Errors
/// [`Error::Archive`]; [`Error::BadPackageName`] and [`Error::BadMemberName`] before anything is got;
/// [`Error::Write`]; those of [`Deb::open`] and [`Deb::copy_member`]. Unless extracting a member or
/// writing fails, the packages in the cache are then what they were.
pub fn fetch(
    requests: &[Request],
    sources: &[Source],
    cache: &Cache,
    keep: Keep,
    mut by: Fetching<'_>,
) -> Result<Vec<Fetched>, Error> {
    requests.iter().try_for_each(Request::check)?;
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    let writing = cache.write(&mut || by.say("waiting for another bootkey that is fetching"))?;
    let Found { packages, unreachable } = candidates(requests, sources, cache, &writing, &mut by)?;
    let mut candidates = Vec::new();
    for (request, listed) in requests.iter().zip(packages) {
        let listed = listed?;
        let higher = match unreachable.is_empty() {
            true => None,
            false => higher_in_cache(request, &listed.listing, &unreachable, cache)?,
        };
        candidates.push(higher.unwrap_or(listed));
    }
    let dir = writing.scratch.join("download");
    make_dir(&dir)?;
    let mut debs: BTreeMap<&str, Deb> = BTreeMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        if !debs.contains_key(&*candidate.listing.sha256) {
            let request = requests.get(index).and_then(|r| r.architecture.as_deref());
            let deb = match cached(candidate, request, cache)? {
                Some(path) => path,
                None => download(candidate, &dir.join(format!("{index}.deb")), &mut by)?,
            };
            debs.insert(&candidate.listing.sha256, whole(&deb, candidate)?);
        }
    }
    let mut fetched = Vec::new();
    for (request, candidate) in requests.iter().zip(&candidates) {
        let Some(deb) = debs.get(&*candidate.listing.sha256) else { continue };
        let cached = cache.install(&writing, deb, request.architecture.as_deref(), keep)?;
        if !candidate.suite.is_empty() {
            let path = candidate.listing.filename.trim_start_matches("./");
            cached.set_place(&writing, &candidate.suite, path)?;
        }
        let extract = |m: &String| {
            by.say(&format!("extracting {m} from {}", request.package));
            cached.extract(&writing, m)
        };
        let members = request.members.iter().map(extract).collect::<Result<_, _>>()?;
        let c = deb.control();
        fetched.push(Fetched {
            package: c.package.clone(),
            version: c.version.clone(),
            architecture: c.architecture.clone(),
            sha256: cached.sha256,
            deb: cached.deb,
            members,
            warning: candidate.warning.clone(),
        });
    }
    Ok(fetched)
}

/// The package in the cache as a candidate, with a warning, if it is whole and of a higher version
/// than the listed one.
fn higher_in_cache(
    request: &Request,
    listed: &Listing,
    unreachable: &[String],
    cache: &Cache,
) -> Result<Option<Candidate>, Error> {
    let there = cache.package(&request.package, request.architecture.as_deref())?;
    let Some(there) = there else { return Ok(None) };
    if !there.has_its_digest()? {
        return Ok(None);
    }
    let deb = Deb::open(&there.deb)?;
    let c = deb.control();
    let listing = Listing {
        package: c.package.clone(),
        version: c.version.clone(),
        architecture: c.architecture.clone(),
        filename: String::new(),
        len: 0,
        sha256: there.sha256,
    };
    if listing.by_version(listed).is_le() {
        return Ok(None);
    }
    let warning = format!(
        "{} {} stays, which was fetched before: the sources that were reached have no more than {}, \
         and not reached was {}. To have the lower version nevertheless, remove {} and fetch again",
        listing.package,
        listing.version,
        listed.version,
        unreachable.join("; "),
        shown(cache.dir()),
    );
    Ok(Some(Candidate {
        listing,
        suite: String::new(),
        urls: Vec::new(),
        is_second_choice: false,
        warning: Some(warning),
    }))
}

/// The package file in the cache, if it is the one that is wanted, and whole.
fn cached(
    candidate: &Candidate,
    architecture: Option<&str>,
    cache: &Cache,
) -> Result<Option<PathBuf>, Error> {
    let listing = &candidate.listing;
    let Some(there) = cache.package(&listing.package, architecture)? else { return Ok(None) };
    let whole = there.sha256 == listing.sha256 && there.has_its_digest()?;
    Ok(whole.then_some(there.deb))
}

/// Downloads a package file to `path`, from the first place that has it.
fn download(candidate: &Candidate, path: &Path, by: &mut Fetching<'_>) -> Result<PathBuf, Error> {
    let mut failed = None;
    for url in &candidate.urls {
        by.say(&format!("getting {url} ({} kB)", candidate.listing.len.div_ceil(1000)));
        let file = File::create(path).map_err(|e| write_error(path, e))?;
        match download_from(url, &candidate.listing, file, by.client) {
            Ok(()) => return Ok(path.to_path_buf()),
            Err(e @ ArchiveError::NotKept { .. }) => return Err(e.into()),
            Err(e) => failed = Some(e),
        }
    }
    let nowhere = || ArchiveError::NotGot { url: String::new(), why: "it is nowhere".to_owned() };
    Err(failed.unwrap_or_else(nowhere).into())
}

/// Downloads a package file, and checks its length and its digest.
fn download_from(
    url: &str,
    listing: &Listing,
    file: File,
    client: &dyn Get,
) -> Result<(), ArchiveError> {
    let mut out = DigestWriter::new(file);
    let got = client.get(url, listing.len, &mut out).map_err(|e| match e {
        GetError::NotKept(why) => ArchiveError::NotKept { url: url.into(), why },
        e => ArchiveError::NotGot { url: url.into(), why: e.to_string() },
    })?;
    check(url, got, &out.finish(), (listing.len, &listing.sha256))
}

/// Opens a package file, reads it to the end, and checks that it is the package that it was listed
/// as.
fn whole(path: &Path, candidate: &Candidate) -> Result<Deb, Error> {
    let deb = Deb::open(path)?;
    deb.members()?;
    let (listing, c) = (&candidate.listing, deb.control());
    let is = [&c.package, &c.version, &c.architecture];
    if is != [&listing.package, &listing.version, &listing.architecture] {
        let why = format!("it is {} {} {}", c.package, c.version, c.architecture);
        let url = candidate.urls.first().cloned().unwrap_or_default();
        return Err(ArchiveError::WrongBytes { url, why }.into());
    }
    Ok(deb)
}
