//! The store: downloaded files, by their content.
//!
//! ```text
//! $XDG_CACHE_HOME/bootkey/by-sha256/       as `key-inputs` says
//! ├─ 9f2c…                                 the file with that SHA-256, all of it
//! ├─ 9f2c….sum                             its record, see `input_file::cached`
//! ├─ 9f2c….part                            its beginning, while it is downloaded and after a break
//! ├─ 9f2c….anew                            all of it again, from a server that does not go on with that
//! ├─ 9f2c….from                            which address that came from, and what the server called it
//! └─ 9f2c….lock                            held while somebody downloads it
//! ```
//!
//! A file gets its final name only when all of it is there and its digest is the right one. What is
//! there is not believed for ever: while the stamp is that of the record, nobody has written to the file;
//! if it differs, or if the machine has started again since the file came, the digest is computed again,
//! and a file that was changed is as good as none. A store that
//! other users may write to is not used. One that root has filled may be used by everybody.

use crate::error::Error;
use input_file::cached::{
    self, Look, State, outdated_record, put, record, record_of_new, record_path, state, trust,
};
use input_file::{FileStamp, open_regular_nofollow};
use rustix::fs::{FlockOperation, OFlags, flock};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The directory in the cache.
const DIR: &str = "by-sha256";

/// The store of downloaded files, in a directory that need not exist yet.
#[derive(Debug, Clone)]
pub struct Store {
    /// The directory of the whole cache.
    root: PathBuf,
    dir: PathBuf,
}

/// A file in the store, whole when it was looked at.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Where it lies.
    pub path: PathBuf,
    /// The stamp that it had then. Whoever opens it compares: a file that has the same one is the same.
    pub stamp: FileStamp,
}

/// An entry of the store, for those who look at what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The SHA-256, in hex.
    pub sha256: String,
    /// Bytes on the disk.
    pub len: u64,
    /// Whether only its beginning is there.
    pub partial: bool,
    /// When it was put there, or last written to.
    pub since: Option<SystemTime>,
}

/// The right to put the file of one digest into the store; others wait until it is dropped.
#[derive(Debug)]
pub(crate) struct Putting {
    final_path: PathBuf,
    _lock: File,
}

impl Store {
    /// The store in the cache in that directory.
    pub fn at(cache: PathBuf) -> Self {
        Self { dir: cache.join(DIR), root: cache }
    }

    fn path(&self, sha256: &str) -> PathBuf {
        debug_assert!(is_digest(sha256));
        self.dir.join(sha256)
    }

    /// The file with that SHA-256 (64 hex digits, in small letters), if it is there and whole.
    ///
    /// # Errors
    /// [`Error::Cache`] when the store is not to be trusted, or cannot be read.
    pub fn get(&self, sha256: &str) -> Result<Option<Stored>, Error> {
        trust(&self.root, &self.dir)?;
        let path = self.path(sha256);
        match state(&path, Some(sha256), Look::AtStamp)? {
            State::Missing | State::Damaged => Ok(None),
            State::Whole => {
                if outdated_record(&path)?.is_some() {
                    // OK to ignore: the store may be another's, and then the digest is computed each time.
                    let _ = on_disk(&path, sha256);
                }
                let (_, metadata) =
                    open_regular_nofollow(&path).map_err(input_file::CacheError::from)?;
                Ok(Some(Stored { path, stamp: FileStamp::from(&metadata) }))
            }
        }
    }

    /// Takes the right to put the file with that SHA-256 there. If somebody else has it, calls
    /// `waiting`, and waits.
    pub(crate) fn put(&self, sha256: &str, waiting: &mut dyn FnMut()) -> Result<Putting, Error> {
        let make = DirBuilder::new().recursive(true).mode(0o700).create(&self.dir);
        make.map_err(|e| write_error(&self.dir, e))?;
        trust(&self.root, &self.dir)?;
        let final_path = self.path(sha256);
        let path = beside(&final_path, "lock");
        let lock = create(&path)?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            waiting();
            flock(&lock, FlockOperation::LockExclusive)
                .map_err(|e| write_error(&path, e.into()))?;
        }
        Ok(Putting { final_path, _lock: lock })
    }

    /// The entries of the store, in the order of their digests.
    ///
    /// # Errors
    /// [`Error::Cache`] as [`get`](Self::get).
    pub fn list(&self) -> Result<Vec<Entry>, Error> {
        trust(&self.root, &self.dir)?;
        let read = |source| input_file::CacheError::Read { path: self.dir.clone(), source };
        let entries = match fs::read_dir(&self.dir) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(read)?,
        };
        let mut all = Vec::new();
        for entry in entries {
            let entry = entry.map_err(read)?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let began = name.strip_suffix(".part").or(name.strip_suffix(".anew"));
            let (partial, sha256) = (began.is_some(), began.unwrap_or(name));
            let Some(metadata) = entry.metadata().ok().filter(|m| m.is_file()) else { continue };
            if is_digest(sha256) {
                let (sha256, since) = (sha256.to_owned(), metadata.modified().ok());
                all.push(Entry { sha256, len: metadata.len(), partial, since });
            }
        }
        all.sort_by(|a, b| (&a.sha256, a.partial).cmp(&(&b.sha256, b.partial)));
        Ok(all)
    }

    /// Removes the entries that `unwanted` picks, but none that somebody is downloading. Returns
    /// those that were removed.
    ///
    /// # Errors
    /// [`Error::Cache`] as [`get`](Self::get); [`Error::Write`] when one cannot be removed.
    pub fn prune(&self, unwanted: impl Fn(&Entry) -> bool) -> Result<Vec<Entry>, Error> {
        let mut removed = Vec::new();
        for entry in self.list()?.into_iter().filter(unwanted) {
            let path = self.path(&entry.sha256);
            let lock_path = beside(&path, "lock");
            let lock = create(&lock_path)?;
            if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
                continue;
            }
            let parts = match entry.partial {
                true => ["part", "anew", "from"].map(|of| beside(&path, of)).to_vec(),
                false => vec![path.clone(), record_path(&path)],
            };
            parts.iter().try_for_each(|part| remove(part))?;
            removed.push(entry);
        }
        Ok(removed)
    }
}

impl Putting {
    /// The path of the part: the beginning of the file, as far as it was downloaded.
    pub(crate) fn part(&self) -> PathBuf {
        beside(&self.final_path, "part")
    }

    /// Opens the part, and creates it if there is none.
    pub(crate) fn open_part(&self) -> Result<File, Error> {
        let path = self.part();
        // A part that another user owns or may write to is removed: completed, the file would still
        // be theirs.
        if matches!(cached::open(&path), Ok(None)) {
            remove(&path)?;
        }
        create(&path)
    }

    /// The path of the whole file that is written beside the part.
    fn anew(&self) -> PathBuf {
        beside(&self.final_path, "anew")
    }

    /// Creates the file, empty, that is written whole beside the part.
    pub(crate) fn open_anew(&self) -> Result<File, Error> {
        remove(&self.anew())?;
        create(&self.anew())
    }

    /// Puts the whole file, whose digest is the right one, in place of the part.
    pub(crate) fn keep_anew(&self) -> Result<(), Error> {
        put(&self.anew(), &self.part()).map_err(|e| write_error(&self.part(), e))
    }

    /// Removes the whole file that was written beside the part.
    pub(crate) fn forget_anew(&self) -> Result<(), Error> {
        remove(&self.anew())
    }

    /// The address that the part came from, and the entity tag or date that the server gave the
    /// file then.
    pub(crate) fn from(&self) -> Option<(String, String)> {
        let (file, _) = cached::open(&beside(&self.final_path, "from")).ok()??;
        let mut text = String::new();
        io::Read::read_to_string(&mut io::Read::take(file, 64 << 10), &mut text).ok()?;
        let (url, tag) = text.strip_suffix('\n')?.split_once('\n')?;
        Some((url.to_owned(), tag.to_owned()))
    }

    /// Records the address that the part came from, and the entity tag or date.
    pub(crate) fn set_from(&self, url: &str, tag: &str) -> Result<(), Error> {
        let path = beside(&self.final_path, "from");
        let mut file = create(&path)?;
        let text = format!("{url}\n{tag}\n");
        // Not emptied first: ext4 would write it to the disk when it is closed, and its removal wait for that.
        let written =
            file.write_all(text.as_bytes()).and_then(|()| file.set_len(text.len() as u64));
        written.map_err(|e| write_error(&path, e))
    }

    /// Removes the part, and the record of where it came from.
    pub(crate) fn forget(&self) -> Result<(), Error> {
        remove(&self.part())?;
        remove(&beside(&self.final_path, "from"))
    }

    /// Gives the file its name: all of its `len` bytes came, and their digest is the right one.
    pub(crate) fn keep(&self, sha256: &str, len: u64) -> Result<(), Error> {
        let part = self.part();
        // A file system of another machine may report only now that it had no room for all of it.
        let kept = File::open(&part).and_then(|file| file.metadata());
        let kept = kept.map_err(|e| write_error(&part, e))?.len();
        if kept != len {
            remove(&part)?;
            let why = format!("{kept} of {len} bytes were kept; is the disk full?");
            return Err(write_error(&part, io::Error::other(why)));
        }
        put(&part, &self.final_path).map_err(|e| write_error(&part, e))?;
        // The disk is not waited for: it may be slower than the network.
        let text = record_of_new(&self.final_path, sha256);
        let written = text.and_then(|text| write_record(&self.final_path, &text));
        written.map_err(|e| write_error(&self.final_path, e))?;
        remove(&beside(&self.final_path, "from"))
    }
}

/// Writes the record of a file in the store, whole at once: others may read it.
fn write_record(path: &Path, text: &str) -> io::Result<()> {
    let new = beside(path, &format!("sum.{}", std::process::id()));
    fs::write(&new, text)?;
    put(&new, &record_path(path))
}

/// Waits until the disk has a file, and writes its record, which then counts for good.
fn on_disk(path: &Path, sha256: &str) -> io::Result<()> {
    File::open(path)?.sync_all()?;
    write_record(path, &record(path, sha256)?)
}

fn is_digest(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

/// Opens a file to read and write, and creates it if it is not there. No link is followed, and
/// nothing else is opened that is no file.
fn create(path: &Path) -> Result<File, Error> {
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or(0);
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false);
    let file = options.custom_flags(flags).mode(0o600).open(path);
    let file = file.map_err(|e| write_error(path, e))?;
    match file.metadata().is_ok_and(|m| m.is_file()) {
        true => Ok(file),
        false => Err(write_error(path, io::Error::other("it is no file"))),
    }
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(write_error(path, e)),
        _ => Ok(()),
    }
}

pub(crate) fn write_error(path: &Path, source: io::Error) -> Error {
    Error::Write { path: path.to_path_buf(), source }
}
