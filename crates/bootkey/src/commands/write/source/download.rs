//! A key that lies on a server: it comes into the cache, and is the file that somebody vouches for,
//! before a byte of it is written.

use crate::cli::{DownloadedKey, Write};
use crate::download_progress::DownloadProgress;
use crate::failure::Failure;
use crate::say::Say;
use bootkey::key_inputs::{
    Environment, ListsFrom, download_files, missing_downloads, needed_downloads, pin,
};
use bootkey::key_spec::{Iso, IsoSource, Sha256, Spec, Sums, SumsKey, WebAddress};
use std::path::{Path, PathBuf};

/// Whether it is the address of a file, and no path.
pub(super) fn is_address(key: &Path) -> bool {
    key.to_str().is_some_and(|text| text.starts_with("https://") || text.starts_with("http://"))
}

/// The file in the cache that the key is, if it has an address.
pub(super) fn downloaded(args: &Write, say: &Say) -> Result<Option<PathBuf>, Failure> {
    let Some(text) = args.key.to_str().filter(|_| is_address(&args.key)) else { return Ok(None) };
    // A spec that wants this one file: what decides of a download, and where it lies, is the same.
    let spec = Spec { iso: vec![wanted(text, &args.download)?], ..Spec::default() };
    let environment = Environment::from_process()?;
    let lists = match args.spec.offline {
        true => ListsFrom::Cache,
        false => ListsFrom::CacheOrPublisher,
    };
    let spec = pin(spec, &environment, lists, &mut |line| say.note(line))?;
    let missing = missing_downloads(&spec, &environment)?;
    if args.spec.offline && !missing.is_empty() {
        let message = format!("{text} is not in the cache");
        return Err(Failure::Option { option: "--offline", message });
    }
    let downloads = DownloadProgress::new(args.progress, say);
    download_files(&missing, &environment, &downloads.listener())?;
    let store = environment.store()?;
    let needed = needed_downloads(&spec);
    let there = needed.first().map(|needed| store.get(&needed.sha256)).transpose();
    let there = there.map_err(bootkey::key_inputs::Error::from)?.flatten();
    Ok(there.map(|there| there.path))
}

/// The file that is wanted, with what decides whether it is that.
fn wanted(url: &str, by: &DownloadedKey) -> Result<Iso, Failure> {
    let wrong = |option, message: String| Failure::Option { option, message };
    let address = |option, text: &str| {
        WebAddress::try_from(text.to_owned()).map_err(|e| wrong(option, e.to_string()))
    };
    let sha256 = by.sha256.clone().map(Sha256::try_from).transpose();
    let sha256 = sha256.map_err(|e| wrong("--sha256", e))?;
    let sums = match (&by.sums, &by.sums_key) {
        (Some(url), Some(key)) => Some(Sums {
            url: address("--sums", url)?,
            signature: by
                .signature
                .as_deref()
                .map(|url| address("--signature", url))
                .transpose()?,
            key: key.parse::<SumsKey>().map_err(|e| wrong("--sums-key", e))?,
        }),
        _ => None,
    };
    if sha256.is_none() && sums.is_none() {
        let message = "whatever comes from an address would be written; say which file it must be: \
                       --sha256, or --sums with --sums-key";
        return Err(wrong("KEY", message.to_owned()));
    }
    let source = IsoSource::Download { urls: vec![address("KEY", url)?], sums };
    Ok(Iso { source, sha256, ..Iso::at("") })
}
