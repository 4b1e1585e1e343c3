//! A file that must stay as it is while it is written.

use input_file::{FileStamp, shown};
use std::io;
use std::path::{Path, PathBuf};

/// A file, and what it was when it was opened.
pub(super) struct Watched {
    path: PathBuf,
    stamp: FileStamp,
}

impl Watched {
    /// A file that is opened after this. `None`: there is none, which the opening says.
    pub(super) fn new(path: &Path) -> Option<Self> {
        let stamp = FileStamp::from(&std::fs::metadata(path).ok()?);
        Some(Self { path: path.to_owned(), stamp })
    }

    /// An error if it is another file by now, or was changed.
    pub(super) fn check(&self) -> io::Result<()> {
        let now = std::fs::metadata(&self.path);
        let same = now.map_err(|e| e.to_string()).and_then(|now| {
            let same = self.stamp.compare(&now);
            same.map_err(|change| change.to_string())
        });
        same.map_err(|what| {
            let file = shown(&self.path);
            io::Error::other(format!("`{file}` was changed meanwhile ({what}); begin again"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.img");
        assert!(Watched::new(&path).is_none());
        std::fs::write(&path, "old").unwrap();
        let watched = Watched::new(&path).unwrap();
        watched.check().unwrap();
        std::fs::write(&path, "longer").unwrap();
        let said = watched.check().unwrap_err().to_string();
        assert!(said.contains("was changed meanwhile (3 bytes at first, 6 now)"), "{said}");
        std::fs::remove_file(&path).unwrap();
        assert!(watched.check().is_err());
    }
}
