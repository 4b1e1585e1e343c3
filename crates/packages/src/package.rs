//! Package files of any kind, recognised by their first bytes and not by their names.
//!
//! Packages are read as a stream, in no more memory than their compression needs, and always to the
//! end, so that all checksums are verified: nothing read from a damaged package is used.
//! Nothing is ever written under a name that a package chose.

use crate::archive::{Members, limited};
use crate::deb::Deb;
use crate::error::Error;
use crate::kept::Kept;
use crate::rpm::{self, Rpm};
use input_file::open_regular;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// An open package file. Its name, version and architecture have been read and checked.
#[derive(Debug)]
pub enum Package {
    /// A package of Debian or Ubuntu.
    Deb(Deb),
    /// A package of Fedora or openSUSE.
    Rpm(Rpm),
    /// The kept files of a fetched package.
    Kept(Kept),
}

impl Package {
    /// Opens a package and reads its name, version and architecture.
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

    /// The path of the package file.
    pub fn path(&self) -> &Path {
        match self {
            Self::Deb(deb) => deb.path(),
            Self::Rpm(rpm) => rpm.path(),
            Self::Kept(kept) => &kept.path,
        }
    }

    /// The package's name: `grub-pc-bin`.
    pub fn name(&self) -> &str {
        match self {
            Self::Deb(deb) => &deb.control().package,
            Self::Rpm(rpm) => &rpm.header().name,
            Self::Kept(kept) => &kept.name,
        }
    }

    /// The package's version: `2.06-13+deb12u2`.
    pub fn version(&self) -> &str {
        match self {
            Self::Deb(deb) => &deb.control().version,
            Self::Rpm(rpm) => &rpm.header().version,
            Self::Kept(kept) => &kept.version,
        }
    }

    /// The package's architecture: `amd64`, `x86_64`, or `all` and `noarch` for every one.
    pub fn architecture(&self) -> &str {
        match self {
            Self::Deb(deb) => &deb.control().architecture,
            Self::Rpm(rpm) => &rpm.header().architecture,
            Self::Kept(kept) => &kept.architecture,
        }
    }

    /// The SHA-256 digest of the package file, in lower-case hex.
    ///
    /// # Errors
    /// [`Error::Read`] when the file cannot be read.
    pub fn sha256(&self) -> Result<String, Error> {
        match self {
            Self::Deb(deb) => deb.sha256(),
            Self::Rpm(rpm) => rpm.sha256(),
            Self::Kept(kept) => Ok(kept.sha256.clone()),
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
