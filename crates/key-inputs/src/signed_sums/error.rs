//! Errors: why a signed list does not say which file a download is.

use shown_text::shown;
use std::path::PathBuf;
use thiserror::Error;

/// The reason for which a signed list does not say which file a download is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the message says what each field is
pub enum SumsError {
    /// A file of keys cannot be used.
    #[error(
        "the key that it must be signed by cannot be used: {}: {why}; have `key` name a file with the \
         publisher's public key, of OpenPGP or of minisign",
        input_file::shown(path)
    )]
    Key { path: PathBuf, why: String },
    /// No key of that fingerprint is carried along.
    #[error(
        "no key with the fingerprint {fingerprint} is carried along, only {}; get the publisher's key, and \
         have `key` name its file",
        carried.join(", ")
    )]
    UnknownKey { fingerprint: String, carried: Vec<String> },
    /// A list that is signed with minisign has its signature in another file.
    #[error("minisign's signatures are files of their own; add `signature`, its address")]
    MinisignWithin,
    /// The list is not signed by that key.
    #[error("{why}; {}", next_of(why, *detached))]
    NotSigned { why: String, detached: bool },
    /// The list was signed before one that came earlier.
    #[error(
        "it was signed before the list that came from there earlier, which is in the cache: an old one \
         is sent in place of the new one; try again later, or name another mirror's list"
    )]
    RolledBack,
    /// The list has no such file.
    #[error(
        "it lists no file {}{}; have `url` end in the file's name in the list",
        shown(name),
        some_of(have)
    )]
    NotListed { name: String, have: Vec<String> },
    /// The list has the file with two digests.
    #[error(
        "it lists {} twice, with different digests; which one is right, its publisher knows: give that \
         as `sha256`, in place of `sums`",
        shown(name)
    )]
    ListedTwice { name: String },
    /// The list has no SHA-256 of the file.
    #[error(
        "it has only {} of {}{}; name the publisher's list of SHA-256",
        algorithms.join(" and "),
        shown(name),
        if *weak { ", for which others make files that have the same" } else { ", and files are known by their SHA-256 here" }
    )]
    OtherDigests { name: String, algorithms: Vec<&'static str>, weak: bool },
}

/// The next step where a signature does not count.
fn next_of(why: &str, detached: bool) -> &'static str {
    if why.contains("has expired") {
        "look whether its publisher has a newer key or list"
    } else if !detached && why.contains("no cleartext-signed document") {
        "if its signature is a file of its own, add `signature`, its address"
    } else {
        "look whether `url` and `signature` belong together, and whether `key` is the publisher's: \
         nothing that this list names is used until it is signed by that key"
    }
}

/// The first names of a list, for messages.
fn some_of(have: &[String]) -> String {
    match have {
        [] => ", nor any other".to_owned(),
        have => {
            let first: Vec<_> = have.iter().take(5).map(String::as_str).collect();
            let more = if have.len() > first.len() { ", …" } else { "" };
            format!(", but {}{more}", shown(&first.join(", ")))
        }
    }
}

impl SumsError {
    /// Whether it is the spec that has to be changed.
    pub(crate) fn is_of_the_spec(&self) -> bool {
        matches!(self, Self::Key { .. } | Self::UnknownKey { .. } | Self::MinisignWithin)
    }
}
