//! `bootkey cache`: the files that were downloaded, and the packages.

use crate::cli::{Cache, Prune};
use crate::failure::Failure;
use crate::print::{json, print};
use crate::say::Say;
use bootkey::key_inputs::{self, CacheEntry, Environment, Error, ListedPackage, ListsFrom};
use bootkey::key_spec::{Check, Overrides};
use bootkey::{LockFile, lock, read_spec};
use serde::Serialize;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

const DAY: u64 = 24 * 60 * 60;

pub(crate) fn run(args: &Cache, say: &Say) -> Result<(), Failure> {
    match args {
        Cache::List { json } => list(*json),
        Cache::Prune(prune) => remove(prune, say),
    }
}

/// `cache list --json`. `schema` changes when a field changes its meaning.
#[derive(Serialize)]
struct List<'a> {
    schema: &'static str,
    files: Vec<File<'a>>,
    packages: Vec<Package<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    sha256: &'a str,
    bytes: u64,
    /// Whether only the beginning is there.
    partial: bool,
    days: u64,
}

impl<'a> File<'a> {
    fn of(entry: &'a CacheEntry) -> Self {
        let CacheEntry { sha256, len, partial, .. } = entry;
        Self { sha256, bytes: *len, partial: *partial, days: days(entry.since) }
    }
}

#[derive(Serialize)]
struct Package<'a> {
    package: &'a str,
    version: &'a str,
    /// The architecture, if it was asked for one.
    architecture: Option<&'a str>,
    sha256: &'a str,
    /// Bytes of it and of what was taken out of it.
    bytes: u64,
    days: u64,
}

impl<'a> Package<'a> {
    fn of(listed: &'a ListedPackage) -> Self {
        let ListedPackage { package, version, architecture, sha256, len, since } = listed;
        let (architecture, days) = (architecture.as_deref(), days(*since));
        Self { package, version, architecture, sha256, bytes: *len, days }
    }
}

fn list(as_json: bool) -> Result<(), Failure> {
    let environment = Environment::from_process()?;
    let entries = environment.store()?.list().map_err(Error::from)?;
    let packages = environment.cache()?.list().map_err(Error::from)?;
    if as_json {
        let files = entries.iter().map(File::of).collect();
        let packages = packages.iter().map(Package::of).collect();
        return print(&json(&List { schema: "bootkey.cache/1", files, packages })?);
    }
    let line = |e: &CacheEntry| {
        let partial = if e.partial { " (only its beginning)" } else { "" };
        format!("{} {:>14} {:>4} days{partial}\n", e.sha256, e.len, days(e.since))
    };
    let files: String = entries.iter().map(line).collect();
    let package = |p: &ListedPackage| {
        let on = p.architecture.as_ref().map_or_else(String::new, |a| format!(" ({a})"));
        let days = days(p.since);
        format!("{} {:>14} {days:>4} days  {} {}{on}\n", p.sha256, p.len, p.package, p.version)
    };
    print(&(files + &packages.iter().map(package).collect::<String>()))
}

fn remove(prune: &Prune, say: &Say) -> Result<(), Failure> {
    let environment = Environment::from_process()?;
    let mut wanted = BTreeSet::new();
    for path in &prune.keep {
        if LockFile::is_one(path) {
            wanted.extend(lock::digests(&LockFile::read(path)?)?);
            continue;
        }
        let (spec, base) = read_spec(path)?;
        let spec = spec.complete(&base, &[], &Overrides::default(), None);
        // Digests that a signed list decides are read from the list in the cache.
        let spec = key_inputs::pin(spec, &environment, ListsFrom::Cache, &mut |_| ())?;
        wanted.extend(spec.downloads().into_iter().filter_map(|file| match file.check {
            Check::Sha256(sha256) => Some(sha256.to_string()),
            Check::Sums(_) => None,
        }));
    }
    let old_enough = |e: &CacheEntry| prune.days.is_none_or(|least| days(e.since) >= least);
    let unwanted = |e: &CacheEntry| old_enough(e) && !wanted.contains(&e.sha256);
    let removed = environment.store()?.prune(unwanted).map_err(Error::from)?;
    let bytes: u64 = removed.iter().map(|e| e.len).sum();
    say.note(&format!("removed {} files, {} MiB", removed.len(), bytes >> 20));
    Ok(())
}

fn days(since: Option<SystemTime>) -> u64 {
    let age = since.and_then(|since| SystemTime::now().duration_since(since).ok());
    age.unwrap_or(Duration::ZERO).as_secs() / DAY
}
