//! Where things are on this machine, as a value, so that a test can say it otherwise.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The part of the environment that reading inputs depends on. None of it reaches an image: it
/// says where to look, never what is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// `HOME`, if absolute.
    pub home: Option<PathBuf>,
    /// `XDG_CACHE_HOME`, if absolute; the XDG specification says to ignore it otherwise.
    pub xdg_cache_home: Option<PathBuf>,
    /// `PATH`, where `apt-get` is looked for.
    pub path: OsString,
    /// What `/usr/lib/grub`, `/var/lib/dpkg` and `/etc/apt` are below; `/` outside tests.
    pub root: PathBuf,
}

impl Environment {
    /// The environment of this process.
    pub fn from_process() -> Self {
        let dir = |name| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
        Self {
            home: dir("HOME"),
            xdg_cache_home: dir("XDG_CACHE_HOME"),
            path: std::env::var_os("PATH").unwrap_or_default(),
            root: PathBuf::from("/"),
        }
    }

    /// `path` (relative) below the root.
    pub(crate) fn below_root(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    /// Looks for a program in `PATH`, then where it is if `PATH` is a poor one.
    pub(crate) fn find_program(&self, name: &str) -> Option<PathBuf> {
        std::env::split_paths(&self.path)
            .filter(|dir| dir.is_absolute())
            .chain(["usr/bin", "bin"].map(|dir| self.below_root(dir)))
            .map(|dir| dir.join(name))
            .find(|p| p.is_file())
    }
}
