//! Signed lists of digests, as publishers have beside their files: they decide which file a download is.
//!
//! ```text
//! sums.url, sums.signature ─► lists     from the cache, or else from the publisher
//!          sums.key ────────► keys      a file, or one that is carried along
//!                              │
//!                         verified ─► digest   of the one file of that name
//! ```
//!
//! The cache of lists is not believed: a list that lies there is verified each time. Of a list nothing
//! is read before it was verified. [`pin`] puts what it says in place of the list, so that from then
//! on there are only files of which the SHA-256 is known.

mod digest;
mod error;
mod keys;
mod lists;

pub use error::SumsError;

use crate::needed_downloads::NeededDownload;
use crate::{Environment, Error};
use ::downloads::{Client, Url};
use digest::digest_of;
use key_spec::{Check, Sha256, Spec, Sums, WebAddress};
use keys::SumsKeys;
use lists::{SignedList, Verified};
use std::collections::BTreeMap;

/// The place that signed lists come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListsFrom {
    /// The cache alone.
    Cache,
    /// The cache, if it also has all the downloads that its list decides about; else the publisher.
    CacheOrPublisher,
    /// The publisher, who may have another list today.
    Publisher,
}

/// The spec with a digest for each download that a signed list decides about. `progress` gets a
/// line for each list that was fetched: its address, and who signed it.
///
/// # Errors
/// [`Error::Sums`] with the list that cannot be used; [`Error::NotDownloaded`] for one that is to come from
/// the cache and is not there; [`Error::Download`].
pub fn pin(
    spec: Spec,
    env: &Environment,
    from: ListsFrom,
    progress: &mut dyn FnMut(&str),
) -> Result<Spec, Error> {
    let mut seen: BTreeMap<Sums, Verified> = BTreeMap::new();
    let mut names: BTreeMap<Sums, Vec<String>> = BTreeMap::new();
    for download in spec.downloads() {
        let name = download.file_name().unwrap_or_default();
        if let Check::Sums(sums) = download.check {
            names.entry(sums).or_default().push(name);
        }
    }
    spec.pinned(|name, sums| {
        let of = |source| Error::Sums { url: sums.url.to_string(), source };
        if let Some(list) = seen.get(sums) {
            return digest_of(name, &list.text).map(Some).map_err(of);
        }
        let keys = SumsKeys::of(&sums.key).map_err(of)?;
        let cached = SignedList::cached(sums, env)?;
        let verified = cached.map(|list| list.verify(&keys, env.now));
        if let Some(list) = &verified {
            // A list is taken as a whole, the cached one or today's: never one digest from each.
            let good = match (from, list) {
                (ListsFrom::Cache, _) => true,
                (ListsFrom::CacheOrPublisher, Ok(list)) => {
                    has_all(list, names.get(sums).into_iter().flatten(), env)?
                }
                (ListsFrom::CacheOrPublisher, Err(_)) | (ListsFrom::Publisher, _) => false,
            };
            if good {
                let list = list.clone().map_err(of)?;
                let sha256 = digest_of(name, &list.text).map_err(of)?;
                seen.insert(sums.clone(), list);
                return Ok(Some(sha256));
            }
        }
        if from == ListsFrom::Cache {
            return Err(Error::NotDownloaded { urls: vec![sums.url.to_string()] });
        }
        let list = published(sums, env)?;
        let new = list.verify(&keys, env.now).map_err(of)?;
        if let Some(Ok(old)) = &verified
            && new.is_older_than(old)
        {
            return Err(of(SumsError::RolledBack));
        }
        let sha256 = digest_of(name, &new.text).map_err(of)?;
        list.keep(sums, env)?;
        progress(&format!("{}: signed by {}", sums.url, new.signer));
        seen.insert(sums.clone(), new);
        Ok(Some(sha256))
    })
}

/// Whether the cache has, for each of these names, the file with the digest that the list gives.
fn has_all<'a>(
    list: &Verified,
    names: impl Iterator<Item = &'a String>,
    env: &Environment,
) -> Result<bool, Error> {
    for name in names {
        match digest_of(name, &list.text) {
            Ok(sha256) if NeededDownload::is_there(&sha256, env)? => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// The list and its signature, as the publisher has them.
fn published(sums: &Sums, env: &Environment) -> Result<SignedList, Error> {
    let client = Client::new(env.network()?)?;
    let get = |url: &WebAddress, max_len| {
        let url: Url = url.as_str().parse().map_err(::downloads::Error::from)?;
        // OK to follow a redirect to plain HTTP: the list's signature is verified in any case.
        client.get(&url, ::downloads::Limits { max_len, may_leave_https: true })
    };
    let list = get(&sums.url, lists::MAX_LIST)?;
    let signature = sums.signature.as_ref().map(|url| get(url, lists::MAX_SIGNATURE));
    Ok(SignedList { list, signature: signature.transpose()? })
}

impl NeededDownload {
    /// Whether the file of that digest is in the cache.
    fn is_there(sha256: &Sha256, env: &Environment) -> Result<bool, Error> {
        Ok(env.store()?.get(&sha256.to_string())?.is_some())
    }
}
