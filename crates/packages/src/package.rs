//! Package files of any kind, told apart by their first bytes and not by their names.
//!
//! Packages are read as a stream, in the memory that their compression needs, and always to the
//! end, so that its checksums are verified: what was read of a damaged package is never used.
//! Nothing is ever written under a name that a package chose.

use crate::archive::{Members, limited};
use crate::deb::Deb;
use crate::error::Error;
use crate::kept::Kept;
use crate::package_file::PackageFile;
use crate::rpm::{self, Rpm};
use input_file::open_regular;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// A package file, open; what it says of itself has been read and judged.
#[derive(Debug)]
pub enum Package {
    /// A package of Debian or Ubuntu.
    Deb(Deb),
    /// A package of Fedora or openSUSE.
    Rpm(Rpm),
    /// The files that are kept of a fetched one.
    Kept(Kept),
}

impl Package {
    /// Opens a package and reads what it says of itself.
    ///
    /// # Errors
    /// As [`Deb::open`] and [`Rpm::open`]; [`Error::NotAPackage`] for anything else.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let (file, _) = open_regular(path)?;
        let mut magic = [0; 4];
        match file.read_exact_at(&mut magic, 0) {
            Ok(()) if magic == *rpm::MAGIC => Rpm::open(path).map(Self::Rpm),
            Ok(()) if magic == *b"!<ar" => Deb::open(path).map(Self::Deb),
            _ => Err(Error::NotAPackage { path: path.to_path_buf() }),
        }
    }

    /// Where the package file is.
    pub fn path(&self) -> &Path {
        match self {
            Self::Deb(deb) => deb.path(),
            Self::Rpm(rpm) => rpm.path(),
            Self::Kept(kept) => &kept.file.path,
        }
    }

    /// What it says of itself, its digest, and where it is.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn file(&self) -> Result<PackageFile, Error> {
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
            Self::Rpm(rpm) => {
                let header = rpm.header().clone();
                Ok(PackageFile {
                    name: header.name,
                    version: header.version,
                    architecture: header.architecture,
                    sha256: rpm.sha256()?,
                    path: rpm.path().to_path_buf(),
                })
            }
            Self::Kept(kept) => Ok(kept.file.clone()),
        }
    }

    /// Reads the regular files for whose names `wanted` says yes, at most `limit` bytes
    /// together. Links and directories are passed over.
    ///
    /// # Errors
    /// As [`Deb::read_members`] and [`Rpm::read_members`].
    pub fn read_members(
        &self,
        limit: u64,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Members, Error> {
        match self {
            Self::Deb(deb) => deb.read_members(limit, wanted),
            Self::Rpm(rpm) => rpm.read_members(limit, wanted),
            Self::Kept(kept) => limited(self.path(), &kept.members, limit, wanted),
        }
    }
}
