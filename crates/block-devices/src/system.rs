//! The files in which Linux says what devices there are.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use thiserror::Error as ThisError;

/// Most bytes of a file that are read: `/proc/self/mountinfo` of a busy machine has some hundred KiB.
const LONGEST: u64 = 16 << 20;

/// The reasons why the devices cannot be listed.
#[derive(Debug, ThisError)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say what the fields are
pub enum Error {
    #[error(
        "{} cannot be read: {source}; disks are listed by Linux's sysfs (`mount -t sysfs sysfs /sys`)",
        shown_text::Shown(path.as_os_str().as_encoded_bytes())
    )]
    Sysfs { path: PathBuf, source: io::Error },
    #[error(
        "{} cannot be read: {source}; without it nobody knows which disks are in use",
        shown_text::Shown(path.as_os_str().as_encoded_bytes())
    )]
    Proc { path: PathBuf, source: io::Error },
}

/// A Linux system, as its files in `/sys`, `/proc`, `/run/udev` and `/dev` describe it.
#[derive(Debug, Clone)]
pub struct System {
    root: PathBuf,
}

impl System {
    /// The system whose root directory this is: `/`, or a directory with such files.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The place of a file of the system, given by its path there.
    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// The text of a file, lossily decoded: all of it, or an error.
    pub(crate) fn read(&self, path: impl AsRef<Path>) -> io::Result<String> {
        let mut bytes = Vec::new();
        let read = File::open(self.path(path))?.take(LONGEST + 1).read_to_end(&mut bytes)?;
        if read as u64 > LONGEST {
            return Err(io::Error::other(format!("it is longer than {LONGEST} bytes")));
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The value of an attribute in sysfs, without the spaces that pad it. `None`: it is not there,
    /// or says nothing. Devices may go while they are looked at, so that is no error.
    pub(crate) fn attribute(&self, path: impl AsRef<Path>) -> Option<String> {
        let text = self.read(path).ok()?;
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// As [`attribute`](Self::attribute), of one that is a number.
    pub(crate) fn number(&self, path: impl AsRef<Path>) -> Option<u64> {
        self.attribute(path)?.parse().ok()
    }

    /// The names in a directory, sorted.
    pub(crate) fn names(&self, path: impl AsRef<Path>) -> io::Result<Vec<String>> {
        let names = fs::read_dir(self.path(path))?;
        let names = names.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        let mut names = names.collect::<io::Result<Vec<String>>>()?;
        names.sort();
        Ok(names)
    }

    /// The names in a directory of sysfs, sorted. None, if it is not there: the kernel, or the device,
    /// has no such thing.
    pub(crate) fn names_if_any(&self, path: impl AsRef<Path>) -> Result<Vec<String>, Error> {
        let path = path.as_ref();
        self.names(path).or_else(|source| match source.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Ok(Vec::new()),
            _ => Err(Error::Sysfs { path: self.path(path), source }),
        })
    }

    pub(crate) fn is_there(&self, path: impl AsRef<Path>) -> bool {
        self.path(path).exists()
    }

    /// Where a path leads when links are followed, as a path of the system: names above its root say
    /// nothing about it.
    pub(crate) fn resolve(&self, path: impl AsRef<Path>) -> Option<PathBuf> {
        let real = fs::canonicalize(self.path(path)).ok()?;
        let root = fs::canonicalize(&self.root).ok()?;
        Some(Path::new("/").join(real.strip_prefix(root).ok()?))
    }
}
