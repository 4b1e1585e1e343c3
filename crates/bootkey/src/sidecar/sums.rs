//! `SHA256SUMS`, as `sha256sum -c` reads it. The list belongs to its directory, not to a build:
//! lines about other files stay as they are.

use crate::error::Error;
use input_file::{SumsAlgorithm, SumsLine, open_regular};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

/// Longest list, in bytes. Those of whole archives have some MB.
const MAX: u64 = 64 << 20;

/// The first line of a list that is signed within itself.
const SIGNED: &[u8] = b"-----BEGIN PGP SIGNED MESSAGE-----";

/// The endings of files that sign a list beside them.
const SIGNATURES: [&str; 4] = ["asc", "gpg", "sig", "sign"];

/// The list that is there; empty if there is none.
///
/// # Errors
/// [`Error::SignedList`] when a signature would no longer hold if lines were added.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Sidecar { path: path.to_owned(), source };
    if !path.try_exists().map_err(failed)? {
        return Ok(Vec::new());
    }
    let bytes = read_only(path)?;
    // A link may lead to another directory's list, which is signed there.
    let real = path.canonicalize().map_err(failed)?;
    let mut is_signed = bytes.starts_with(SIGNED);
    for ending in SIGNATURES {
        let mut name = real.as_os_str().to_owned();
        name.push(format!(".{ending}"));
        is_signed |= Path::new(&name).try_exists().map_err(failed)?;
    }
    match is_signed {
        true => Err(Error::SignedList { path: path.to_owned() }),
        false => Ok(bytes),
    }
}

/// A list that is not going to be changed, so it may be signed.
///
/// # Errors
/// [`Error`] when it cannot be read, or is too long.
pub(crate) fn read_only(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Sidecar { path: path.to_owned(), source };
    let (file, _) = open_regular(path).map_err(|source| Error::SumsList { source })?;
    let mut bytes = Vec::new();
    file.take(MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX {
        return Err(Error::NotOurs { path: path.to_owned(), what: "a list of digests" });
    }
    Ok(bytes)
}

/// Puts the lines of `ours` into a list, each in place of the old one about the same file. Returns
/// the old list without the lines about these files, which stays true while they change (`None` if
/// it has no such line), and the new list.
pub(crate) fn merge(old: &[u8], ours: &BTreeMap<Vec<u8>, String>) -> (Option<Vec<u8>>, Vec<u8>) {
    let (mut others, mut new) = (Vec::new(), Vec::new());
    let (mut left, mut said) = (ours.clone(), false);
    for line in old.split_inclusive(|b| *b == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        match name(text).filter(|name| ours.contains_key(name)) {
            Some(name) => {
                said = true;
                if let Some(digest) = left.remove(&name) {
                    put(&mut new, &name, &digest);
                }
            }
            None => {
                for list in [&mut others, &mut new] {
                    list.extend_from_slice(text);
                    list.push(b'\n');
                }
            }
        }
    }
    left.iter().for_each(|(name, digest)| put(&mut new, name, digest));
    (said.then_some(others), new)
}

/// Adds a line. A name with a backslash or an end of line is written as `sha256sum` does.
fn put(list: &mut Vec<u8>, name: &[u8], digest: &str) {
    let mut escaped = Vec::new();
    for b in name {
        match b {
            b'\\' => escaped.extend(b"\\\\"),
            b'\n' => escaped.extend(b"\\n"),
            b'\r' => escaped.extend(b"\\r"),
            b => escaped.push(*b),
        }
    }
    let mark = if escaped == name { &b""[..] } else { b"\\" };
    list.extend([mark, digest.as_bytes(), b"  ", &escaped, b"\n"].concat());
}

/// Whether a list has a line about the file `name`.
pub(crate) fn speaks_of(list: &[u8], file: &[u8]) -> bool {
    list.split(|b| *b == b'\n').any(|line| name(line).is_some_and(|name| name == file))
}

/// The lines of a list that are about the file `name`.
pub(crate) fn about<'a>(list: &'a [u8], file: &'a [u8]) -> impl Iterator<Item = String> {
    let lines = list.split(|b| *b == b'\n');
    let ours = lines.filter(move |line| name(line).is_some_and(|name| name == file));
    ours.map(|line| String::from_utf8_lossy(line).into_owned())
}

/// The name of the file that a line is about, in any of the forms that `sha256sum -c` reads.
fn name(line: &[u8]) -> Option<Vec<u8>> {
    let line = SumsLine::read(line).filter(|line| line.algorithm == SumsAlgorithm::Sha256)?;
    Some(line.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(of: &[(&str, char)]) -> BTreeMap<Vec<u8>, String> {
        of.iter().map(|(name, c)| (name.as_bytes().to_vec(), c.to_string().repeat(64))).collect()
    }

    fn merged(old: &str, ours: &[(&str, char)]) -> (Option<String>, String) {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (meanwhile, list) = merge(old.as_bytes(), &sums(ours));
        (meanwhile.map(text), text(list))
    }

    /// In all forms that `sha256sum -c` takes.
    #[test]
    fn a_line_about_a_file_is_known_however_it_is_written() {
        let a = "a".repeat(64);
        for line in [
            format!("{a}  k.img"),
            format!("{a} *k.img"),
            format!("{a} k.img"),
            format!(" \t{a}  .//./k.img\r"),
            format!("SHA256 (k.img) = {a}"),
            format!("SHA256(./k.img)= {a}"),
        ] {
            assert!(speaks_of(format!("x\n{line}\n").as_bytes(), b"k.img"), "{line}");
            assert_eq!(merged(&line, &[("k.img", 'c')]).0.as_deref(), Some(""), "{line}");
        }
        assert!(!speaks_of(format!("{a}  k.img.bmap").as_bytes(), b"k.img"));
    }

    #[test]
    fn lines_of_others_stay_as_they_are() {
        let [a, b, c] = ['a', 'b', 'c'].map(|c| c.to_string().repeat(64));
        assert_eq!(merged("", &[("k.img", 'c')]), (None, format!("{c}  k.img\n")));
        let old = format!("# ours\r\n{a}  x.iso\n{b} *./k.img\nSHA256 (k.img) = {a}\n{a}  z");
        let (meanwhile, list) = merged(&old, &[("k.img", 'c'), ("k.img.bmap", 'b')]);
        assert_eq!(meanwhile.unwrap(), format!("# ours\r\n{a}  x.iso\n{a}  z\n"));
        assert_eq!(list, format!("# ours\r\n{a}  x.iso\n{c}  k.img\n{a}  z\n{b}  k.img.bmap\n"));
        assert_eq!(merged(&format!("{a}  other\n"), &[("k", 'b')]).0, None);
    }

    #[test]
    fn odd_names_are_known_again() {
        let ours = [("a\\b\nc", 'a'), (" d", 'b'), ("e)", 'c')];
        let (_, list) = merged("", &ours);
        assert_eq!(list.lines().count(), 3);
        assert_eq!(merged(&list, &ours), (Some(String::new()), list.clone()));
        // Neither of these is a line about a file.
        for line in ["", "x", &"a".repeat(64), &format!("{}  x", "g".repeat(64)), "SHA256 () = 1"] {
            assert_eq!(name(line.as_bytes()), None, "{line}");
        }
    }
}
