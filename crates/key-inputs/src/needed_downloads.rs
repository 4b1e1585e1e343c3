//! Files that are downloaded: which of them are there, and getting the others.

use crate::payload::{Payload, open_payload};
use crate::two_at_a_time::two_at_a_time;
use crate::{Environment, Error};
use downloads::{Client, Event, Expect, Store, Stored, Url, download};
use key_spec::{Check, Download, Spec};
use std::collections::BTreeSet;
use std::path::Path;

/// Most bytes of a file that is downloaded: no ISO is as large.
const MAX_LEN: u64 = 1 << 40;

/// A file that a spec wants downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededDownload {
    /// The mirrors, in order.
    pub urls: Vec<String>,
    /// The SHA-256 in hex, by which the file is known.
    pub sha256: String,
    /// Most bytes that are taken: as many as a lock says, if there is one.
    pub max_len: u64,
}

impl NeededDownload {
    /// The file that a spec's download asks for; `None` as long as a signed list has yet to say its
    /// digest.
    fn of(download: &Download) -> Option<Self> {
        let Check::Sha256(sha256) = &download.check else { return None };
        let urls = download.urls.iter().map(|url| url.as_str().to_owned()).collect();
        Some(Self { urls, sha256: sha256.to_string(), max_len: MAX_LEN })
    }

    /// The first address, for messages.
    pub fn url(&self) -> &str {
        self.urls.first().map_or("", String::as_str)
    }
}

/// The files that a [pinned](crate::pin) spec wants downloaded, each once, in its order.
pub fn needed_downloads(spec: &Spec) -> Vec<NeededDownload> {
    let mut seen = BTreeSet::new();
    let wanted = spec.downloads();
    let wanted = wanted.iter().filter_map(NeededDownload::of);
    wanted.filter(|wanted| seen.insert(wanted.sha256.clone())).collect()
}

/// The files that a [pinned](crate::pin) spec wants downloaded and that are not in the cache, each once.
///
/// # Errors
/// [`Error::NoCache`]; [`Error::Download`] when the cache is not to be trusted.
pub fn missing_downloads(spec: &Spec, env: &Environment) -> Result<Vec<NeededDownload>, Error> {
    let wanted = needed_downloads(spec);
    let mut missing = Vec::new();
    if wanted.is_empty() {
        return Ok(missing);
    }
    let store = env.store()?;
    for wanted in wanted {
        if store.get(&wanted.sha256)?.is_none() {
            missing.push(wanted);
        }
    }
    Ok(missing)
}

/// Downloads files into the cache, two at a time. `progress` is told which of them an event is
/// about; other threads may call it.
///
/// # Errors
/// [`Error::Download`] for the first, in order, that cannot be had.
pub fn download_files(
    wanted: &[NeededDownload],
    env: &Environment,
    progress: &(dyn Fn(usize, &NeededDownload, Event<'_>) + Sync),
) -> Result<(), Error> {
    if wanted.is_empty() {
        return Ok(());
    }
    let (store, client) = (env.store()?, Client::new(env.network()?)?);
    two_at_a_time(wanted, |number, wanted| {
        let mirrors: Result<Vec<Url>, _> = wanted.urls.iter().map(|url| url.parse()).collect();
        let expect = Expect { sha256: wanted.sha256.clone(), max_len: wanted.max_len };
        let mut tell = |event: Event<'_>| progress(number, wanted, event);
        download(&client, &mirrors.map_err(downloads::Error::from)?, &expect, &store, &mut tell)?;
        Ok(())
    })?;
    Ok(())
}

/// The error that files are not there, with the command that gets them.
pub(crate) fn not_downloaded(wanted: &[NeededDownload]) -> Error {
    Error::NotDownloaded { urls: wanted.iter().map(|wanted| wanted.url().to_owned()).collect() }
}

/// A downloaded file in the cache, which had its digest when it was looked for.
#[derive(Debug)]
pub(crate) struct Downloaded {
    stored: Stored,
    /// The file's name in messages: its first address, because a path in the cache would tell a
    /// user nothing.
    pub(crate) shown: String,
    /// Its SHA-256, in hex.
    pub(crate) sha256: String,
}

impl Downloaded {
    /// Finds a download in the cache.
    pub(crate) fn find(download: &Download, env: &Environment) -> Result<Self, Error> {
        let unpinned = || Error::NotDownloaded { urls: list_of(download) };
        let wanted = NeededDownload::of(download).ok_or_else(unpinned)?;
        let stored = env.store()?.get(&wanted.sha256)?;
        let shown = wanted.url().to_owned();
        match stored {
            Some(stored) => Ok(Self { stored, shown, sha256: wanted.sha256 }),
            None => Err(not_downloaded(&[wanted])),
        }
    }

    /// The path in the cache.
    pub(crate) fn path(&self) -> &Path {
        &self.stored.path
    }

    /// Opens the very file that the cache has vouched for, so that its digest need not be computed
    /// again.
    pub(crate) fn open(&self) -> Result<Payload, Error> {
        let path = &self.stored.path;
        let payload = open_payload(path)?;
        let change = self.stored.stamp.compare(payload.stamp());
        change.map_err(|what| Error::Changed { path: path.clone(), what })?;
        Ok(payload)
    }
}

/// The address of the list that is to say which file a download is.
fn list_of(download: &Download) -> Vec<String> {
    match &download.check {
        Check::Sums(sums) => vec![sums.url.to_string()],
        Check::Sha256(_) => Vec::new(),
    }
}

impl Environment {
    /// The cache of downloaded files.
    ///
    /// # Errors
    /// As [`cache`](Self::cache).
    pub fn store(&self) -> Result<Store, Error> {
        Ok(Store::at(self.cache()?.dir().to_path_buf()))
    }
}
