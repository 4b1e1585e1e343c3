//! The list of all files that were opened.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The list of the files that were opened as inputs, so that none of them is replaced by an
/// output. Clones share one list.
#[derive(Debug, Clone, Default)]
pub struct OpenedFiles(Arc<Mutex<Opened>>);

#[derive(Debug, Default)]
struct Opened {
    /// Paths, each with its file's device and inode.
    files: Vec<(PathBuf, (u64, u64))>,
    /// Directories that are read as a whole, links followed.
    directories: Vec<PathBuf>,
}

/// The device and inode of a file, by which it is known under whatever name.
pub fn device_and_inode(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

impl OpenedFiles {
    /// Adds a file that was opened by that path.
    pub fn add(&self, path: &Path, metadata: &Metadata) {
        self.with(|all| all.files.push((path.to_owned(), device_and_inode(metadata))));
    }

    /// Adds the file that a path leads to now, if it leads to any.
    pub fn add_path(&self, path: &Path) {
        if let Ok(metadata) = fs::metadata(path) {
            self.add(path, &metadata);
        }
    }

    /// Adds all files below a directory, also those that come later.
    pub fn add_directory(&self, path: &Path) {
        if let Ok(real) = path.canonicalize() {
            self.with(|all| match all.directories.contains(&real) {
                true => {}
                false => all.directories.push(real),
            });
        }
    }

    /// The path by which a file was opened. A file is known by its device and inode, under
    /// whatever name; by its real path, if it lies in a directory that is read as a whole; and by
    /// its path, if another file has come there since.
    pub fn find(&self, real: &Path, device_and_inode: (u64, u64)) -> Option<PathBuf> {
        let now = |path: &Path| fs::metadata(path).ok().as_ref().map(self::device_and_inode);
        self.with(|all| {
            let opened = |(path, file): &&(PathBuf, _)| {
                *file == device_and_inode || now(path) == Some(device_and_inode)
            };
            let file = all.files.iter().find(opened).map(|(path, _)| path.clone());
            let real = real.canonicalize().unwrap_or_else(|_| real.to_owned());
            file.or_else(|| all.directories.iter().any(|d| real.starts_with(d)).then_some(real))
        })
    }

    fn with<T>(&self, f: impl FnOnce(&mut Opened) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_any_of_its_names_and_by_its_directory() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("cache")).unwrap();
        for name in ["a", "b", "cache/c"] {
            fs::write(at(name), name).unwrap();
        }
        fs::hard_link(at("a"), at("hard")).unwrap();
        std::os::unix::fs::symlink("a", at("soft")).unwrap();
        let opened = OpenedFiles::default();
        opened.add_path(&at("a"));
        opened.add_path(&at("none"));
        opened.clone().add_directory(&at("cache"));
        let find = |name: &str| {
            let m = fs::metadata(at(name)).unwrap();
            opened.find(&at(name), (m.dev(), m.ino()))
        };
        for name in ["a", "hard", "soft"] {
            assert_eq!(find(name), Some(at("a")), "{name}");
        }
        assert_eq!(find("cache/c"), Some(at("cache/c").canonicalize().unwrap()));
        assert_eq!(find("b"), None);
        fs::rename(at("b"), at("a")).unwrap();
        assert_eq!(find("a"), Some(at("a")), "another file under the same path");
        assert_eq!(find("hard"), Some(at("a")), "the file that was opened");
    }
}
