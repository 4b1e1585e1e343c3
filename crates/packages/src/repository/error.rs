//! Errors of fetching from an archive.

use input_file::shown;
use shown_text::shown as text;
use std::path::PathBuf;
use thiserror::Error;

/// The error of fetching from an archive. Each names the URL, and the next step where there is one.
#[derive(Debug, Error)]
#[allow(missing_docs)] // the message says what each field is
pub enum ArchiveError {
    /// No source could be reached.
    #[error(
        "no mirror could be reached for {}: {}; is the network up, and the suite's name right? \
         `BOOTKEY_MIRROR=URL` in the environment names another mirror",
        packages.join(", "),
        text(tried)
    )]
    Unreachable { packages: Vec<String>, tried: String },
    /// Something that the archive lists could not be got.
    #[error(
        "{}: {}; try again, or name another mirror: `BOOTKEY_MIRROR=URL` in the environment",
        text(url),
        text(why)
    )]
    NotGot { url: String, why: String },
    /// What came could not be kept. No other mirror helps.
    #[error(
        "{}: what came cannot be written to the cache: {why}; next: see to that, or have \
             XDG_CACHE_HOME name another directory",
        text(url)
    )]
    NotKept { url: String, why: String },
    /// The signature does not count.
    #[error(
        "{}: {why}; nothing of it is used. If the archive has new keys, give them: `keyring` in \
         `[packages]`, or a newer debian-archive-keyring",
        text(url)
    )]
    Unsigned { url: String, why: signatures::Error },
    /// The list is of another suite.
    #[error(
        "{}: is the list of {}, not of {asked}; the mirror is broken, or somebody put it there: use another",
        text(url),
        text(found)
    )]
    WrongSuite { url: String, asked: String, found: String },
    /// The list must not be used any more.
    #[error(
        "{}: must not be used since {} days; the mirror is stale, or somebody keeps updates from you: \
         use another mirror, or set this machine's clock if that is wrong",
        text(url),
        days
    )]
    Expired { url: String, days: u64 },
    /// The list is older than one that was there before.
    #[error(
        "{}: is {} seconds older than the list that was fetched before; the mirror is stale, or \
         somebody keeps updates from you: try again, or use another mirror. If it is right, remove \
         {}",
        text(url),
        seconds,
        shown(seen)
    )]
    RolledBack { url: String, seconds: u64, seen: PathBuf },
    /// An index or a list is not what it should be.
    #[error("{}: {}; the archive is broken: use another mirror", text(url), text(why))]
    Malformed { url: String, why: String },
    /// The bytes are not those that the archive's signed list promises.
    #[error(
        "{}: is not what the archive's signed list says ({}); the mirror is broken or in the middle of \
         an update, or somebody changed it on the way: try again, or use another mirror",
        text(url),
        text(why)
    )]
    WrongBytes { url: String, why: String },
    /// An index unpacks to more than the signed list says.
    #[error(
        "{}: unpacks to more than the {limit} bytes that the archive's signed list says: a decompression bomb? Use another mirror",
        text(url)
    )]
    Bomb { url: String, limit: u64 },
    /// No source has a package of that name.
    #[error(
        "no package `{package}` for {architecture} in {}; is the name right, and does the suite have it?",
        text(sources)
    )]
    UnknownPackage { package: String, architecture: String, sources: String },
    /// Nobody has a package file any more.
    #[error(
        "{package} {version} is not to be had any more, of which the SHA-256 is {sha256}: {}; next: \
         `bootkey lock SPEC.toml --update {package}` takes the version that there is, which makes another key",
        text(tried)
    )]
    Gone { package: String, version: String, sha256: String, tried: String },
    /// A file of keys cannot be used.
    #[error("{}: {why}", shown(path))]
    Keyring { path: PathBuf, why: String },
    /// The text names no mirror.
    #[error(
        "`{}` is no URL of a mirror; write one such as http://ftp.debian.org/debian",
        text(mirror)
    )]
    BadMirror { mirror: String },
    /// The text names no suite.
    #[error("`{}` is no suite; write one such as trixie", text(suite))]
    BadSuite { suite: String },
}
