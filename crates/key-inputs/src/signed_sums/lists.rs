//! Signed lists as they came, in the cache and verified.
//!
//! ```text
//! $XDG_CACHE_HOME/bootkey/sums/9f2c…     named by the addresses: the list, and its signature
//!   bootkey sums 1
//!   1234                                 bytes of the list, which follows
//! ```

use super::error::SumsError;
use super::keys::SumsKeys;
use crate::{Environment, Error};
use input_file::{cached, sha256_hex};
use key_spec::Sums;
use shown_text::shown;
use std::fs::{self, DirBuilder, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Longest list, in bytes; Debian's of a whole release have some dozen lines.
pub(super) const MAX_LIST: u64 = 16 << 20;
/// Longest signature, in bytes.
pub(super) const MAX_SIGNATURE: u64 = 64 << 10;

const HEAD: &[u8] = b"bootkey sums 1\n";

/// A list and its signature, neither of them verified.
#[derive(Debug)]
pub(super) struct SignedList {
    pub(super) list: Vec<u8>,
    /// Its signature, unless it is signed within itself.
    pub(super) signature: Option<Vec<u8>>,
}

/// A list that was verified.
#[derive(Debug, Clone)]
pub(super) struct Verified {
    /// What was signed.
    pub(super) text: Vec<u8>,
    /// Who signed it, for messages.
    pub(super) signer: String,
    /// The time when the list was signed, in seconds since 1970, if the signature says so.
    made: Option<u64>,
}

impl Verified {
    /// Whether this list was signed before `other`; not if either signature has no time.
    pub(super) fn is_older_than(&self, other: &Self) -> bool {
        self.made.zip(other.made).is_some_and(|(ours, theirs)| ours < theirs)
    }
}

impl SignedList {
    /// Verifies the list at the time `at`, in seconds since 1970.
    pub(super) fn verify(&self, keys: &SumsKeys, at: u64) -> Result<Verified, SumsError> {
        let not = |e: signatures::Error| SumsError::NotSigned {
            why: e.to_string(),
            detached: self.signature.is_some(),
        };
        match (keys, &self.signature) {
            (SumsKeys::OpenPgp(keys), Some(signature)) => {
                let signer = keys.verify_detached(&self.list, signature, at).map_err(not)?;
                Ok(Verified {
                    text: self.list.clone(),
                    signer: signer.certificate,
                    made: Some(signer.made),
                })
            }
            (SumsKeys::OpenPgp(keys), None) => {
                let found = keys.verify_cleartext(&self.list, at).map_err(not)?;
                Ok(Verified {
                    text: found.text.into_bytes(),
                    signer: found.signer.certificate,
                    made: Some(found.signer.made),
                })
            }
            (SumsKeys::Minisign(key), Some(signature)) => {
                let signature = String::from_utf8_lossy(signature);
                let comment = key.verify(&self.list, &signature).map_err(not)?;
                let signer = match comment.trim() {
                    "" => "the key of minisign".to_owned(),
                    comment => {
                        format!("the key of minisign, with the comment `{}`", shown(comment))
                    }
                };
                Ok(Verified { text: self.list.clone(), signer, made: time_of(&comment) })
            }
            (SumsKeys::Minisign(_), None) => Err(SumsError::MinisignWithin),
        }
    }

    /// The list that the cache keeps for these addresses. A damaged one counts as none; whether it
    /// is the publisher's, only its signature tells.
    pub(super) fn cached(sums: &Sums, env: &Environment) -> Result<Option<Self>, Error> {
        let path = path(sums, env)?;
        trust(&path, env)?;
        let Ok(Some((file, _))) = cached::open(&path) else { return Ok(None) };
        let mut bytes = Vec::new();
        let limit = MAX_LIST + MAX_SIGNATURE + 64;
        let read = file.take(limit).read_to_end(&mut bytes);
        read.map_err(|source| Error::Read { path, source })?;
        Ok(Self::parse(&bytes, sums.signature.is_some()))
    }

    fn parse(bytes: &[u8], detached: bool) -> Option<Self> {
        let rest = bytes.strip_prefix(HEAD)?;
        let end = rest.iter().position(|b| *b == b'\n')?;
        let len: usize = str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
        let (list, signature) = rest[end + 1..].split_at_checked(len)?;
        let signature = detached.then(|| signature.to_vec());
        Some(Self { list: list.to_vec(), signature })
    }

    /// Puts the list into the cache.
    pub(super) fn keep(&self, sums: &Sums, env: &Environment) -> Result<(), Error> {
        let path = path(sums, env)?;
        let dir = path.parent().unwrap_or(&path);
        let failed =
            |source| Error::Download(::downloads::Error::Write { path: path.clone(), source });
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed)?;
        let mut bytes = [HEAD, format!("{}\n", self.list.len()).as_bytes(), &self.list].concat();
        bytes.extend_from_slice(self.signature.as_deref().unwrap_or_default());
        // Nothing is written where others may put links.
        trust(&path, env)?;
        // The file gets its name only when it is complete, because other processes may read it
        // meanwhile.
        let part = path.with_extension(std::process::id().to_string());
        let write = || {
            // OK to ignore: mostly there is none, and whatever stays is an error of the next line.
            let _ = fs::remove_file(&part);
            File::create_new(&part)?.write_all(&bytes)?;
            cached::put(&part, &path)
        };
        write().map_err(failed)
    }
}

/// The time in a trusted comment, as minisign writes it unless it is given another text: in seconds
/// since 1970. The comment is signed as well.
fn time_of(comment: &str) -> Option<u64> {
    comment.split('\t').find_map(|field| field.strip_prefix("timestamp:")?.parse().ok())
}

/// Checks that nobody else may write to the directories of the cache that lead to `path`.
fn trust(path: &Path, env: &Environment) -> Result<(), Error> {
    let trusted = cached::trust(env.cache()?.dir(), path.parent().unwrap_or(path));
    trusted.map_err(|error| Error::Download(error.into()))
}

/// The path of the list of these addresses in the cache.
fn path(sums: &Sums, env: &Environment) -> Result<PathBuf, Error> {
    let signature = sums.signature.as_ref().map_or("", |url| url.as_str());
    let name = sha256_hex(format!("{}\n{signature}", sums.url).as_bytes());
    Ok(env.cache()?.dir().join("sums").join(name))
}

#[cfg(test)]
mod tests {
    use super::time_of;

    #[test]
    fn a_trusted_comment_says_when_it_was_made_if_minisign_wrote_it() {
        assert_eq!(time_of("timestamp:1633700835\tfile:test\tprehashed"), Some(1_633_700_835));
        for other in ["", "of timestamp:1", "timestamp:", "timestamp:-1", "timestamp:x\tfile:y"] {
            assert_eq!(time_of(other), None, "{other}");
        }
    }
}
