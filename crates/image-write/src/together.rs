//! Files that get their names together: all of them or, if anything fails, none.
//!
//! ```text
//! 1  all bytes to the disk
//! 2  temporary names, for files that have none
//! 3  what is beside the old image goes away, first of all its lines in the list of digests
//! 4  the image, then what is beside it; the list of digests last
//! 5  the names to the disk; only then is what was replaced removed
//! ```
//!
//! From step 3 on the names change back to back. An error there is undone. A program that is killed
//! there leaves the old image or the new one, whole, and beside it nothing that contradicts it.

use crate::donor::Donor;
use crate::pending::Pending;
use crate::{Durability, Error};
use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A complete file that has not got its name yet. Dropped, it leaves nothing.
#[derive(Debug)]
#[must_use]
pub struct Ready {
    pub(crate) pending: Pending,
    pub(crate) path: PathBuf,
    pub(crate) len: u64,
    pub(crate) durability: Durability,
}

impl Ready {
    /// A copy of the image, with which later ones can share blocks; `None` where they cannot.
    pub fn donor(&self) -> Option<Donor> {
        Donor::of(&self.pending)
    }

    /// Brings the file's bytes to the disk, if that is always wished: it takes long, and need not be done
    /// while others wait for the directory.
    ///
    /// # Errors
    /// [`Error`] when the disk fails.
    pub fn bring_to_disk(&self) -> Result<(), Error> {
        match self.durability {
            Durability::Always => self.pending.file().sync_data(),
            Durability::Never | Durability::WhenReplacing => Ok(()),
        }
        .map_err(|e| Error::write(&self.path, self.len, e))
    }

    /// Brings the file under its name, where it replaces what was there.
    ///
    /// # Errors
    /// [`Error`]; what was there is still there then. One exception: [`Error::NotTakenBack`].
    pub fn commit(self) -> Result<(), Error> {
        Together::only(self).commit()
    }
}

/// Complete files that get their names together: an image, the files beside it, and a list of digests.
#[derive(Debug)]
#[must_use]
pub struct Together {
    /// The image.
    pub image: Ready,
    /// The files beside it, each of which speaks of the image.
    pub beside: Vec<Ready>,
    /// The list of digests.
    pub list: Option<List>,
}

/// A list of digests that may have lines about files of other builds.
#[derive(Debug)]
#[must_use]
pub struct List {
    /// The list without the lines that are about to become wrong; `None` if no line does.
    pub meanwhile: Option<Ready>,
    /// The list as it will be.
    pub list: Ready,
}

impl Together {
    /// The image alone.
    pub fn only(image: Ready) -> Self {
        Self { image, beside: Vec::new(), list: None }
    }

    /// Brings all files under their names.
    ///
    /// # Errors
    /// [`Error`]; everything is as it was then. [`Error::NotTakenBack`] is the exception.
    pub fn commit(self) -> Result<(), Error> {
        let Self { image, beside, list } = self;
        let count = beside.len();
        let (meanwhile, list) = list.map(|l| (l.meanwhile, l.list)).unzip();
        let meanwhile = meanwhile.flatten();
        let first = usize::from(meanwhile.is_some());
        let mut files: Vec<Ready> = meanwhile.into_iter().collect();
        files.push(image);
        files.extend(beside);
        files.extend(list);

        let replaces = files.iter().any(|f| f.pending.target().replaces.is_some());
        let sync = |file: &Ready| match file.durability {
            Durability::Never => file.pending.must_sync(),
            Durability::WhenReplacing => file.pending.must_sync() || replaces,
            Durability::Always => true,
        };
        let sync: Vec<bool> = files.iter().map(sync).collect();
        each(&mut files, |n, pending| pending.finish(sync[n]))?;
        each(&mut files, |_, pending| pending.make_nameable())?;
        if let [meanwhile, .., list] = &mut files[..]
            && first == 1
        {
            let expected = list.pending.expect(&meanwhile.pending);
            expected.map_err(|e| Error::write(&list.path, list.len, e))?;
        }
        let mut change = || {
            each(&mut files[..first], |_, pending| pending.install())?;
            each(&mut files[first + 1..][..count], |_, pending| pending.withdraw())?;
            each(&mut files[first..], |_, pending| pending.install())?;
            each(&mut files, |n, p| if sync[n] { p.sync_names() } else { Ok(()) })
        };
        let Err(e) = change() else { return Ok(()) };
        // If one file cannot be taken back, none is: what was beside the old image would contradict
        // it.
        if let Some(stays) = files[first..].iter().find(|f| !f.pending.can_be_taken_back()) {
            let (path, why) = (stays.path.clone(), e.to_string());
            let source = io::Error::new(io::ErrorKind::Unsupported, NO_SECOND_NAME);
            return Err(Error::NotTakenBack { path, why, source, left: None });
        }
        // From the last to the first, because the two versions of the list have one name; and all
        // of them, even if one fails.
        let mut not_taken_back = None;
        for Ready { pending, path, .. } in files.iter_mut().rev() {
            if let Err((source, left)) = pending.take_back() {
                let (path, why) = (path.clone(), e.to_string());
                not_taken_back.get_or_insert(Error::NotTakenBack { path, why, source, left });
            }
        }
        Err(not_taken_back.unwrap_or(e))
    }
}

/// The reason why what was replaced is gone.
const NO_SECOND_NAME: &str =
    "this file system can neither exchange two names nor give a file a second one";

/// Locks of directories, held until they are dropped.
#[derive(Debug)]
#[must_use]
pub struct DirectoryLocks {
    _dirs: BTreeMap<(u64, u64), OwnedFd>,
}

/// Locks the directories in which files at `paths` lie or will lie, links followed, waiting until
/// nobody else holds the locks. Every build takes them before it gives files their names. Where the
/// file system has no locks, this does not wait. While it waits, `waiting` is called a few times a
/// second, and can stop it.
///
/// # Errors
/// [`Error::Write`] when a directory cannot be opened; [`Error::Stopped`].
pub fn lock_directories<'a>(
    paths: impl IntoIterator<Item = &'a Path>,
    mut waiting: impl FnMut() -> ControlFlow<()>,
) -> Result<DirectoryLocks, Error> {
    // In the order of their numbers, each once: so no two runs wait for each other.
    let mut dirs = BTreeMap::new();
    for path in paths {
        let failed = |e: Errno| Error::write(path, 0, e.into());
        let real = path.canonicalize();
        let path = real.as_deref().unwrap_or(path);
        let dir = path.parent().filter(|d| !d.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::open(dir, flags, Mode::empty()).map_err(failed)?;
        let stat = rustix::fs::fstat(&dir).map_err(failed)?;
        dirs.insert((stat.st_dev, stat.st_ino), dir);
    }
    for dir in dirs.values() {
        // A file system without locks gives another error, and nothing waits.
        let lock = || rustix::fs::flock(dir, FlockOperation::NonBlockingLockExclusive);
        while lock() == Err(Errno::WOULDBLOCK) {
            if waiting().is_break() {
                return Err(Error::Stopped);
            }
            std::thread::sleep(WAIT);
        }
    }
    Ok(DirectoryLocks { _dirs: dirs })
}

/// The time between two looks at a lock.
const WAIT: Duration = Duration::from_millis(200);

/// Does something to each file; an error gets its name.
fn each(
    files: &mut [Ready],
    mut step: impl FnMut(usize, &mut Pending) -> io::Result<()>,
) -> Result<(), Error> {
    for (n, Ready { pending, path, len, .. }) in files.iter_mut().enumerate() {
        step(n, pending).map_err(|e| Error::write(path, *len, e))?;
    }
    Ok(())
}
