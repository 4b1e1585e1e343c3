//! The cache: fetched packages, in a directory of the user's own.
//!
//! ```text
//! $XDG_CACHE_HOME/bootkey/  or  $HOME/.cache/bootkey/     as `key-inputs` says
//! ├─ packages/memtest86+/                     `shim-signed_arm64` where an architecture was asked for
//! │  ├─ current -> 9f2c…                      the one that is used; the link is replaced whole
//! │  └─ 9f2c…/                                SHA-256 of the package file
//! │     ├─ memtest86+_6.10-4_amd64.deb, …deb.sum     see `input_file::cached`
//! │     ├─ place                            the suite that listed it, and its path below a mirror
//! │     ├─ kept                             of GRUB's packages: what builds read, see `kept.rs`
//! │     └─ members/5e0a…/memtest86+x64.iso, ….sum    SHA-256 (half) of the member's path
//! ├─ lists/                                   archives' indexes, see `repository/lists.rs`
//! ├─ tmp/                                     only while somebody fetches
//! └─ lock                                     held while fetching
//! ```
//!
//! The cache has one version of each package: fetching replaces it, so that a build always uses the
//! one that was fetched last. A file or directory gets its final name only when it is complete.
//! What is there is not trusted for ever: a file that is not what was put there is an error, and
//! fetching puts it there again; and a cache that other users may write to is not used at all.

use crate::deb::{Deb, is_package_name};
use crate::error::Error;
use crate::kept::{self, Kept};
use crate::package::Package;
use input_file::cached::{Look, State, outdated_record, record, record_path, state, trust};
use input_file::{DigestWriter, OpenError, sha256_hex};
use rustix::fs::{FlockOperation, OFlags, flock};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// The command that fetches the packages a spec names, for messages.
const FETCH_SPEC: &str = "`bootkey fetch` of the spec";

/// Longest record of a package's place, in bytes.
const MAX_PLACE: u64 = 4096;

/// The cache of fetched packages, in a directory that need not exist yet.
#[derive(Debug, Clone)]
pub struct Cache {
    dir: PathBuf,
}

/// The files of a fetched package that every build reads, and that are therefore kept unpacked.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// Whether a file of that name is kept.
    pub wanted: fn(&str) -> bool,
    /// Most bytes that are kept of one package.
    pub limit: u64,
}

/// A package in the cache.
#[derive(Debug, Clone)]
pub struct CachedPackage {
    pub(crate) sha256: String,
    pub(crate) deb: PathBuf,
    dir: PathBuf,
    /// The directory of the cache.
    root: PathBuf,
}

/// A file of a fetched package, in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedMember {
    /// The path of the file.
    pub path: PathBuf,
    /// The version of the package.
    pub version: String,
}

/// The right to write into the cache; others wait until it is dropped.
#[derive(Debug)]
pub(crate) struct Writing {
    /// The scratch directory, empty at first and removed at the end. If the process is killed, the
    /// next one empties it.
    pub scratch: PathBuf,
    _lock: File,
}

impl Writing {
    /// Writes the record of the file at `path` anew if the stamp in it is another: the cache was
    /// copied, and each build would compute the digest.
    fn renew_record(&self, path: &Path) -> Result<(), Error> {
        match outdated_record(path)? {
            Some(sha256) => self.record(path, &sha256),
            None => Ok(()),
        }
    }

    /// Writes the record of the file at `path`, whose digest is `sha256`.
    fn record(&self, path: &Path, sha256: &str) -> Result<(), Error> {
        let part = self.scratch.join("record");
        let text = record(path, sha256).map_err(|e| write_error(path, e))?;
        fs::write(&part, text).map_err(|e| write_error(&part, e))?;
        sync(&part)?;
        rename(&part, &record_path(path))
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // OK to ignore: the next process that writes empties the directory.
        let _ = fs::remove_dir_all(&self.scratch);
    }
}

impl Cache {
    /// The cache in that directory.
    pub fn at(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// The cache's directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Creates the cache, waits for others who write into it, and empties the scratch directory.
    pub(crate) fn write(&self, waiting: &mut dyn FnMut()) -> Result<Writing, Error> {
        make_dir(&self.dir)?;
        trust(&self.dir, &self.dir.join("packages"))?;
        let path = self.dir.join("lock");
        // A symbolic link is not followed: through it, opening could create a file elsewhere. Nor
        // may a FIFO make this wait.
        let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or(0);
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(flags)
            .open(&path);
        let lock = lock.map_err(|e| write_error(&path, e))?;
        if !lock.metadata().is_ok_and(|m| m.is_file()) {
            return Err(write_error(&path, io::Error::other("it is no file; remove it")));
        }
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            waiting();
            flock(&lock, FlockOperation::LockExclusive).map_err(|e| write_error(&path, e))?;
        }
        let scratch = self.dir.join("tmp");
        match fs::remove_dir_all(&scratch) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(write_error(&scratch, e)),
            _ => make_dir(&scratch)?,
        }
        Ok(Writing { scratch, _lock: lock })
    }

    /// The directory of a package. No package name has an underscore, so an architecture behind one
    /// is not taken for a part of the name.
    fn packages(&self, name: &str, architecture: Option<&str>) -> PathBuf {
        let name = match architecture {
            Some(architecture) => format!("{name}_{architecture}"),
            None => name.to_owned(),
        };
        self.dir.join("packages").join(name)
    }

    /// The package of that name, if it was fetched (for that architecture, if one was asked for).
    ///
    /// # Errors
    /// [`Error::BadPackageName`]; [`Error::Open`] when the cache cannot be read.
    pub fn package(
        &self,
        name: &str,
        architecture: Option<&str>,
    ) -> Result<Option<CachedPackage>, Error> {
        if !is_package_name(name) {
            return Err(Error::BadPackageName { name: name.into() });
        }
        let packages = self.packages(name, architecture);
        trust(&self.dir, &packages)?;
        let current = packages.join("current");
        let link = match fs::read_link(&current) {
            Ok(link) => link,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(OpenError::Open { path: current, source }.into()),
        };
        let is_hex = |s: &&str| s.len() == 64 && s.bytes().all(|b| b.is_ascii_hexdigit());
        let Some(sha256) = link.to_str().filter(is_hex) else { return Ok(None) };
        let dir = packages.join(sha256);
        trust(&self.dir, &dir)?;
        let mut debs = Vec::new();
        let read = |source| Error::Read { path: dir.clone(), source };
        match fs::read_dir(&dir) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(read(e)),
            Ok(entries) => {
                for entry in entries {
                    let path = entry.map_err(read)?.path();
                    debs.extend(Some(path).filter(|p| p.extension().is_some_and(|x| x == "deb")));
                }
            }
        }
        debs.sort();
        let (root, sha256) = (self.dir.clone(), sha256.to_owned());
        Ok(debs.into_iter().next().map(|deb| CachedPackage { sha256, deb, dir, root }))
    }

    /// The suite that has listed the package in the cache with that name and version, for whatever
    /// architecture, and the path of its file below a mirror.
    pub fn place(&self, name: &str, version: &str) -> Option<(String, String)> {
        let architectures = [None, Some("amd64"), Some("arm64")];
        let found = architectures.into_iter().filter_map(|a| self.package(name, a).ok()?);
        found.filter(|package| package.version() == version).find_map(|package| package.place())
    }

    /// Moves a package file that lies in the scratch directory into the cache, and makes it the
    /// one that is used.
    pub(crate) fn install(
        &self,
        writing: &Writing,
        deb: &Deb,
        asked_for: Option<&str>,
        keep: Keep,
    ) -> Result<CachedPackage, Error> {
        let c = deb.control();
        let sha256 = deb.sha256()?;
        let packages = self.packages(&c.package, asked_for);
        let dir = packages.join(&sha256);
        trust(&self.dir, &dir)?;
        make_dir(&dir)?;
        // All three are safe in a file name: `Control::parse` refuses others. Not all file systems
        // allow the colon of a version; apt writes it as %3a too.
        let version = c.version.replace(':', "%3a");
        let file = format!("{}_{version}_{}.deb", c.package, c.architecture);
        let to = dir.join(&file);
        // The file's digest is computed, and its stamp alone not believed: fetching is what mends a
        // cache.
        if state(&to, Some(&sha256), Look::AtDigest)? != State::Whole {
            let new = writing.scratch.join("new");
            fs::copy(deb.path(), &new).map_err(|e| write_error(&new, e))?;
            sync(&new)?;
            rename(&new, &to)?;
        }
        writing.record(&to, &sha256)?;
        let cached = CachedPackage { sha256, deb: to, dir, root: self.dir.clone() };
        cached.keep(writing, deb, keep)?;
        let sha256 = cached.sha256.as_str();
        let link = writing.scratch.join("current");
        std::os::unix::fs::symlink(sha256, &link).map_err(|e| write_error(&link, e))?;
        rename(&link, &packages.join("current"))?;
        remove_others(&packages, sha256)?;
        Ok(cached)
    }

    /// The file `member`, extracted from `package` when that was fetched.
    ///
    /// # Errors
    /// [`Error::NotFetched`] and [`Error::MemberNotFetched`], with the command that fetches;
    /// [`Error::BadPackageName`] and [`Error::BadMemberName`].
    pub fn member(&self, package: &str, member: &str) -> Result<CachedMember, Error> {
        let cached = self.fetched(package)?;
        let path = cached.member(member)?.ok_or_else(|| Error::MemberNotFetched {
            package: package.into(),
            member: member.into(),
            next: FETCH_SPEC.to_owned(),
        })?;
        Ok(CachedMember { path, version: cached.version() })
    }

    /// Extracts members of a package in the cache and returns their paths. Needs no network.
    ///
    /// # Errors
    /// As [`Self::member`], those of [`Deb::copy_member`], and [`Error::Write`].
    pub fn extract(&self, package: &str, members: &[String]) -> Result<Vec<PathBuf>, Error> {
        let cached = self.fetched(package)?;
        let writing = self.write(&mut || ())?;
        members.iter().map(|m| cached.extract(&writing, m)).collect()
    }

    fn fetched(&self, package: &str) -> Result<CachedPackage, Error> {
        let not_fetched =
            || Error::NotFetched { package: package.into(), next: FETCH_SPEC.to_owned() };
        self.package(package, None)?.ok_or_else(not_fetched)
    }
}

impl CachedPackage {
    /// The version, which [`Cache::install`] has written into the name of the package file.
    pub(crate) fn version(&self) -> String {
        let name = self.deb.file_name().unwrap_or_default().to_string_lossy();
        name.split('_').nth(1).unwrap_or_default().replace("%3a", ":")
    }

    fn kept_path(&self) -> PathBuf {
        self.dir.join("kept")
    }

    /// Opens the package for its kept files: from the file of kept files if that is whole, else
    /// from the package file.
    ///
    /// # Errors
    /// As [`Package::open`].
    pub fn open(&self) -> Result<Package, Error> {
        match self.kept() {
            Some(kept) => Ok(Package::Kept(kept)),
            None => {
                self.check_deb()?;
                Package::open(&self.deb)
            }
        }
    }

    /// Whether the package file is the one that was fetched, by its digest and not by its stamp.
    pub(crate) fn has_its_digest(&self) -> Result<bool, Error> {
        Ok(state(&self.deb, Some(&self.sha256), Look::AtDigest)? == State::Whole)
    }

    /// Checks that the package file is the one that was fetched.
    fn check_deb(&self) -> Result<(), Error> {
        match state(&self.deb, Some(&self.sha256), Look::AtStamp)? {
            State::Whole => Ok(()),
            State::Missing | State::Damaged => Err(Error::DamagedCache { path: self.deb.clone() }),
        }
    }

    /// Records the suite that has listed the package, and the path of its file below a mirror.
    pub(crate) fn set_place(
        &self,
        writing: &Writing,
        suite: &str,
        path: &str,
    ) -> Result<(), Error> {
        let part = writing.scratch.join("place");
        fs::write(&part, format!("{suite} {path}\n")).map_err(|e| write_error(&part, e))?;
        rename(&part, &self.dir.join("place"))
    }

    /// The suite that has listed the package, and the path of its file below a mirror; `None` if it
    /// was fetched by a version of bootkey that did not record it.
    fn place(&self) -> Option<(String, String)> {
        let (file, _) = input_file::cached::open(&self.dir.join("place")).ok()??;
        let mut text = String::new();
        file.take(MAX_PLACE).read_to_string(&mut text).ok()?;
        let (suite, path) = text.strip_suffix('\n')?.split_once(' ')?;
        Some((suite.to_owned(), path.to_owned()))
    }

    /// The kept files, unless there are none or they are damaged.
    fn kept(&self) -> Option<Kept> {
        Kept::read(&self.kept_path(), &self.deb, &self.sha256)
    }

    /// Writes the file of kept files, unless it is there and whole, or the package has no file to
    /// keep.
    fn keep(&self, writing: &Writing, deb: &Deb, keep: Keep) -> Result<(), Error> {
        // The file is written even if there is one: an earlier version may have kept fewer files.
        let members = deb.read_members(keep.limit, keep.wanted)?;
        let part = writing.scratch.join("kept");
        let c = deb.control();
        let says = [&*c.package, &*c.version, &*c.architecture];
        if members.is_empty()
            || !kept::write(&part, says, &members).map_err(|e| write_error(&part, e))?
        {
            return Ok(());
        }
        rename(&part, &self.kept_path())
    }

    /// The path at which a member is, or would be, extracted.
    fn member_path(&self, member: &str) -> Result<PathBuf, Error> {
        let base = check_member_name(member)?;
        let key: String = sha256_hex(member.as_bytes()).chars().take(32).collect();
        Ok(self.dir.join("members").join(key).join(base))
    }

    /// The path of a member, if it was extracted and is what it was then.
    pub(crate) fn member(&self, member: &str) -> Result<Option<PathBuf>, Error> {
        let path = self.member_path(member)?;
        match self.member_state(&path, Look::AtStamp)? {
            State::Whole => Ok(Some(path)),
            State::Missing => Ok(None),
            State::Damaged => Err(Error::DamagedCache { path }),
        }
    }

    fn member_state(&self, path: &Path, look: Look) -> Result<State, Error> {
        trust(&self.root, path.parent().unwrap_or(path))?;
        Ok(state(path, None, look)?)
    }

    /// Extracts a member, unless it was extracted before and is whole, and returns its path.
    pub(crate) fn extract(&self, writing: &Writing, member: &str) -> Result<PathBuf, Error> {
        let to = self.member_path(member)?;
        if self.member_state(&to, Look::AtDigest)? == State::Whole {
            writing.renew_record(&to)?;
            return Ok(to);
        }
        self.check_deb()?;
        let part = writing.scratch.join("member");
        let file = File::create(&part).map_err(|e| write_error(&part, e))?;
        let mut file = DigestWriter::new(file);
        Deb::open(&self.deb)?.copy_member(member, &mut file).map_err(|e| match e {
            Error::Write { source, .. } => write_error(&part, source),
            other => other,
        })?;
        let sha256 = file.finish();
        sync(&part)?;
        if let Some(parent) = to.parent() {
            make_dir(parent)?;
        }
        rename(&part, &to)?;
        writing.record(&to, &sha256)?;
        Ok(to)
    }
}

/// Checks that a name can be a member's, and returns its last component.
pub(crate) fn check_member_name(member: &str) -> Result<&str, Error> {
    let part_ok = |p: &str| {
        !matches!(p, "" | "." | "..") && p.len() <= 255 && !p.chars().any(char::is_control)
    };
    let base = member.rsplit('/').next().filter(|_| member.split('/').all(part_ok));
    base.ok_or_else(|| Error::BadMemberName { name: member.into() })
}

/// Creates a directory and those above it, for the user alone, as XDG wants it.
pub(crate) fn make_dir(path: &Path) -> Result<(), Error> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|e| write_error(path, e))
}

pub(crate) fn write_error(path: &Path, e: impl Into<io::Error>) -> Error {
    Error::Write { path: path.to_path_buf(), source: e.into() }
}

pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    input_file::cached::put(from, to).map_err(|e| write_error(to, e))
}

/// Writes a file's contents to the disk, before it is renamed: else a crash could leave the new
/// name with nothing in it.
fn sync(path: &Path) -> Result<(), Error> {
    File::open(path).and_then(|f| f.sync_all()).map_err(|e| write_error(path, e))
}

/// Removes the versions of a package that are no longer used. One that cannot be removed does no
/// harm but takes space.
fn remove_others(packages: &Path, keep: &str) -> Result<(), Error> {
    let read = |source| Error::Read { path: packages.to_path_buf(), source };
    for entry in fs::read_dir(packages).map_err(read)? {
        let path = entry.map_err(read)?.path();
        let name = path.file_name().and_then(|n| n.to_str());
        if name != Some(keep) && name != Some("current") {
            let _ = fs::remove_dir_all(&path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_writes_second_waits_and_finds_an_empty_scratch_directory() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache { dir: dir.path().join("bootkey") };
        let first = cache.write(&mut || panic!("nobody else writes")).unwrap();
        // What a killed process leaves; `Drop` does not run in it.
        fs::write(first.scratch.join("left"), "over").unwrap();
        let mut lock = Some(first._lock.try_clone().unwrap());
        std::mem::forget(first);
        let second = cache.write(&mut || {
            // The wait has begun, so the second was not let in; unlocking ends it.
            flock(lock.take().unwrap(), FlockOperation::Unlock).unwrap();
        });
        let second = second.unwrap();
        assert!(lock.is_none());
        assert_eq!(fs::read_dir(&second.scratch).unwrap().count(), 0);
        let scratch = second.scratch.clone();
        drop(second);
        assert!(!scratch.exists());
    }

    #[test]
    fn what_lies_in_place_of_the_lock_is_neither_waited_for_nor_taken() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache { dir: dir.path().join("bootkey") };
        make_dir(&cache.dir).unwrap();
        let fifo = cache.dir.join("lock");
        let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600));
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, kind, mode, 0).unwrap();
        assert!(matches!(cache.write(&mut || ()), Err(Error::Write { .. })), "nobody reads it");
        // Somebody does.
        let flags = rustix::fs::OFlags::RDWR | OFlags::NONBLOCK;
        let reader = rustix::fs::open(&fifo, flags, mode).unwrap();
        let e = cache.write(&mut || ()).unwrap_err().to_string();
        assert!(e.contains("it is no file"), "{e}");
        drop(reader);
    }

    #[test]
    fn a_member_name_never_leads_out_of_its_package() {
        let (deb, dir, root) = ("/c/ab.deb".into(), "/c".into(), "/c".into());
        let p = CachedPackage { sha256: String::new(), deb, dir, root };
        for bad in ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "./a", "a\nb", "a\0"] {
            assert!(matches!(p.member_path(bad), Err(Error::BadMemberName { .. })), "{bad:?}");
        }
        let path = p.member_path("usr/lib/x y.iso").unwrap();
        assert!(path.starts_with("/c/members") && path.ends_with("x y.iso"));
        assert_ne!(path, p.member_path("usr/share/x y.iso").unwrap());
    }
}
