//! The keys that lists are signed by: files of the user's, and those that are carried along.

use super::error::SumsError;
use input_file::open_regular;
use key_spec::SumsKey;
use signatures::{Keyring, minisign};
use std::io::Read as _;
use std::path::Path;

/// The keys by which Debian signs the lists of its ISOs, as the package debian-keyring 2022.12.24
/// has them.
const CARRIED: &str = include_str!("../../data/iso-signing-keys.asc");

/// Longest file of keys that is read, in bytes.
const MAX_FILE: u64 = 4 << 20;

/// The keys that a list may be signed by.
pub(super) enum SumsKeys {
    OpenPgp(Keyring),
    Minisign(minisign::PublicKey),
}

impl SumsKeys {
    /// The keys that a spec names.
    pub(super) fn of(key: &SumsKey) -> Result<Self, SumsError> {
        match key {
            SumsKey::File(path) => of_file(path),
            SumsKey::Fingerprint(fingerprint) => {
                let all = carried();
                let names = |keys: &Keyring| {
                    let each = keys.certificates().iter();
                    each.map(|c| c.fingerprint().to_owned()).collect::<Vec<_>>()
                };
                let known = names(&all);
                let keys = all.filter(|c| c.fingerprint() == fingerprint);
                if keys.certificates().is_empty() {
                    let fingerprint = fingerprint.clone();
                    return Err(SumsError::UnknownKey { fingerprint, carried: known });
                }
                Ok(Self::OpenPgp(keys))
            }
        }
    }
}

/// The keys that are carried along.
fn carried() -> Keyring {
    // A test reads them.
    Keyring::read(CARRIED.as_bytes()).unwrap_or_default()
}

/// The keys in a file: of minisign if that is what it holds, else of OpenPGP.
fn of_file(path: &Path) -> Result<SumsKeys, SumsError> {
    let fail = |why: String| SumsError::Key { path: path.to_path_buf(), why };
    let (file, _) = open_regular(path).map_err(|e| fail(e.to_string()))?;
    let mut bytes = Vec::new();
    let read = file.take(MAX_FILE + 1).read_to_end(&mut bytes);
    read.map_err(|e| fail(format!("cannot be read: {e}")))?;
    if let Some(key) =
        str::from_utf8(&bytes).ok().and_then(|text| minisign::PublicKey::read(text).ok())
    {
        return Ok(SumsKeys::Minisign(key));
    }
    Keyring::read(&bytes).map(SumsKeys::OpenPgp).map_err(|e| fail(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table in `docs/inputs.md` is made of the file of keys.
    #[test]
    fn the_docs_list_the_keys_that_are_carried() {
        let keys = carried();
        assert_eq!(keys.certificates().len(), 3);
        let mut table = String::from("| key | fingerprint |\n|---|---|\n");
        for key in keys.certificates() {
            assert!(!key.is_revoked() && key.expires().is_none());
            let name = key.user_ids()[0].split(" <").next().unwrap();
            table += &format!("| {name} | `{}` |\n", key.fingerprint());
        }
        let docs = include_str!("../../../../docs/inputs.md");
        assert!(docs.contains(&table), "docs/inputs.md does not have\n{table}");
    }
}
