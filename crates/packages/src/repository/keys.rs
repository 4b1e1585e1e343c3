//! The keys that archives are signed by: Debian's own, which are carried along, and those of the
//! machine.

use super::ArchiveError;
use super::apt_sources::SignedBy;
use input_file::open_regular;
use signatures::{Keyring, KeyringError};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Debian's archive keys, as the package debian-archive-keyring 2025.1 has them.
const DEBIAN: &str = include_str!("../../data/debian-archive-keys.asc");

/// The files, below a machine's root, in which its own packages have Debian's archive keys, perhaps
/// newer ones.
const DEBIANS_ON_MACHINE: [&str; 2] = [
    "usr/share/keyrings/debian-archive-keyring.pgp",
    "usr/share/keyrings/debian-archive-keyring.gpg",
];

/// Longest file of keys that is read, in bytes.
const MAX_FILE: u64 = 4 << 20;

/// Debian's archive keys: those carried along, merged with those that the machine has. A revocation
/// or an earlier expiry in either counts.
///
/// # Errors
/// [`ArchiveError::Keyring`] when the machine's cannot be read.
pub(super) fn debians(root: &Path) -> Result<Keyring, ArchiveError> {
    let carried = carried();
    match DEBIANS_ON_MACHINE.map(|path| root.join(path)).into_iter().find(|path| path.is_file()) {
        Some(path) => Ok(carried.and(of_file(&path)?)),
        None => Ok(carried),
    }
}

/// The archive keys of another distribution, as its package of keys has put them onto the machine;
/// none if there is no such file, or it cannot be read.
pub(super) fn of_distribution(id: &str, root: &Path) -> Option<Keyring> {
    let dir = root.join("usr/share/keyrings");
    let names = ["-archive-keyring.pgp", "-archive-keyring.gpg", "-keyring.pgp", "-keyring.gpg"];
    names.iter().find_map(|name| of_file(&dir.join(format!("{id}{name}"))).ok())
}

/// Debian's archive keys that are carried along.
pub(super) fn carried() -> Keyring {
    // A test reads them.
    Keyring::read(DEBIAN.as_bytes()).unwrap_or_default()
}

/// The keys in a file.
///
/// # Errors
/// [`ArchiveError::Keyring`].
pub(super) fn of_file(path: &Path) -> Result<Keyring, ArchiveError> {
    let fail = |why: String| ArchiveError::Keyring { path: path.to_path_buf(), why };
    let (file, _) = open_regular(path).map_err(|e| fail(format!("cannot be read: {e}")))?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| fail(format!("cannot be read: {e}")))?;
    Keyring::read(&bytes).map_err(|e: KeyringError| fail(e.to_string()))
}

/// The keys that a source of the machine's apt may be signed by. `own` are those of its distribution,
/// which may be named by their fingerprints alone.
///
/// # Errors
/// [`ArchiveError::Keyring`] when a file that the source names cannot be read.
pub(super) fn of_source(
    signed_by: &SignedBy,
    root: &Path,
    own: Option<&Keyring>,
) -> Result<Keyring, ArchiveError> {
    match signed_by {
        SignedBy::Apt => Ok(of_apt(root)),
        SignedBy::Text(text) => Keyring::read(text.as_bytes()).map_err(|e| ArchiveError::Keyring {
            path: root.join("etc/apt"),
            why: format!("a source's Signed-By {e}"),
        }),
        SignedBy::Files { files, fingerprints } => {
            let mut keys = match files.is_empty() {
                true => of_apt(root).and(own.cloned().unwrap_or_default()),
                false => Keyring::default(),
            };
            for file in files {
                keys = keys.and(of_file(&below(root, file))?);
            }
            let named = |f: &str| fingerprints.iter().any(|named| named == f);
            Ok(keys.filter(|c| fingerprints.is_empty() || named(c.fingerprint())))
        }
    }
}

/// The keys that apt trusts for sources without keys of their own. What cannot be read is passed
/// over, as apt does.
fn of_apt(root: &Path) -> Keyring {
    let etc = root.join("etc/apt");
    let mut files = vec![etc.join("trusted.gpg")];
    if let Ok(entries) = fs::read_dir(etc.join("trusted.gpg.d")) {
        files.extend(entries.filter_map(|e| Some(e.ok()?.path())));
    }
    files.sort();
    let known = |f: &&PathBuf| f.extension().is_some_and(|e| e == "gpg" || e == "asc");
    files
        .iter()
        .filter(known)
        .filter_map(|f| of_file(f).ok())
        .fold(Keyring::default(), Keyring::and)
}

/// An absolute path, below the root.
fn below(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table in `docs/packages.md` is made of the file of keys.
    #[test]
    fn the_docs_list_the_keys_that_are_carried() {
        let mut table = String::from("| key | fingerprint | valid before |\n|---|---|---|\n");
        for key in carried().certificates() {
            assert!(!key.is_revoked());
            let name = key.user_ids()[0].split(" <").next().unwrap();
            let groups: Vec<_> = key.fingerprint().as_bytes().chunks(4).collect();
            let groups: Vec<_> = groups.iter().map(|g| str::from_utf8(g).unwrap()).collect();
            let date = day(key.expires().unwrap());
            table += &format!("| {name} | `{}` | {date} |\n", groups.join(" "));
        }
        let docs = include_str!("../../../../docs/packages.md");
        assert!(docs.contains(&table), "docs/packages.md does not have\n{table}");
        assert_eq!(carried().certificates().len(), 9);
    }

    /// The day, as a calendar writes it.
    fn day(seconds: u64) -> String {
        let (mut year, mut days) = (1970, seconds / 86_400);
        let leap = |y: u64| {
            u64::from((y.is_multiple_of(4) && !y.is_multiple_of(100)) || y.is_multiple_of(400))
        };
        while days >= 365 + leap(year) {
            days -= 365 + leap(year);
            year += 1;
        }
        let lens = [31, 28 + leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let mut month = 0;
        while days >= lens[month] {
            days -= lens[month];
            month += 1;
        }
        format!("{year}-{:02}-{:02}", month + 1, days + 1)
    }

    #[test]
    fn a_sources_keys_are_those_it_names() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let of =
            |signed_by: &SignedBy| of_source(signed_by, root, None).map(|k| k.certificates().len());
        assert_eq!(of(&SignedBy::Apt).unwrap(), 0);
        let parts = root.join("etc/apt/trusted.gpg.d");
        fs::create_dir_all(&parts).unwrap();
        fs::write(parts.join("debian.asc"), DEBIAN).unwrap();
        fs::write(parts.join("broken.gpg"), "x").unwrap();
        fs::write(parts.join("note.txt"), DEBIAN).unwrap();
        assert_eq!(of(&SignedBy::Apt).unwrap(), 9);
        let one = vec!["41587F7DB8C774BCCF131416762F67A0B2C39DE4".to_owned()];
        let files = |files: &[&str], fingerprints| SignedBy::Files {
            files: files.iter().map(PathBuf::from).collect(),
            fingerprints,
        };
        assert_eq!(of(&files(&[], one.clone())).unwrap(), 1);
        assert_eq!(of(&files(&["/etc/apt/trusted.gpg.d/note.txt"], one)).unwrap(), 1);
        assert_eq!(of(&SignedBy::Text(DEBIAN.into())).unwrap(), 9);
        let e = of(&files(&["/etc/apt/trusted.gpg.d/broken.gpg"], Vec::new())).unwrap_err();
        assert!(e.to_string().contains("broken.gpg: is no OpenPGP keyring"), "{e}");
        let e = of(&files(&["/no"], Vec::new())).unwrap_err();
        assert!(e.to_string().contains("cannot be read"), "{e}");

        assert_eq!(debians(root).unwrap().certificates().len(), 9);
        let machine = root.join(DEBIANS_ON_MACHINE[1]);
        fs::create_dir_all(machine.parent().unwrap()).unwrap();
        fs::write(&machine, DEBIAN).unwrap();
        assert_eq!(debians(root).unwrap().certificates().len(), 9, "the same ones");
        fs::write(&machine, "x").unwrap();
        assert!(debians(root).is_err());
    }
}
