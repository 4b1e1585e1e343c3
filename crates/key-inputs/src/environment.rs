//! Where things are on this machine, as a value, so that a test can say it otherwise.

use crate::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The part of the environment that a key depends on. The time alone reaches an image: all else
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
    /// `SOURCE_DATE_EPOCH`, <https://reproducible-builds.org/specs/source-date-epoch/>: seconds
    /// since 1970, not negative.
    pub source_date_epoch: Option<i64>,
}

impl Environment {
    /// The environment of this process.
    ///
    /// # Errors
    /// [`Error::SourceDateEpoch`] for one that is no number of seconds.
    pub fn from_process() -> Result<Self, Error> {
        let dir = |name| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
        let time = std::env::var_os("SOURCE_DATE_EPOCH");
        Ok(Self {
            home: dir("HOME"),
            xdg_cache_home: dir("XDG_CACHE_HOME"),
            path: std::env::var_os("PATH").unwrap_or_default(),
            root: PathBuf::from("/"),
            source_date_epoch: time.map(|t| seconds(&t.to_string_lossy())).transpose()?,
        })
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

fn seconds(text: &str) -> Result<i64, Error> {
    let seconds = text.parse().ok().filter(|seconds| *seconds >= 0);
    seconds.ok_or_else(|| Error::SourceDateEpoch { value: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn a_time_is_whole_seconds() {
        assert_eq!(seconds("1700000000").unwrap(), 1_700_000_000);
        for bad in ["", "-1", "1.5", "today", "99999999999999999999"] {
            let error = seconds(bad).unwrap_err().to_string();
            assert!(error.starts_with(&format!("SOURCE_DATE_EPOCH is `{bad}`")), "{error}");
        }
    }
}
