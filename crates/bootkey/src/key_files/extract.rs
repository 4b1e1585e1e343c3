//! Files taken out of a key.
//!
//! Everything is made below a directory that was opened first, by names that are no paths, and no
//! link is ever followed: whatever a key says, nothing comes to lie outside of the target. A file
//! is written beside and renamed when it is complete.

use super::place::Place;
use crate::error::Error;
use key_read::{Disk, File, FileSystem, FileType, Node, ReadAt as _};
use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, RenameFlags, Timespec, Timestamps, mkdirat, openat, renameat,
    renameat_with, statat, symlinkat, unlinkat, utimensat,
};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Bytes that are copied at a time.
const CHUNK: usize = 1 << 20;
/// The name of a file while it is not complete; the number makes it one that is not there.
const UNFINISHED: &str = ".bootkey-extract";

/// The treatment of a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// An error.
    Refuse,
    /// A file or link gives way to the new one; a directory stays.
    Replace,
}

/// The files that were taken out.
#[derive(Debug, Default)]
pub struct Extracted {
    /// Files, of which each is complete.
    pub files: u64,
    /// Their bytes, holes included.
    pub bytes: u64,
    /// The files that were left out, each with the reason.
    pub left_out: Vec<String>,
    /// The number of those of them that cannot be read, or that were asked for by name.
    pub missed: usize,
}

/// Takes a file, or a directory with all that is in it, out of a key and into the directory `to`, which is made if
/// it is not there.
/// The root of a file system gives what is in it. `keep_on` is asked again and again.
///
/// # Errors
/// If the place is not there, `to` is no directory, a name is taken, something cannot be written, or
/// `keep_on` breaks it off. What was complete before stays.
pub fn extract(
    disk: &Disk<'_>,
    place: &Place,
    to: &Path,
    overwrite: Overwrite,
    keep_on: &dyn Fn() -> ControlFlow<()>,
) -> Result<Extracted, Error> {
    let files = place.file_system(disk)?;
    let node = files.lookup(&place.path)?;
    // OK to ignore: it is there already, or cannot be opened.
    let _ = mkdirat(CWD, to, Mode::from_raw_mode(0o777));
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    let target = openat(CWD, to, flags, Mode::empty());
    let target = target.map_err(|e| Error::ExtractTo { path: to.to_owned(), source: e.into() })?;
    let name = place.path.rsplit(|b| *b == b'/').find(|name| !name.is_empty()).unwrap_or_default();
    let done = Extracted::default();
    let mut work = Extraction { files: &files, overwrite, target, to, keep_on, done };
    match node.kind() {
        FileType::Directory => {
            let start = if matches!(name, b"" | b"." | b"..") { &[] } else { name };
            work.directory(start, &node)?;
        }
        _ if matches!(name, b"" | b"." | b"..") => {
            return Err(key_read::Error::NotFound { path: place.path.clone() }.into());
        }
        _ => {
            work.one(name, &node)?;
            work.done.missed = work.done.left_out.len();
        }
    }
    Ok(work.done)
}

struct Extraction<'e, 'a> {
    files: &'e FileSystem<'a>,
    overwrite: Overwrite,
    target: OwnedFd,
    to: &'e Path,
    keep_on: &'e dyn Fn() -> ControlFlow<()>,
    done: Extracted,
}

impl Extraction<'_, '_> {
    /// Extracts a directory and all that is in it. Times of directories are set last, because
    /// whatever is made in one changes its time.
    fn directory(&mut self, start: &[u8], node: &Node) -> Result<(), Error> {
        let mut made: BTreeMap<Vec<u8>, Node> = BTreeMap::new();
        if !start.is_empty() {
            self.make_directory(start)?;
            made.insert(start.to_vec(), node.clone());
        }
        for visited in self.files.walk_below(node) {
            let separator: &[u8] = if start.is_empty() { b"" } else { b"/" };
            let path = [start, separator, &visited.path].concat();
            match visited.node {
                Ok(node) if node.kind() == FileType::Directory => {
                    self.make_directory(&path)?;
                    made.insert(path, node);
                }
                Ok(node) => self.one(&path, &node)?,
                Err(why) => self.miss(&path, &why),
            }
        }
        for (path, node) in made.iter().rev() {
            let (parent, name) = self.parent(path)?;
            // OK to ignore: the time of a directory is a courtesy.
            let _ = utimensat(&parent, &*name, &times(node), AtFlags::SYMLINK_NOFOLLOW);
        }
        Ok(())
    }

    /// Extracts a node that is no directory.
    fn one(&mut self, path: &[u8], node: &Node) -> Result<(), Error> {
        match node.kind() {
            FileType::File => match self.files.file(node) {
                Ok(file) => self.file(path, node, &file),
                Err(why) => {
                    self.miss(path, &why);
                    Ok(())
                }
            },
            FileType::Symlink => self.link(path, node),
            kind => {
                self.leave_out(path, &format!("it is {kind}"));
                Ok(())
            }
        }
    }

    fn leave_out(&mut self, path: &[u8], why: &str) {
        let path = if path.is_empty() { b"/" } else { path };
        self.done.left_out.push(format!("{}: {why}", shown_text::Shown(path)));
    }

    /// Leaves out what cannot be read.
    fn miss(&mut self, path: &[u8], why: &key_read::Error) {
        self.leave_out(path, &why.to_string());
        self.done.missed += 1;
    }

    /// The directory that a path below the target lies in, opened without following links, and
    /// the last name.
    fn parent(&self, path: &[u8]) -> Result<(OwnedFd, Box<OsStr>), Error> {
        let mut names: Vec<&OsStr> = path.split(|b| *b == b'/').map(OsStr::from_bytes).collect();
        let last = names.pop().unwrap_or_default();
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fail = |e: Errno| self.failure(path, e);
        let mut here = openat(&self.target, ".", flags, Mode::empty()).map_err(fail)?;
        for name in names {
            here = openat(&here, name, flags, Mode::empty()).map_err(fail)?;
        }
        Ok((here, last.into()))
    }

    fn failure(&self, path: &[u8], error: impl Into<io::Error>) -> Error {
        let path: PathBuf = self.to.join(OsStr::from_bytes(path));
        let source = error.into();
        match source.kind() {
            io::ErrorKind::AlreadyExists => Error::IsThere { path },
            io::ErrorKind::Interrupted => Error::Stopped,
            _ => Error::Extract { path, source },
        }
    }

    fn make_directory(&self, path: &[u8]) -> Result<(), Error> {
        let (parent, name) = self.parent(path)?;
        match mkdirat(&parent, &*name, Mode::from_raw_mode(0o777)) {
            Ok(()) => Ok(()),
            // A directory of that name will do; anything else will not.
            Err(Errno::EXIST) => {
                let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let there = openat(&parent, &*name, flags, Mode::empty());
                there.map(drop).map_err(|_| self.failure(path, Errno::EXIST))
            }
            Err(e) => Err(self.failure(path, e)),
        }
    }

    fn file(&mut self, path: &[u8], node: &Node, file: &File<'_>) -> Result<(), Error> {
        let (parent, name) = self.parent(path)?;
        if self.overwrite == Overwrite::Refuse
            && statat(&parent, &*name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
        {
            return Err(self.failure(path, Errno::EXIST));
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
        let (unfinished, out) = (0..1000)
            .find_map(|n| {
                let name = format!("{UNFINISHED}-{n}");
                let mode = Mode::from_raw_mode(0o666);
                match openat(&parent, &name, flags | OFlags::CLOEXEC, mode) {
                    Err(Errno::EXIST) => None,
                    opened => Some(opened.map(|fd| (name, std::fs::File::from(fd)))),
                }
            })
            .unwrap_or(Err(Errno::EXIST))
            .map_err(|e| self.failure(path, e))?;
        let finished =
            self.fill(&out, node, file).map_err(|e| self.failure(path, e)).and_then(|()| {
                let renamed = match self.overwrite {
                    Overwrite::Replace => renameat(&parent, &unfinished, &parent, &*name),
                    Overwrite::Refuse => {
                        let flags = RenameFlags::NOREPLACE;
                        match renameat_with(&parent, &unfinished, &parent, &*name, flags) {
                            // The file system cannot refuse to replace a file; but the name was free a
                            // moment ago.
                            Err(Errno::INVAL) => renameat(&parent, &unfinished, &parent, &*name),
                            renamed => renamed,
                        }
                    }
                };
                renamed.map_err(|e| self.failure(path, e))
            });
        if finished.is_err() {
            // OK to ignore: the failure is told.
            let _ = unlinkat(&parent, &unfinished, AtFlags::empty());
        }
        finished?;
        self.done.files += 1;
        self.done.bytes += file.len();
        Ok(())
    }

    /// Writes a file's contents, with its holes, its permissions and its time.
    fn fill(&self, out: &std::fs::File, node: &Node, file: &File<'_>) -> io::Result<()> {
        out.set_len(file.len())?;
        let mut chunk = vec![0; CHUNK.min(usize::try_from(file.len()).unwrap_or(CHUNK))];
        let whole = [key_read::FileExtent { offset: 0, len: file.len(), place: Some(0) }];
        for extent in file.extents().unwrap_or(&whole).iter().filter(|e| e.place.is_some()) {
            let mut at = extent.offset;
            while at < extent.end() {
                if (self.keep_on)().is_break() {
                    return Err(Errno::INTR.into());
                }
                // OK to cast: at most `CHUNK`.
                let len = (extent.end() - at).min(chunk.len() as u64) as usize;
                file.read_exact_at(at, &mut chunk[..len])?;
                out.write_all_at(&chunk[..len], at)?;
                at += len as u64;
            }
        }
        if let Some(mode) = node.permissions() {
            // The bits for setuid, setgid and sticky are left out: no file from a key is to run as
            // somebody else.
            rustix::fs::fchmod(out, Mode::from_raw_mode(u32::from(mode) & 0o777))?;
        }
        if node.modified().is_some() {
            rustix::fs::futimens(out, &times(node))?;
        }
        Ok(())
    }

    /// A symbolic link, unless it leads out of the target.
    fn link(&mut self, path: &[u8], node: &Node) -> Result<(), Error> {
        let target = match self.files.target(node) {
            Ok(target) => target,
            Err(why) => {
                self.miss(path, &why);
                return Ok(());
            }
        };
        if leads_out(path, &target) {
            let why = format!("a link to {}, out of the target", shown_text::Shown(&target));
            self.leave_out(path, &why);
            return Ok(());
        }
        let (parent, name) = self.parent(path)?;
        let made = symlinkat(OsStr::from_bytes(&target), &parent, &*name);
        match (made, self.overwrite) {
            (Err(Errno::EXIST), Overwrite::Replace) => {
                unlinkat(&parent, &*name, AtFlags::empty())
                    .and_then(|()| symlinkat(OsStr::from_bytes(&target), &parent, &*name))
                    .map_err(|e| self.failure(path, e))?;
            }
            (made, _) => made.map_err(|e| self.failure(path, e))?,
        }
        // OK to ignore: the time of a link is a courtesy.
        let _ = utimensat(&parent, &*name, &times(node), AtFlags::SYMLINK_NOFOLLOW);
        Ok(())
    }
}

/// Whether a link at a path below the target leads out of it, by its words.
fn leads_out(path: &[u8], target: &[u8]) -> bool {
    // OK to cast: a path is not that long.
    let mut depth = path.iter().filter(|b| **b == b'/').count() as i64;
    target.starts_with(b"/")
        || target.contains(&0)
        || target.split(|b| *b == b'/').any(|name| {
            depth += match name {
                b"" | b"." => 0,
                b".." => -1,
                _ => 1,
            };
            depth < 0
        })
}

/// The time of a node, of last access as well.
fn times(node: &Node) -> Timestamps {
    let (seconds, nanoseconds) = node.modified().unwrap_or_default();
    let time = Timespec { tv_sec: seconds, tv_nsec: nanoseconds.into() };
    Timestamps { last_access: time, last_modification: time }
}

#[cfg(test)]
mod tests {
    use super::leads_out;

    #[test]
    fn links_that_leave_the_target_are_told_by_their_words() {
        for (path, target) in
            [("a", "/etc"), ("a", ".."), ("d/a", "../../x"), ("d/a", "x/../../../y"), ("a", "x\0")]
        {
            assert!(leads_out(path.as_bytes(), target.as_bytes()), "{path} -> {target}");
        }
        for (path, target) in [("a", "b"), ("d/a", "../b"), ("d/a", "./x/../../y"), ("a", "..a")] {
            assert!(!leads_out(path.as_bytes(), target.as_bytes()), "{path} -> {target}");
        }
    }
}
