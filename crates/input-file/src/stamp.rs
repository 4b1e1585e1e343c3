//! Stamps: whether a file still is the one that was looked at.

use rustix::fs::Stat;
use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;

/// The stamp of a file: what tells it, at a moment, from all others and from itself later.
///
/// There is one type for all of them, here below everything that reads files, so that "has this
/// file changed?" has one answer: for an ISO, for a file of a directory, for an archive, and for
/// what the writer copies from.
///
/// The time of the last change of the file's state (`st_ctime`) is a part of it. Contents can be
/// rewritten and the time of their change (`st_mtime`) set back, as `rsync --inplace --times` and
/// `touch -r` do; the other time nobody can set. The price is that a new name for the file, a
/// new owner or new permissions make another stamp too. Which it was cannot be told afterwards, so
/// that is a change like any other, with a message that says as much ([`FileChange::State`]):
/// running the command again costs less than a key with half of an ISO in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStamp {
    device: u64,
    inode: u64,
    len: u64,
    /// Last change of the contents, then of anything: seconds since 1970, and nanoseconds. Apart,
    /// because a directory of many files has many stamps, and so they are 8 bytes smaller.
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

    /// The first difference to `now`, the stamp of the same file later.
    ///
    /// # Errors
    /// The difference.
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
    /// There is another file by that name now.
    Replaced,
    /// It is longer or shorter than it was.
    Length {
        /// Bytes at first.
        was: u64,
        /// Bytes now.
        is: u64,
    },
    /// It was written to.
    Contents,
    /// Its state was changed, and perhaps its contents with it.
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

    /// Does that until the file system's clock, which may tick every 10 ms only, has gone on.
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
            // It may be there from the last time.
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
