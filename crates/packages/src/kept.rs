//! Kept files: the files of a fetched package that every build reads. They are stored unpacked
//! beside the package, because unpacking takes longer than all the rest of building a small key.
//!
//! ```text
//! bootkey kept files 1
//! 5e0a…                                     SHA-256 of all that follows
//! grub-pc-bin                               the package's name, version and architecture
//! 2.06-13+deb12u2
//! amd64
//! 512 usr/lib/grub/i386-pc/boot.img         length in bytes, and name
//! 31744 usr/lib/grub/i386-pc/kernel.img
//!                                           an empty line, then the files' bytes in that order
//! ```
//!
//! The file is written when the package is fetched, and gets its name when it is complete. If its
//! digest does not match, it is ignored and the package is read.

use crate::archive::Members;
use core::fmt::Write as _;
use input_file::{cached, sha256_hex};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const HEAD: &str = "bootkey kept files 1\n";

/// Longest file of kept files, in bytes: more than all files of GRUB's packages together.
const MAX: u64 = 256 << 20;

/// The files that are kept of a package, and the package's name, version and architecture.
#[derive(Debug)]
pub struct Kept {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) architecture: String,
    /// The SHA-256 digest of the package file, in hex.
    pub(crate) sha256: String,
    /// The path of the package file.
    pub(crate) path: PathBuf,
    pub(crate) members: Members,
}

impl Kept {
    /// Reads the file at `path` that [`write()`] has written; `None` if it is not there or damaged.
    /// `deb` is the package file that it was written for, and `sha256` the digest of that.
    pub(crate) fn read(path: &Path, deb: &Path, sha256: &str) -> Option<Self> {
        let (file, metadata) = cached::open(path).ok()??;
        let len = usize::try_from(metadata.len().min(MAX)).ok()?;
        let mut bytes = Vec::with_capacity(len + 1);
        file.take(MAX).read_to_end(&mut bytes).ok()?;
        let (digest, all) = bytes.strip_prefix(HEAD.as_bytes())?.split_at_checked(65)?;
        if digest != format!("{}\n", sha256_hex(all)).as_bytes() {
            return None;
        }
        let end = all.windows(2).position(|w| w == b"\n\n")?;
        let (head, mut rest) = (std::str::from_utf8(&all[..end]).ok()?, &all[end + 2..]);
        let mut lines = head.lines();
        let [name, version, architecture] =
            [lines.next()?, lines.next()?, lines.next()?].map(str::to_owned);
        let mut members = Members::new();
        for line in lines {
            let (len, name) = line.split_once(' ')?;
            let (bytes, others) = rest.split_at_checked(len.parse().ok()?)?;
            members.insert(name.to_owned(), Arc::from(bytes));
            rest = others;
        }
        let (path, sha256) = (deb.to_path_buf(), sha256.to_owned());
        rest.is_empty().then_some(Self { name, version, architecture, sha256, path, members })
    }
}

/// Writes the file of kept files. `package` is the package's name, version and architecture.
/// Returns `false` and writes nothing if one of these or a member's name is not one line of text,
/// because the format has a line for each.
pub(crate) fn write(path: &Path, package: [&str; 3], members: &Members) -> io::Result<bool> {
    let mut all = String::new();
    for line in package {
        // OK to ignore, here and below: writing to a String does not fail.
        let _ = writeln!(all, "{line}");
    }
    for (name, bytes) in members {
        let _ = writeln!(all, "{} {name}", bytes.len());
    }
    if all.lines().count() != package.len() + members.len() || all.contains("\n\n") {
        return Ok(false);
    }
    let mut all = (all + "\n").into_bytes();
    members.values().for_each(|bytes| all.extend_from_slice(bytes));
    let mut file = File::create(path)?;
    writeln!(file, "{HEAD}{}", sha256_hex(&all))?;
    file.write_all(&all)?;
    file.sync_all()?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read_and_what_was_damaged_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kept");
        let members: Members = [("a/b c.mod", &b"one\n\n"[..]), ("a/d", b""), ("e", &[0xFF; 300])]
            .map(|(name, bytes)| (name.to_owned(), Arc::from(bytes)))
            .into();
        assert!(write(&path, ["p", "1-2", "all"], &members).unwrap());
        let read = || Kept::read(&path, Path::new("p.deb"), "digest");
        let kept = read().unwrap();
        assert_eq!(kept.members, members);
        let Kept { name, version, architecture, sha256, path: deb, .. } = kept;
        assert_eq!([name, version, architecture, sha256], ["p", "1-2", "all", "digest"]);
        assert_eq!(deb, Path::new("p.deb"));

        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            std::fs::write(&path, &damaged).unwrap();
            assert!(read().is_none(), "byte {at}");
            std::fs::write(&path, &whole[..at]).unwrap();
            assert!(read().is_none(), "cut off at {at}");
        }
        std::fs::remove_file(&path).unwrap();
        assert!(read().is_none());
    }

    #[test]
    fn names_of_two_lines_are_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kept");
        for name in ["a\nb", "a\n\nb", "\n"] {
            let members = Members::from([(name.to_owned(), Arc::from(&b"x"[..]))]);
            assert!(!write(&path, ["p", "1", "all"], &members).unwrap());
        }
        assert!(!write(&path, ["p", "", "all"], &Members::new()).unwrap());
        assert!(!path.exists());
    }
}
