//! Stamps of files, by which a change is noticed.

use rustix::fs::Stat;
use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;

/// The stamp of a file at a moment: its device, inode, length and times. Two equal stamps mean the
/// same file, unchanged.
///
/// All crates use this one type, so that "has this file changed?" is answered in one way: for an
/// ISO, for a file of a directory, for an archive, and for what the writer copies from.
///
/// The stamp includes the time of the last change of the file's state (`st_ctime`), because the
/// time of its contents (`st_mtime`) can be set back after they were rewritten, as
/// `rsync --inplace --times` and `touch -r` do; `st_ctime` cannot be set. The price: a new name, a
/// new owner or new permissions change the stamp too, and cannot be told from rewritten contents.
/// All of these count as a change ([`FileChange::State`]): running the command again costs less
/// than a key with half of an ISO in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileStamp {
    device: u64,
    inode: u64,
    len: u64,
    /// Times of the last change of the contents, then of the state, in seconds since 1970.
    /// Seconds and nanoseconds are apart because that makes a stamp 8 bytes smaller, and a
    /// directory of many files has many.
    seconds: [i64; 2],
    nanoseconds: [u32; 2],
}

impl FileStamp {
    /// The device that holds the file, and its inode there.
    pub fn device_and_inode(&self) -> (u64, u64) {
        (self.device, self.inode)
    }

    /// Length in bytes.
    #[allow(clippy::len_without_is_empty)] // of the file, which `is_empty` would not be about
    pub fn len(&self) -> u64 {
        self.len
    }

    /// The stamp of the contents alone, which stays the same when the file gets another name.
    pub fn of_contents(self) -> Self {
        let ([modified, _], [nanoseconds, _]) = (self.seconds, self.nanoseconds);
        Self { seconds: [modified, 0], nanoseconds: [nanoseconds, 0], ..self }
    }

    /// The stamp as a line of text, for a record of it.
    pub fn to_line(&self) -> String {
        let Self { device, inode, len, seconds: [s0, s1], nanoseconds: [n0, n1] } = self;
        format!("{device} {inode} {len} {s0} {n0} {s1} {n1}")
    }

    /// The stamp that [`to_line`](Self::to_line) wrote; `None` if it is no such line.
    pub fn from_line(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let mut next = || words.next();
        let (device, inode, len) =
            (next()?.parse().ok()?, next()?.parse().ok()?, next()?.parse().ok()?);
        let (s0, n0) = (next()?.parse().ok()?, next()?.parse().ok()?);
        let (s1, n1) = (next()?.parse().ok()?, next()?.parse().ok()?);
        let stamp = Self { device, inode, len, seconds: [s0, s1], nanoseconds: [n0, n1] };
        next().is_none().then_some(stamp)
    }

    /// Compares this stamp with `now`, a later stamp of the file at the same path.
    ///
    /// # Errors
    /// The first difference.
    pub fn compare(&self, now: impl Into<Self>) -> Result<(), FileChange> {
        let now = now.into();
        let modified = |s: &Self| (s.seconds[0], s.nanoseconds[0]);
        Err(if self.device_and_inode() != now.device_and_inode() {
            FileChange::Replaced
        } else if self.len != now.len {
            FileChange::Length { was: self.len, is: now.len }
        } else if modified(self) != modified(&now) {
            FileChange::Contents
        } else if *self != now {
            FileChange::State
        } else {
            return Ok(());
        })
    }
}

impl From<&Metadata> for FileStamp {
    fn from(m: &Metadata) -> Self {
        Self {
            device: m.dev(),
            inode: m.ino(),
            len: m.len(),
            seconds: [m.mtime(), m.ctime()],
            // OK to cast: nanoseconds are below 1,000,000,000.
            nanoseconds: [m.mtime_nsec() as u32, m.ctime_nsec() as u32],
        }
    }
}

impl From<&Stat> for FileStamp {
    fn from(s: &Stat) -> Self {
        Self {
            device: s.st_dev,
            inode: s.st_ino,
            // OK to cast: a length is not negative, nanoseconds are below 1,000,000,000.
            len: s.st_size as u64,
            seconds: [s.st_mtime, s.st_ctime],
            nanoseconds: [s.st_mtime_nsec as u32, s.st_ctime_nsec as u32],
        }
    }
}

/// The difference between two stamps of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileChange {
    /// Another file has that name now.
    Replaced,
    /// The file is longer or shorter than it was.
    Length {
        /// Bytes at first.
        was: u64,
        /// Bytes now.
        is: u64,
    },
    /// The file was written to.
    Contents,
    /// The file's state was changed, and perhaps its contents too.
    State,
}

impl fmt::Display for FileChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replaced => f.write_str("it is another file now"),
            Self::Length { was, is } => write!(f, "{was} bytes at first, {is} now"),
            Self::Contents => f.write_str("it was written to"),
            Self::State => f.write_str(
                "it was written to and its time set back, or its owner, permissions or names \
                 were changed",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File, OpenOptions};
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    fn stamp(path: &Path) -> FileStamp {
        let file = File::open(path).unwrap();
        let stamp = FileStamp::from(&file.metadata().unwrap());
        assert_eq!(stamp, FileStamp::from(&rustix::fs::fstat(&file).unwrap()));
        stamp
    }

    /// Repeats a change until the stamp shows it: the file system's clock may tick only every 10
    /// ms.
    fn until_noticed(path: &Path, change: impl Fn()) -> FileChange {
        let before = stamp(path);
        loop {
            change();
            if let Err(change) = before.compare(stamp(path)) {
                return change;
            }
        }
    }

    #[test]
    fn contents_rewritten_in_place_are_noticed_though_the_time_is_set_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.iso");
        fs::write(&path, "old").unwrap();
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        let change = until_noticed(&path, || {
            let mut file = OpenOptions::new().write(true).open(&path).unwrap();
            file.write_all(b"new").unwrap();
            file.set_modified(modified).unwrap();
        });
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), modified);
        assert_eq!(change, FileChange::State);
        assert!(change.to_string().contains("its time set back"), "{change}");
    }

    #[test]
    fn a_new_name_and_new_permissions_are_changes_of_state() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.iso");
        fs::write(&path, "contents").unwrap();
        let other = dir.path().join("y.iso");
        let change = until_noticed(&path, || {
            // OK to ignore: only a round before this one has made the name.
            let _ = fs::remove_file(&other);
            fs::hard_link(&path, &other).unwrap();
        });
        assert_eq!(change, FileChange::State);
        let mode = fs::Permissions::from_mode;
        let change = until_noticed(&path, || fs::set_permissions(&path, mode(0o600)).unwrap());
        assert_eq!(change, FileChange::State);
        assert!(change.to_string().contains("owner, permissions or names"), "{change}");
    }

    #[test]
    fn a_line_is_the_stamp() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("x"), "x").unwrap();
        let stamp = stamp(&dir.path().join("x"));
        assert_eq!(FileStamp::from_line(&stamp.to_line()), Some(stamp));
        for bad in ["", "1 2 3", "1 2 3 4 5 6 7 8", "1 2 3 4 5 6 x"] {
            assert_eq!(FileStamp::from_line(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_changed_most_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.iso");
        fs::write(&path, "old").unwrap();
        let before = stamp(&path);
        before.compare(stamp(&path)).unwrap();
        let change = until_noticed(&path, || fs::write(&path, "new").unwrap());
        assert!(matches!(change, FileChange::Contents | FileChange::Length { .. }), "{change}");
        fs::write(&path, "longer").unwrap();
        assert_eq!(before.compare(stamp(&path)), Err(FileChange::Length { was: 3, is: 6 }));
        fs::write(dir.path().join("y"), "old").unwrap();
        fs::rename(dir.path().join("y"), &path).unwrap();
        assert_eq!(before.compare(stamp(&path)), Err(FileChange::Replaced));
    }
}
