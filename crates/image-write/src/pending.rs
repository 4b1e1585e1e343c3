//! A file that is not there yet: written beside its target, named when it is complete.

use crate::target::Target;
use input_file::{FileStamp, device_and_inode};
use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// An image on its way. Dropped before [`Pending::install`], it leaves nothing.
#[derive(Debug)]
pub(crate) struct Pending {
    target: Target,
    dir: OwnedFd,
    file: File,
    /// The temporary name, if it has one.
    name: Option<OsString>,
    /// What has the final name, with its contents, and is to be replaced.
    expected: Option<FileStamp>,
    /// The file to be replaced, held so that no other gets its inode number when it is removed.
    _held: Option<OwnedFd>,
    /// The file that had the final name before, and its temporary name.
    old: Option<Old>,
}

/// A file that gave up its name.
#[derive(Debug)]
struct Old {
    name: OsString,
    /// Locked, so that no other run takes it for a leftover; `None` if it cannot be opened.
    _locked: Option<File>,
}

impl Pending {
    /// Creates an empty file in the target's directory, once what killed runs have left there is
    /// removed, except what `is_input` says was read.
    pub(crate) fn create(
        target: &Target,
        is_input: impl Fn(&Path, (u64, u64)) -> bool,
    ) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::open(&target.dir, flags, Mode::empty())?;
        sweep(&dir, target, is_input);
        match unnamed(&dir)? {
            Some(file) => Ok(Self::new(target, dir, file, None)),
            None => Self::named(target, dir),
        }
    }

    fn new(target: &Target, dir: OwnedFd, file: File, name: Option<OsString>) -> Self {
        let expected = target.replaces.as_ref().map(|there| FileStamp::from(there).of_contents());
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let held = rustix::fs::openat(&dir, &target.name, flags, Mode::empty()).ok();
        Self { target: target.clone(), dir, file, name, expected, _held: held, old: None }
    }

    /// A file with a temporary name, for file systems without unnamed files: FAT, NFS, some FUSE.
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
        Ok(Self::new(target, dir, file, Some(name)))
    }

    /// The file.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// The target of the file: the path that it is written for, and what has that name now.
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

    /// Says that `earlier` will have the final name when this file is to get it.
    pub(crate) fn expect(&mut self, earlier: &Self) -> io::Result<()> {
        self.expected = Some(FileStamp::from(&earlier.file.metadata()?).of_contents());
        Ok(())
    }

    /// The device and inode of what has a name in the target's directory, links not followed.
    fn at(&self, name: &OsStr) -> io::Result<Option<(u64, u64)>> {
        Ok(self.stamp_at(name)?.map(|there| there.device_and_inode()))
    }

    fn stamp_at(&self, name: &OsStr) -> io::Result<Option<FileStamp>> {
        match rustix::fs::statat(&self.dir, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(FileStamp::from(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Makes sure that the final name leads to what it led to when the build began: writing takes
    /// long, and nothing that others put or wrote there meanwhile is to be replaced.
    fn check_expected(&self) -> io::Result<()> {
        match self.stamp_at(&self.target.name)?.map(FileStamp::of_contents) {
            now if now == self.expected => Ok(()),
            _ => Err(io::Error::other(
                "another file has come under this name, or gone from it, or was written to, since the build \
                 began; see what it is, and build again",
            )),
        }
    }

    /// Remembers that what had the final name has a temporary one now.
    fn keep(&mut self, name: OsString) {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.dir, &name, flags, Mode::empty()).ok().map(File::from);
        let locked = file.filter(lock);
        self.old = Some(Old { name, _locked: locked });
        self.expected = None;
    }

    /// Moves the file that has the final name to a temporary one. Does nothing if the final name is
    /// free.
    pub(crate) fn withdraw(&mut self) -> io::Result<()> {
        self.check_expected()?;
        if self.expected.is_none() {
            return Ok(());
        }
        let (dir, from) = (&self.dir, &self.target.name);
        let (name, ()) = first_free(from, |name| {
            match rustix::fs::renameat_with(dir, from, dir, name, RenameFlags::NOREPLACE) {
                // Nobody else uses names with this process's number.
                Err(e) if cannot(e) => match self.at(name)? {
                    None => Ok(rustix::fs::renameat(dir, from, dir, name)?),
                    Some(_) => Err(Errno::EXIST.into()),
                },
                renamed => Ok(renamed?),
            }
        })?;
        self.keep(name);
        Ok(())
    }

    /// Brings the file under its final name. What was there keeps the temporary one, so that
    /// [`Self::take_back`] can undo it, until this value is dropped.
    pub(crate) fn install(&mut self) -> io::Result<()> {
        let Some(name) = self.name.clone() else { return Err(Errno::NOENT.into()) };
        self.check_expected()?;
        let rename = |flags| {
            let to = &self.target.name;
            rustix::fs::renameat_with(&self.dir, &name, &self.dir, to, flags)
        };
        let replacing = self.expected.is_some();
        match rename(if replacing { RenameFlags::EXCHANGE } else { RenameFlags::NOREPLACE }) {
            Ok(()) if replacing => self.keep(name),
            Ok(()) => {}
            Err(e) if cannot(e) => {
                let second = replacing.then(|| self.second_name()).flatten();
                let renamed = rustix::fs::renameat(&self.dir, &name, &self.dir, &self.target.name);
                match (renamed, second) {
                    (Ok(()), Some(second)) => self.keep(second),
                    (Err(_), Some(second)) => {
                        // OK to ignore: the next run will try again.
                        let _ = rustix::fs::unlinkat(&self.dir, second, AtFlags::empty());
                    }
                    (_, None) => {}
                }
                renamed?;
            }
            Err(e) => return Err(e.into()),
        }
        self.name = None;
        Ok(())
    }

    /// Gives what has the final name a temporary one beside it, for file systems that cannot
    /// exchange two names, such as NFS. `None` where there are no hard links either, or this one is
    /// not allowed: what was there cannot be brought back then.
    fn second_name(&self) -> Option<OsString> {
        let (dir, from) = (&self.dir, &self.target.name);
        let link = |name: &OsStr| Ok(rustix::fs::linkat(dir, from, dir, name, AtFlags::empty())?);
        Some(first_free(from, link).ok()?.0)
    }

    /// Whether [`Self::take_back`] can bring back what was there.
    pub(crate) fn can_be_taken_back(&self) -> bool {
        self.name.is_some() || self.old.is_some() || self.target.replaces.is_none()
    }

    /// Undoes [`Self::install`] and [`Self::withdraw`]: what was there has its name again.
    ///
    /// # Errors
    /// The reason, with the path where the replaced file lies now, if it still exists; it is left
    /// there.
    pub(crate) fn take_back(&mut self) -> Result<(), (io::Error, Option<PathBuf>)> {
        let (dir, to) = (&self.dir, &self.target.name);
        let ours = self.file.metadata().ok().as_ref().map(device_and_inode);
        let Some(old) = self.old.take() else {
            return match &self.name {
                Some(_) => Ok(()),
                // What it replaced is gone.
                None if !self.can_be_taken_back() => Ok(()),
                None if self.at(to).ok().flatten() != ours => Ok(()),
                None => {
                    rustix::fs::unlinkat(dir, to, AtFlags::empty()).map_err(|e| (e.into(), None))
                }
            };
        };
        let left = |e: io::Error| (e, Some(self.target.dir.join(&old.name)));
        match self.at(to).map_err(left)? {
            now if now.is_none() || now == ours => {
                rustix::fs::renameat(dir, &old.name, dir, to).map_err(|e| left(e.into()))
            }
            _ => Err(left(io::Error::other("another file has its name"))),
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
        for name in self.name.iter().chain(self.old.as_ref().map(|old| &old.name)) {
            // Nothing can be done about a failure; the next run will try again.
            let _ = rustix::fs::unlinkat(&self.dir, name, AtFlags::empty());
        }
    }
}

/// Whether an error says that the file system has no such way to rename.
fn cannot(e: Errno) -> bool {
    [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP].contains(&e)
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

/// Locks `file`, by which other runs know that somebody is at work on it. Returns whether that
/// worked; a file system without locks counts, because nobody else can lock there either.
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
/// has locked, and that are no inputs. What cannot be removed stays.
fn sweep(dir: &OwnedFd, target: &Target, is_input: impl Fn(&Path, (u64, u64)) -> bool) {
    let prefix = prefix(&target.name);
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
        let path = target.dir.join(OsStr::from_bytes(entry.file_name().to_bytes()));
        let read = rustix::fs::fstat(&fd).map(|s| is_input(&path, (s.st_dev, s.st_ino)));
        if read.unwrap_or(true) {
            continue;
        }
        if rustix::fs::flock(&fd, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let _ = rustix::fs::unlinkat(dir, entry.file_name(), AtFlags::empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

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
        let mut pending = Pending::create(&target, |_, _| false).unwrap();
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

    /// Writing takes hours, and others may use the name meanwhile.
    #[test]
    fn what_came_under_the_name_meanwhile_stays() {
        let meanwhile: [fn(&Path); 5] = [
            |path| std::fs::write(path, "theirs").unwrap(),
            |path| {
                std::fs::write(path.with_extension("new"), "theirs").unwrap();
                std::fs::rename(path.with_extension("new"), path).unwrap();
            },
            |path| {
                std::fs::remove_file(path).unwrap();
                std::fs::create_dir(path).unwrap();
            },
            |path| std::fs::remove_file(path).unwrap(),
            |path| {
                let mut file = File::options().append(true).open(path).unwrap();
                file.write_all(b", and theirs").unwrap();
            },
        ];
        for (n, meanwhile) in meanwhile.iter().enumerate() {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("key.img");
            if n > 0 {
                std::fs::write(&path, "before").unwrap();
            }
            let target = Target::resolve(&path).unwrap();
            let mut pending = Pending::create(&target, |_, _| false).unwrap();
            pending.finish(true).unwrap();
            pending.make_nameable().unwrap();
            meanwhile(&path);
            for error in [pending.install().unwrap_err(), pending.withdraw().unwrap_err()] {
                assert!(error.to_string().contains("since the build began"), "{n}: {error}");
            }
            pending.take_back().unwrap();
            drop(pending);
            match n {
                0 | 1 => assert_eq!(std::fs::read(&path).unwrap(), b"theirs"),
                2 => assert!(path.is_dir()),
                3 => {}
                _ => assert_eq!(std::fs::read(&path).unwrap(), b"before, and theirs"),
            }
            assert_eq!(names(dir.path()).len(), usize::from(n != 3), "{n}");
        }
    }

    /// What was there stays under its temporary name, also when other files are taken back.
    #[test]
    fn what_cannot_be_brought_back_is_left_where_the_error_says() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.img");
        std::fs::write(&path, "before").unwrap();
        let target = Target::resolve(&path).unwrap();
        let mut pending = Pending::create(&target, |_, _| false).unwrap();
        pending.make_nameable().unwrap();
        pending.install().unwrap();
        // Nobody sweeps it meanwhile.
        drop(Pending::create(&target, |_, _| false).unwrap());
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "theirs").unwrap();
        let (error, left) = pending.take_back().unwrap_err();
        assert!(error.to_string().contains("another file has its name"), "{error}");
        drop(pending);
        assert_eq!(std::fs::read(left.unwrap()).unwrap(), b"before");
        assert_eq!(std::fs::read(&path).unwrap(), b"theirs");
    }

    #[test]
    fn a_file_that_was_read_is_not_swept() {
        let dir = tempfile::tempdir().unwrap();
        let input = dir.path().join(".key.img.bootkey-3-0.tmp");
        std::fs::write(&input, "an ISO").unwrap();
        let read = std::fs::metadata(&input).unwrap();
        let target = Target::resolve(&dir.path().join("key.img")).unwrap();
        let is_input = |_: &Path, found| found == (read.dev(), read.ino());
        drop(Pending::create(&target, is_input).unwrap());
        assert_eq!(std::fs::read(&input).unwrap(), b"an ISO");
        drop(Pending::create(&target, |_, _| false).unwrap());
        assert!(!input.exists());
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
        drop(Pending::create(&target, |_, _| false).unwrap());
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
        let target = || Target::resolve(&dir.path().join("x".repeat(255))).unwrap();
        commit(named(&target()));
        commit(Pending::create(&target(), |_, _| false).unwrap());
        assert_eq!(names(dir.path()), ["x".repeat(255)]);
    }

    #[test]
    fn what_was_replaced_or_taken_away_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let (new, old) = (dir.path().join("new"), dir.path().join("old"));
        std::fs::write(&old, b"before").unwrap();
        for withdrawn in [false, true] {
            let [mut a, mut b] = [&new, &old].map(|path| {
                let mut pending =
                    Pending::create(&Target::resolve(path).unwrap(), |_, _| false).unwrap();
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
