//! Lists of digests of several builds, joined.

use crate::disagreement::Disagreement;
use crate::error::Error;
use crate::sidecar::sums;
use crate::written_bytes::write_bytes;
use input_file::{SumsAlgorithm, SumsLine};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Joins lists of SHA-256 digests (`SHA256SUMS`) into one, sorted by name; what `out` has already is one
/// of them. Returns how many files it is about. While somebody else writes a list there, `waiting` is called
/// a few times a second, and can stop it.
///
/// # Errors
/// [`Error::SumsDisagree`] if two lists have different digests of one file, [`Error::NoSums`] for a
/// line that is none; `out` is as it was then.
pub fn merge_sums(
    out: &Path,
    lists: &[PathBuf],
    waiting: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<usize, Error> {
    let locks = image_write::lock_directories([out], waiting)?;
    let mut all: BTreeMap<Vec<u8>, (String, &Path)> = BTreeMap::new();
    let mut differing = Vec::new();
    let failed = |source| Error::Sidecar { path: out.to_owned(), source };
    let there = out.try_exists().map_err(failed)?.then_some(out);
    for list in there.into_iter().chain(lists.iter().map(PathBuf::as_path)) {
        // Only the one that is written must not be signed.
        let text = if list == out { sums::read(list)? } else { sums::read_only(list)? };
        for line in lines(list, &text)? {
            let (digest, first) =
                all.entry(line.name.clone()).or_insert((line.digest.clone(), list));
            if *digest != line.digest {
                differing.push(Disagreement {
                    name: String::from_utf8_lossy(&line.name).into_owned(),
                    digests: [digest.clone(), line.digest],
                    lists: [first.to_owned(), list.to_owned()],
                });
            }
        }
    }
    if let Some(first) = differing.first().cloned() {
        return Err(Error::SumsDisagree { first: Box::new(first), more: differing.len() - 1 });
    }
    let count = all.len();
    let digests = all.into_iter().map(|(name, (digest, _))| (name, digest)).collect();
    let (_, text) = sums::merge(&[], &digests);
    write_bytes(out, &text)?;
    drop(locks);
    Ok(count)
}

/// The lines of a list.
fn lines(path: &Path, text: &[u8]) -> Result<Vec<SumsLine>, Error> {
    let mut lines = Vec::new();
    for (line, number) in text.split(|b| *b == b'\n').zip(1..) {
        match SumsLine::read(line).filter(|line| line.algorithm == SumsAlgorithm::Sha256) {
            Some(line) => lines.push(line),
            None if line.trim_ascii().is_empty() || line.starts_with(b"#") => {}
            None => return Err(Error::NoSums { path: path.to_owned(), line: number }),
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn line(digit: char, name: &str) -> String {
        format!("{}  {name}\n", digit.to_string().repeat(64))
    }

    fn merge_at_once(out: &Path, lists: &[PathBuf]) -> Result<usize, Error> {
        merge_sums(out, lists, &mut || panic!("nobody else is there"))
    }

    #[test]
    fn lists_are_joined_sorted_and_may_overlap() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("1"), line('b', "z.img") + &line('a', "m.img")).unwrap();
        fs::write(at("2"), format!("# a list\n\n{}", line('c', "a.img") + &line('a', "m.img")))
            .unwrap();
        assert_eq!(merge_at_once(&at("all"), &[at("1"), at("2")]).unwrap(), 3);
        let all = line('c', "a.img") + &line('a', "m.img") + &line('b', "z.img");
        assert_eq!(fs::read_to_string(at("all")).unwrap(), all);
        // Again, and with one more: what is there is part of it.
        fs::write(at("3"), line('d', "q.img")).unwrap();
        assert_eq!(merge_at_once(&at("all"), &[at("3")]).unwrap(), 4);
        // A signature is in the way only where something is to be written.
        fs::write(at("3.asc"), "signed").unwrap();
        assert_eq!(merge_at_once(&at("all"), &[at("3")]).unwrap(), 4);
        let error = merge_at_once(&at("3"), &[at("1")]).unwrap_err();
        assert!(matches!(error, Error::SignedList { .. }), "{error}");
    }

    /// A link to itself is the simplest of what `stat` has an error for; a server that is away is another.
    #[test]
    fn a_list_that_cannot_be_looked_at_is_not_taken_for_none() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("1"), line('a', "m.img")).unwrap();
        std::os::unix::fs::symlink("all", at("all")).unwrap();
        let error = merge_at_once(&at("all"), &[at("1")]).unwrap_err();
        assert!(matches!(error, Error::Sidecar { .. }), "{error}");
        assert!(fs::symlink_metadata(at("all")).unwrap().is_symlink());
        let error = sums::read(&at("all")).unwrap_err();
        assert!(matches!(error, Error::Sidecar { .. }), "{error}");
        let page = crate::sidecar::SidecarKind::Page;
        assert!(matches!(page.refuse_others(&at("all")), Err(Error::Sidecar { .. })));
    }

    #[test]
    fn lists_that_disagree_leave_all_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("1"), line('a', "m.img")).unwrap();
        fs::write(at("2"), line('b', "m.img")).unwrap();
        let error = merge_at_once(&at("all"), &[at("1"), at("2")]).unwrap_err().to_string();
        for part in ["m.img", "aaaa", "bbbb", "/1`", "/2`"] {
            assert!(error.contains(part), "{error}");
        }
        assert!(!at("all").exists());
        fs::write(at("all"), line('c', "m.img")).unwrap();
        let error = merge_at_once(&at("all"), &[at("1")]).unwrap_err();
        assert!(matches!(error, Error::SumsDisagree { .. }));
        assert_eq!(fs::read_to_string(at("all")).unwrap(), line('c', "m.img"));
        fs::write(at("2"), "no list\n").unwrap();
        let error = merge_at_once(&at("new"), &[at("2")]).unwrap_err().to_string();
        assert!(error.contains("/2`, line 1"), "{error}");
        assert!(merge_at_once(&at("new"), &[at("none")]).unwrap_err().to_string().contains("none"));
    }
}
