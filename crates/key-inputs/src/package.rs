//! Package files of any kind, told apart by their first bytes and not by their names.

use crate::deb::{Deb, Members};
use crate::error::Error;
use key_plan::PackageFile;
use std::path::Path;

/// A package file, open; what it says of itself has been read and judged.
#[derive(Debug)]
pub(crate) enum Package {
    /// Debian's, Ubuntu's.
    Deb(Deb),
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
