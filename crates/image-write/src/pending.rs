//! A file that is not there yet: written beside its target, named when it is complete.

use crate::target::Target;
use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt as _;

/// An image on its way. Dropped before [`Pending::install`], it leaves nothing.
#[derive(Debug)]
pub(crate) struct Pending {
    target: Target,
    dir: OwnedFd,
    file: File,
    /// The temporary name, if it has one.
    name: Option<OsString>,
    /// The temporary name of what had the final one before.
    old: Option<OsString>,
}

impl Pending {
    /// A new, empty file in the target's directory, once what killed runs left there is removed.
    pub(crate) fn create(target: &Target) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::open(&target.dir, flags, Mode::empty())?;
        sweep(&dir, &target.name);
        match unnamed(&dir)? {
            Some(file) => Ok(Self { target: target.clone(), dir, file, name: None, old: None }),
            None => Self::named(target, dir),
        }
    }

    /// For file systems without unnamed files: FAT, NFS, some FUSE.
    fn named(target: &Target, dir: OwnedFd) -> io::Result<Self> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let (name, file) = first_free(&target.name, |name| {
            let file = File::from(rustix::fs::openat(&dir, name, flags, MODE)?);
            // Another run may have taken it for a leftover before it was locked: the next name.
            if !lock(&file) || file.metadata()?.nlink() == 0 {
                return Err(Errno::EXIST.into());
            }
            Ok(file)
        })?;
        Ok(Self { target: target.clone(), dir, file, name: Some(name), old: None })
    }

    /// The file.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// What the file replaces; `None` if nothing has its name yet.
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Whether its bytes have to be on the disk before it gets its name, wherever the caller does
    /// not say so.
    pub(crate) fn must_sync(&self) -> bool {
        // Where files have a name from the start, on NFS and FUSE, failures to write may be heard
        // of only then.
        self.name.is_some()
    }

    /// Gives the file the permissions that it is to have, and brings its bytes to the disk if so
    /// wished.
    pub(crate) fn finish(&self, sync: bool) -> io::Result<()> {
        if let Some(replaced) = &self.target.replaces {
            let mode = Mode::from_raw_mode(replaced.mode() & 0o777);
            rustix::fs::fchmod(&self.file, mode)?;
        }
        if sync { self.file.sync_all() } else { Ok(()) }
    }

    /// Gives the file its temporary name, if it has none: a link cannot replace a file, a renaming
    /// can.
    pub(crate) fn make_nameable(&mut self) -> io::Result<()> {
        if self.name.is_none() {
            lock(&self.file);
            let link = |name: &OsStr| {
                let from = proc_path(&self.file);
                Ok(rustix::fs::linkat(CWD, from, &self.dir, name, AtFlags::SYMLINK_FOLLOW)?)
            };
            self.name = Some(first_free(&self.target.name, link)?.0);
        }
        Ok(())
    }

    /// Takes what has the final name away, under a temporary one. Nothing is done where that name
    /// is free, or the file system cannot tell.
    pub(crate) fn withdraw(&mut self) -> io::Result<()> {
        let away = first_free(&self.target.name, |name| {
            let flags = RenameFlags::NOREPLACE;
            Ok(rustix::fs::renameat_with(&self.dir, &self.target.name, &self.dir, name, flags)?)
        });
        match away {
            Ok((name, ())) => self.old = Some(name),
            Err(e) if e.kind() == io::ErrorKind::NotFound || cannot(&e) => {}
            Err(e) => return Err(e),
        }
        Ok(())
    }

    /// Brings the file under its final name. What was there keeps the temporary one, so that
    /// [`Self::take_back`] can undo it, until this value is dropped.
    pub(crate) fn install(&mut self) -> io::Result<()> {
        let Some(name) = self.name.clone() else { return Err(Errno::NOENT.into()) };
        let rename = |flags| {
            let to = &self.target.name;
            rustix::fs::renameat_with(&self.dir, &name, &self.dir, to, flags)
        };
        if self.target.replaces.is_some() && self.old.is_none() {
            match rename(RenameFlags::EXCHANGE) {
                Ok(()) => {
                    (self.name, self.old) = (None, Some(name));
                    return Ok(());
                }
                Err(Errno::NOENT) => {}
                Err(e) if cannot(&e.into()) => {}
                Err(e) => return Err(e.into()),
            }
        }
        rustix::fs::renameat(&self.dir, &name, &self.dir, &self.target.name)?;
        self.name = None;
        Ok(())
    }

    /// Undoes [`Self::install`] and [`Self::withdraw`]: what was there has its name again.
    pub(crate) fn take_back(&mut self) -> io::Result<()> {
        let (dir, to) = (&self.dir, &self.target.name);
        match self.old.take() {
            // Should it fail, what was there stays under its temporary name.
            Some(old) => Ok(rustix::fs::renameat(dir, &old, dir, to)?),
            None if self.name.is_some() => Ok(()),
            None if self.target.replaces.is_some() => Err(io::ErrorKind::Unsupported.into()),
            None => Ok(rustix::fs::unlinkat(dir, to, AtFlags::empty())?),
        }
    }

    /// Brings the directory's names to the disk.
    pub(crate) fn sync_names(&self) -> io::Result<()> {
        match rustix::fs::fsync(&self.dir) {
            // Some file systems cannot sync a directory.
            Err(e) if e != Errno::INVAL => Err(e.into()),
            _ => Ok(()),
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        for name in self.name.iter().chain(&self.old) {
            // Nothing can be done about a failure; the next run will try again.
            let _ = rustix::fs::unlinkat(&self.dir, name, AtFlags::empty());
        }
    }
}

/// Whether an error says that the file system has no such way to rename.
fn cannot(e: &io::Error) -> bool {
    [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP]
        .map(|e| Some(e.raw_os_error()))
        .contains(&e.raw_os_error())
}

/// Permissions before the umask.
const MODE: Mode = Mode::from_raw_mode(0o666);

/// A file without a name that can get one later, where the file system has such a thing and
/// `/proc` is there to name it by.
fn unnamed(dir: &OwnedFd) -> io::Result<Option<File>> {
    let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::CLOEXEC;
    match rustix::fs::openat(dir, ".", flags, MODE) {
        Ok(fd) => {
            let file = File::from(fd);
            let named = std::fs::metadata(proc_path(&file));
            let same = named.is_ok_and(|m| file.metadata().is_ok_and(|f| f.ino() == m.ino()));
            Ok(same.then_some(file))
        }
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOENT) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

fn proc_path(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// Says to other runs that somebody is at work on `file`. Whether that worked; a file system
/// without locks counts, because nobody else can lock there either.
fn lock(file: &File) -> bool {
    rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) != Err(Errno::WOULDBLOCK)
}

/// `.NAME.bootkey-`, cut so that the whole name has at most 255 bytes.
fn prefix(name: &OsStr) -> Vec<u8> {
    let name = name.as_bytes();
    [b".", &name[..name.len().min(200)], b".bootkey-"].concat()
}

/// Tries temporary names for `name` until `make` finds one free.
fn first_free<T>(
    name: &OsStr,
    mut make: impl FnMut(&OsStr) -> io::Result<T>,
) -> io::Result<(OsString, T)> {
    let pid = std::process::id();
    for n in 0..=u32::MAX {
        let mut temporary = prefix(name);
        temporary.extend(format!("{pid}-{n}.tmp").bytes());
        let temporary = OsString::from_vec(temporary);
        match make(&temporary) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|made| (temporary, made)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Removes the temporary files of runs to the same target that were killed: those that nobody
/// has locked. What cannot be removed stays.
fn sweep(dir: &OwnedFd, name: &OsStr) {
    let prefix = prefix(name);
    let ours = |entry: &[u8]| {
        let middle = entry.strip_prefix(&prefix[..]).and_then(|e| e.strip_suffix(b".tmp"));
        middle.is_some_and(|m| m.iter().all(|b| b.is_ascii_digit() || *b == b'-'))
    };
    let Ok(entries) = rustix::fs::Dir::read_from(dir) else { return };
    for entry in entries.flatten().filter(|e| ours(e.file_name().to_bytes())) {
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let Ok(fd) = rustix::fs::openat(dir, entry.file_name(), flags, Mode::empty()) else {
            continue;
        };
        if rustix::fs::flock(&fd, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let _ = rustix::fs::unlinkat(dir, entry.file_name(), AtFlags::empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::path::Path;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(dir)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn commit(mut pending: Pending) {
        pending.finish(true).unwrap();
        pending.make_nameable().unwrap();
        pending.install().unwrap();
    }

    fn named(target: &Target) -> Pending {
        Pending::named(target, File::open(&target.dir).unwrap().into()).unwrap()
    }

    #[test]
    fn a_named_file_is_renamed_or_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let target = Target::resolve(&dir.path().join("key.img")).unwrap();
        let mut pending = named(&target);
        pending.file.write_all(b"image").unwrap();
        let temporary = format!(".key.img.bootkey-{}-0.tmp", std::process::id());
        assert_eq!(names(dir.path()), [temporary.as_str()]);
        let second = named(&target);
        assert_eq!(names(dir.path()).len(), 2);
        drop(second);
        assert_eq!(names(dir.path()), [temporary.as_str()]);
        commit(pending);
        assert_eq!(names(dir.path()), ["key.img"]);
        assert_eq!(std::fs::read(&target.path).unwrap(), b"image");
    }

    #[test]
    fn an_unnamed_file_is_invisible_until_it_is_complete() {
        let dir = tempfile::tempdir().unwrap();
        let target = Target::resolve(&dir.path().join("key.img")).unwrap();
        let mut pending = Pending::create(&target).unwrap();
        if pending.name.is_some() {
            return testbench::missing(
                "a file system with O_TMPFILE under the temporary directory",
            );
        }
        pending.file.write_all(b"image").unwrap();
        assert!(names(dir.path()).is_empty());
        commit(pending);
        assert_eq!(names(dir.path()), ["key.img"]);
        assert_eq!(std::fs::read(&target.path).unwrap(), b"image");
    }

    #[test]
    fn only_abandoned_files_of_the_same_target_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let target = Target::resolve(&dir.path().join("key.img")).unwrap();
        let busy = named(&target);
        for name in [
            ".key.img.bootkey-1-0.tmp",
            ".key.img.bootkey-4194304-17.tmp",
            ".other.img.bootkey-1-0.tmp",
            ".key.img.bootkey-1-0.tmp.save",
            ".key.img.bootkey-notes.tmp",
        ] {
            std::fs::write(dir.path().join(name), b"").unwrap();
        }
        drop(Pending::create(&target).unwrap());
        let busy_name = busy.name.clone().unwrap().into_string().unwrap();
        let mut left = [
            ".key.img.bootkey-1-0.tmp.save",
            ".key.img.bootkey-notes.tmp",
            ".other.img.bootkey-1-0.tmp",
            &busy_name,
        ];
        left.sort();
        assert_eq!(names(dir.path()), left);
    }

    #[test]
    fn the_longest_file_name_has_a_temporary_one() {
        let dir = tempfile::tempdir().unwrap();
        let target = Target::resolve(&dir.path().join("x".repeat(255))).unwrap();
        commit(named(&target));
        commit(Pending::create(&target).unwrap());
        assert_eq!(names(dir.path()), ["x".repeat(255)]);
    }

    #[test]
    fn what_was_replaced_or_taken_away_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let (new, old) = (dir.path().join("new"), dir.path().join("old"));
        std::fs::write(&old, b"before").unwrap();
        for withdrawn in [false, true] {
            let [mut a, mut b] = [&new, &old].map(|path| {
                let mut pending = Pending::create(&Target::resolve(path).unwrap()).unwrap();
                pending.file.write_all(b"after").unwrap();
                pending.make_nameable().unwrap();
                if withdrawn {
                    pending.withdraw().unwrap();
                    assert!(!path.exists());
                }
                pending.install().unwrap();
                assert_eq!(std::fs::read(path).unwrap(), b"after");
                pending
            });
            b.take_back().unwrap();
            a.take_back().unwrap();
            drop((a, b));
            assert_eq!(names(dir.path()), ["old"]);
            assert_eq!(std::fs::read(&old).unwrap(), b"before");
        }
    }
}
