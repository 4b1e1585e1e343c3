//! The environment: where things are on this machine. It is a value, so that a test can give its
//! own.

use crate::error::Error;
use input_file::OpenedFiles;
use packages::{Apt, Cache};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The part of the environment that a key depends on: where files are looked for, and the time.
/// Only the files found there and the time reach an image; the paths do not.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The value of `HOME`, if it is an absolute path.
    pub home: Option<PathBuf>,
    /// The value of `XDG_CACHE_HOME`, if it is an absolute path; the XDG specification says to
    /// ignore it otherwise.
    pub xdg_cache_home: Option<PathBuf>,
    /// The value of `PATH`: the directories in which `apt-get` is looked for.
    pub path: OsString,
    /// The directory that `/usr/lib/grub`, `/var/lib/dpkg` and `/etc/apt` are below; `/` outside
    /// tests.
    pub root: PathBuf,
    /// The value of `SOURCE_DATE_EPOCH`, in seconds since 1970.
    /// <https://reproducible-builds.org/specs/source-date-epoch/>
    pub source_date_epoch: Option<i64>,
    /// The files that were opened with this environment.
    pub opened: OpenedFiles,
}

impl Environment {
    /// The environment of this process.
    ///
    /// # Errors
    /// [`Error::SourceDateEpoch`] when that variable is set to something that is no time.
    pub fn from_process() -> Result<Self, Error> {
        let dir = |name| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
        let epoch = std::env::var_os("SOURCE_DATE_EPOCH");
        Ok(Self {
            home: dir("HOME"),
            xdg_cache_home: dir("XDG_CACHE_HOME"),
            path: std::env::var_os("PATH").unwrap_or_default(),
            root: PathBuf::from("/"),
            source_date_epoch: epoch.as_deref().map_or(Ok(None), source_date_epoch)?,
            opened: OpenedFiles::default(),
        })
    }

    /// The cache of fetched packages.
    ///
    /// # Errors
    /// [`Error::NoCache`] when neither variable that says where it is has an absolute path.
    pub fn cache(&self) -> Result<Cache, Error> {
        let xdg = self.xdg_cache_home.clone();
        let base = xdg.or_else(|| Some(self.home.as_ref()?.join(".cache")));
        let dir = base.ok_or(Error::NoCache)?.join("bootkey");
        self.opened.add_directory(&dir);
        Ok(Cache::at(dir))
    }

    /// The system's apt.
    pub(crate) fn apt(&self) -> Apt<'_> {
        Apt { path: &self.path, root: &self.root }
    }

    /// `path` (relative) below the root.
    pub(crate) fn below_root(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }
}

/// The time in the value of `SOURCE_DATE_EPOCH`. An empty value counts as none, because shells and
/// CI systems unset an inherited variable by emptying it.
fn source_date_epoch(value: &OsStr) -> Result<Option<i64>, Error> {
    let text = value.to_string_lossy();
    match text.parse::<i64>() {
        _ if text.is_empty() => Ok(None),
        Ok(seconds) if seconds >= 0 => Ok(Some(seconds)),
        _ => Err(Error::SourceDateEpoch { value: text.into_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use key_spec::ErrorFamily;

    #[test]
    fn a_time_is_whole_seconds_since_1970() {
        let of = |value: &str| source_date_epoch(value.as_ref());
        assert_eq!(of("1700000000").unwrap(), Some(1_700_000_000));
        assert_eq!(of("0").unwrap(), Some(0));
        assert_eq!(of("").unwrap(), None);
        for bad in ["-1", "tomorrow", "1.5", " 1", "99999999999999999999"] {
            let e = of(bad).unwrap_err();
            assert!(e.to_string().contains(&format!("is `{bad}`")), "{e}");
            assert_eq!(e.family(), ErrorFamily::Usage);
        }
    }

    #[test]
    fn xdg_goes_before_home_and_one_is_needed() {
        let mut env = Environment {
            home: Some("/h".into()),
            xdg_cache_home: Some("/x".into()),
            path: "".into(),
            root: "/".into(),
            source_date_epoch: None,
            opened: OpenedFiles::default(),
        };
        assert_eq!(env.cache().unwrap().dir(), Path::new("/x/bootkey"));
        env.xdg_cache_home = None;
        assert_eq!(env.cache().unwrap().dir(), Path::new("/h/.cache/bootkey"));
        env.home = None;
        assert!(matches!(env.cache(), Err(Error::NoCache)));
    }
}
