//! Cached files: each with a record of its digest, and used only if it is what was recorded.
//!
//! ```text
//! memtest86+x64.iso        the file
//! memtest86+x64.iso.sum    SHA-256, and the stamp that the file had when it was put there:
//!                          device, inode, length, times; perhaps a second line, the boot (below)
//! ```
//!
//! While the stamp is that of the record, nobody has written to the file, and it is taken as it
//! is: an ISO of some GiB is not read twice for each key. If the stamp differs, as that of a cache
//! that was copied does, the file's digest decides. A file or record that belongs to somebody else
//! than us and root, or that others may write to, is as good as none.
//!
//! A file that is not waited for until the disk has it may be another one after a loss of power,
//! with the same stamp. The stamp in its record counts until the machine starts again, which the
//! boot's identity tells: from then on the digest decides, once.

use crate::boot::boot;
use crate::{FileStamp, OpenError, open_regular_nofollow, sha256_of, shown};
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Longest record that is read, in bytes.
const MAX_RECORD: u64 = 4096;
/// The bits of a mode that let others write.
const OTHERS_WRITE: u32 = 0o022;

/// A fault of a cache, because of which nothing in it is used. Whoever keeps the cache says what to do
/// about it.
#[derive(Debug, Error)]
#[allow(missing_docs)] // the message says what each field is
pub enum CacheError {
    /// A file could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A file or directory could not be read.
    #[error("{}: cannot be read: {source}", shown(path))]
    Read { path: PathBuf, source: io::Error },
    /// Something is not of the kind that is put there.
    #[error("{}: {why}", shown(path))]
    Untrusted { path: PathBuf, why: String },
    /// Other users may write to it.
    #[error("{}: other users may write to it (its mode is {mode:04o})", shown(path))]
    OpenToOthers { path: PathBuf, mode: u32 },
    /// A cache of another user's.
    #[error("{}: belongs to the user {owner}, and you are the user {us}", shown(path))]
    Foreign { path: PathBuf, owner: u32, us: u32 },
}

/// The state of a cached file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The file that was put there.
    Whole,
    /// No file, or one that nothing is known of.
    Missing,
    /// Another file than was put there.
    Damaged,
}

/// The care with which a cached file is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The digest is computed only if the stamp is not that of the record.
    AtStamp,
    /// The digest is computed.
    AtDigest,
}

/// The path of the record of the file at `path`.
pub fn record_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sum");
    name.into()
}

/// Gives a file that was written its final name in a cache. Its mode may let others write to it, as
/// that of a `umask` of 002 does; in the cache nobody else may, see [`open`].
///
/// # Errors
/// When either fails.
pub fn put(from: &Path, to: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(from)?;
    let mode = metadata.mode() & 0o7777;
    if metadata.is_file() && mode & OTHERS_WRITE != 0 {
        fs::set_permissions(from, fs::Permissions::from_mode(mode & !OTHERS_WRITE))?;
    }
    fs::rename(from, to)
}

/// The text of the record of the file at `path`, whose digest is `sha256`, and which is on the disk.
pub fn record(path: &Path, sha256: &str) -> io::Result<String> {
    let stamp = FileStamp::from(&fs::symlink_metadata(path)?);
    Ok(format!("{sha256} {}\n", stamp.to_line()))
}

/// The text of the record of a file that the disk need not have yet. Where nothing tells the boots of
/// the machine apart, the disk is waited for.
pub fn record_of_new(path: &Path, sha256: &str) -> io::Result<String> {
    let end = match boot() {
        Some(boot) => format!("{boot}\n"),
        None => {
            File::open(path)?.sync_all()?;
            String::new()
        }
    };
    Ok(record(path, sha256)? + &end)
}

/// The digest in the record of the file at `path`, if the record's stamp is not the file's.
///
/// # Errors
/// As [`state`].
pub fn outdated_record(path: &Path) -> Result<Option<String>, CacheError> {
    let Some((_, metadata)) = open(path)? else { return Ok(None) };
    let (sha256, stamp) = recorded(path)?;
    let same = stamp == Some(FileStamp::from(&metadata));
    Ok(sha256.filter(|_| !same))
}

/// The digest and the stamp in the record of the file at `path`, as far as there are any.
fn recorded(path: &Path) -> Result<(Option<String>, Option<FileStamp>), CacheError> {
    let mut text = String::new();
    let Some((record, _)) = open(&record_path(path))? else { return Ok((None, None)) };
    match record.take(MAX_RECORD).read_to_string(&mut text) {
        // A record that is no text is as good as none.
        Err(e) if e.kind() != io::ErrorKind::InvalidData => {
            return Err(CacheError::Read { path: record_path(path), source: e });
        }
        _ => {}
    }
    let mut lines = text.lines();
    let (sha256, stamp) = lines.next().and_then(|line| line.split_once(' ')).unwrap_or_default();
    let counts = lines.next().is_none_or(|of| boot().is_some_and(|now| now == of));
    let stamp = FileStamp::from_line(stamp).filter(|_| counts);
    Ok((Some(sha256.to_owned()).filter(|s| !s.is_empty()), stamp))
}

/// The state of the file at `path`. Its digest is `known`, or else the recorded one.
///
/// # Errors
/// [`CacheError::Open`] for a link, or what cannot be opened; [`CacheError::Read`].
pub fn state(path: &Path, known: Option<&str>, look: Look) -> Result<State, CacheError> {
    let Some((file, metadata)) = open(path)? else { return Ok(State::Missing) };
    let read = |source| CacheError::Read { path: path.to_path_buf(), source };
    let (recorded, stamp) = recorded(path)?;
    let Some(expected) = known.or(recorded.as_deref()) else {
        return Ok(State::Missing);
    };
    let same = stamp == Some(FileStamp::from(&metadata));
    if look == Look::AtStamp && recorded.as_deref() == Some(expected) && same {
        return Ok(State::Whole);
    }
    let found = sha256_of(file).map_err(read)?;
    Ok(if found == expected { State::Whole } else { State::Damaged })
}

/// Opens a file of a cache; `None` if it is not there, or not to be believed: if it is not ours or
/// root's, or others may write to it. Somebody could have put it there while the directory was open
/// to them, or still write to it.
///
/// # Errors
/// [`CacheError::Open`] for a link, or what cannot be opened; [`CacheError::Untrusted`] for what is
/// no file.
pub fn open(path: &Path) -> Result<Option<(File, Metadata)>, CacheError> {
    match open_regular_nofollow(path) {
        Ok((file, metadata)) => {
            let ours = only_ours(path, &metadata).is_ok();
            Ok(ours.then_some((file, metadata)))
        }
        Err(OpenError::Open { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(OpenError::NotRegular { path, kind }) => {
            Err(CacheError::Untrusted { path, why: format!("it is {kind}, not a file") })
        }
        Err(e) => Err(e.into()),
    }
}

/// Checks the directory `root` of a cache, and those below it on the way to `path`: that they are
/// directories and no links, and that nobody else may write to them.
///
/// # Errors
/// [`CacheError::Untrusted`], [`CacheError::OpenToOthers`] or [`CacheError::Foreign`]; [`CacheError::Read`] when one cannot be examined.
pub fn trust(root: &Path, path: &Path) -> Result<(), CacheError> {
    if examine(path, fs::symlink_metadata(path))?.is_none() {
        return Ok(()); // nothing is there that could be used
    }
    let Some(metadata) = examine(root, fs::metadata(root))? else { return Ok(()) };
    only_ours(root, &metadata)?;
    let mut at = root.to_path_buf();
    for part in path.strip_prefix(root).unwrap_or(Path::new("")) {
        at.push(part);
        let Some(metadata) = examine(&at, fs::symlink_metadata(&at))? else { return Ok(()) };
        if !metadata.is_dir() {
            let why = "it is a link or a file where the cache has a directory";
            return Err(CacheError::Untrusted { path: at, why: why.to_owned() });
        }
        only_ours(&at, &metadata)?;
    }
    Ok(())
}

fn examine(path: &Path, found: io::Result<Metadata>) -> Result<Option<Metadata>, CacheError> {
    match found {
        Ok(metadata) => Ok(Some(metadata)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(CacheError::Read { path: path.to_path_buf(), source }),
    }
}

fn only_ours(path: &Path, metadata: &Metadata) -> Result<(), CacheError> {
    let (owner, mode) = (metadata.uid(), metadata.mode() & 0o7777);
    let us = rustix::process::geteuid().as_raw();
    if owner != us && owner != 0 {
        let path = path.to_path_buf();
        return Err(CacheError::Foreign { path, owner, us });
    }
    match mode & OTHERS_WRITE {
        0 => Ok(()),
        _ => Err(CacheError::OpenToOthers { path: path.to_path_buf(), mode }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sha256_hex;

    /// A file in a cache, and its record.
    fn cached(dir: &Path) -> PathBuf {
        let path = dir.join("file");
        fs::write(&path, "x").unwrap();
        mode(&path, 0o644);
        fs::write(record_path(&path), record(&path, &sha256_hex(b"x")).unwrap()).unwrap();
        mode(&record_path(&path), 0o644);
        path
    }

    #[test]
    fn the_stamp_of_what_the_disk_need_not_have_counts_until_the_next_boot() {
        let dir = tempfile::tempdir().unwrap();
        let path = cached(dir.path());
        let put = |text: &str| {
            fs::write(record_path(&path), text).unwrap();
            mode(&record_path(&path), 0o644);
            let whole = state(&path, None, Look::AtStamp).unwrap();
            (whole, outdated_record(&path).unwrap().is_some())
        };
        let of_new = record_of_new(&path, &sha256_hex(b"x")).unwrap();
        assert_eq!(put(&of_new), (State::Whole, false));
        let Some(now) = boot() else { return }; // nothing tells boots apart here
        let of_before = of_new.replace(&now, "00000000-0000-0000-0000-000000000000");
        assert_ne!(of_before, of_new);
        assert_eq!(put(&of_before), (State::Whole, true));
        // Its digest decides: here of a file that the stamp does not know to be another one.
        let other = |text: &str| text.replace(&sha256_hex(b"x"), &sha256_hex(b"y"));
        assert_eq!(put(&other(&of_before)), (State::Damaged, true));
        assert_eq!(put(&other(&of_new)), (State::Whole, false));
    }

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_others_may_write_to_is_as_good_as_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = cached(dir.path());
        assert_eq!(state(&path, None, Look::AtDigest).unwrap(), State::Whole);
        for bad in [0o664, 0o646] {
            mode(&path, bad);
            assert_eq!(state(&path, None, Look::AtDigest).unwrap(), State::Missing);
            assert_eq!(outdated_record(&path).unwrap(), None);
            cached(dir.path());
            mode(&record_path(&path), bad);
            assert_eq!(state(&path, None, Look::AtStamp).unwrap(), State::Missing);
            // A digest that is known needs no record.
            let known = sha256_hex(b"x");
            assert_eq!(state(&path, Some(&known), Look::AtStamp).unwrap(), State::Whole);
        }
        // What is put there under a wide umask is ours alone.
        let new = dir.path().join("new");
        fs::write(&new, "x").unwrap();
        mode(&new, 0o666);
        put(&new, &path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o644);
    }

    #[test]
    fn what_belongs_to_somebody_else_is_as_good_as_none() {
        if !rustix::process::geteuid().is_root() {
            return; // nobody else can make a file of somebody else's
        }
        let dir = tempfile::tempdir().unwrap();
        let path = cached(dir.path());
        std::os::unix::fs::chown(record_path(&path), Some(65_534), None).unwrap();
        assert_eq!(state(&path, None, Look::AtStamp).unwrap(), State::Missing);
        cached(dir.path());
        std::os::unix::fs::chown(&path, Some(65_534), None).unwrap();
        assert_eq!(state(&path, Some(&sha256_hex(b"x")), Look::AtDigest).unwrap(), State::Missing);
    }
}
