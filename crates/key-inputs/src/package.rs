//! Package files of any kind, told apart by their first bytes and not by their names.

use crate::deb::{Deb, Members};
use crate::error::Error;
use std::path::{Path, PathBuf};

/// A package file, open; what it says of itself has been read and judged.
#[derive(Debug)]
pub(crate) enum Package {
    /// Debian's, Ubuntu's.
    Deb(Deb),
}

/// A package file that something was taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageFile {
    /// Name of the package: `grub-pc-bin`.
    pub name: String,
    /// Its version: `2.06-13+deb12u2`.
    pub version: String,
    /// Its architecture: `amd64`, `x86_64`, `noarch`.
    pub architecture: String,
    /// SHA-256 of the package file, in hex.
    pub sha256: String,
    /// Where the file is on this machine. Must not reach an image.
    pub path: PathBuf,
}

impl Package {
    /// Opens a package and reads what it says of itself.
    ///
    /// # Errors
    /// As [`Deb::open`].
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        Deb::open(path).map(Self::Deb)
    }

    /// What it is.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub(crate) fn file(&self) -> Result<PackageFile, Error> {
        match self {
            Self::Deb(deb) => {
                let c = deb.control();
                Ok(PackageFile {
                    name: c.package.clone(),
                    version: c.version.clone(),
                    architecture: c.architecture.clone(),
                    sha256: deb.sha256()?,
                    path: deb.path().to_path_buf(),
                })
            }
        }
    }

    /// Reads the regular files for whose names `wanted` says yes, at most `limit` bytes
    /// together. Links and directories are passed over.
    ///
    /// # Errors
    /// As [`Deb::read_members`].
    pub(crate) fn read_members(
        &self,
        limit: u64,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Members, Error> {
        match self {
            Self::Deb(deb) => deb.read_members(limit, wanted),
        }
    }
}
