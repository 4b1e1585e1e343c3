//! `bootkey cache`: the files that were downloaded.

use crate::cli::{Cache, Prune};
use crate::failure::Failure;
use crate::print::{json, print};
use crate::say::Say;
use bootkey::key_inputs::{self, CacheEntry, Environment, Error, ListsFrom};
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
        Self { sha256, bytes: *len, partial: *partial, days: days(entry) }
    }
}

fn list(as_json: bool) -> Result<(), Failure> {
    let entries = Environment::from_process()?.store()?.list().map_err(Error::from)?;
    if as_json {
        let files = entries.iter().map(File::of).collect();
        return print(&json(&List { schema: "bootkey.cache/1", files })?);
    }
    let line = |e: &CacheEntry| {
        let partial = if e.partial { " (only its beginning)" } else { "" };
        format!("{} {:>14} {:>4} days{partial}\n", e.sha256, e.len, days(e))
    };
    print(&entries.iter().map(line).collect::<String>())
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
    let old_enough = |e: &CacheEntry| prune.days.is_none_or(|least| days(e) >= least);
    let unwanted = |e: &CacheEntry| old_enough(e) && !wanted.contains(&e.sha256);
    let removed = environment.store()?.prune(unwanted).map_err(Error::from)?;
    let bytes: u64 = removed.iter().map(|e| e.len).sum();
    say.note(&format!("removed {} files, {} MiB", removed.len(), bytes >> 20));
    Ok(())
}

fn days(entry: &CacheEntry) -> u64 {
    let age = entry.since.and_then(|since| SystemTime::now().duration_since(since).ok());
    age.unwrap_or(Duration::ZERO).as_secs() / DAY
}
