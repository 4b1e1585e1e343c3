//! Package files of any kind, told apart by their first bytes and not by their names.
//!
//! Packages are read as a stream, in the memory that their compression needs, and always to the
//! end, so that its checksums are verified: what was read of a damaged package is never used.
//! Nothing is ever written under a name that a package chose.

pub(crate) mod archive;
pub(crate) mod bounded;
pub(crate) mod compression;
pub(crate) mod kept;
pub(crate) mod member;

use crate::cache::CachedPackage;
use crate::deb::Deb;
use crate::error::Error;
use crate::files::open_regular;
use crate::rpm::{self, Rpm};
use archive::limited;
use kept::Kept;
use key_inventory::PackageFile;
use std::collections::BTreeMap;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

/// Most that a package may unpack to in any case, in bytes; larger than any ISO in a package.
pub(crate) const MAX_UNPACKED: u64 = 64 << 30;
/// What a package may unpack to beyond twice its declared size, in bytes: headers and padding.
pub(crate) const SLACK: u64 = 64 << 20;

/// Members that were read, by name.
pub type Members = BTreeMap<String, Arc<[u8]>>;

/// A package file, open; what it says of itself has been read and judged.
#[derive(Debug)]
pub(crate) enum Package {
    /// Debian's, Ubuntu's.
    Deb(Deb),
    /// Fedora's, openSUSE's.
    Rpm(Rpm),
    /// What is kept of a fetched one: [`crate::grub::is_kept`] says which of its files.
    Kept(Kept),
}

impl Package {
    /// Opens a package and reads what it says of itself.
    ///
    /// # Errors
    /// As [`Deb::open`] and [`Rpm::open`]; [`Error::NotAPackage`] for anything else.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let (file, _) = open_regular(path)?;
        let mut magic = [0; 4];
        match file.read_exact_at(&mut magic, 0) {
            Ok(()) if magic == *rpm::MAGIC => Rpm::open(path).map(Self::Rpm),
            Ok(()) if magic == *b"!<ar" => Deb::open(path).map(Self::Deb),
            _ => Err(Error::NotAPackage { path: path.to_path_buf() }),
        }
    }

    /// Opens a fetched package, for its files that are kept: as they are kept, if they are.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn fetched(cached: &CachedPackage) -> Result<Self, Error> {
        match cached.kept() {
            Some(kept) => Ok(Self::Kept(kept)),
            None => Self::open(&cached.deb),
        }
    }

    /// Where the package file is.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Deb(deb) => deb.path(),
            Self::Rpm(rpm) => rpm.path(),
            Self::Kept(kept) => &kept.file.path,
        }
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
    pub(crate) fn read_members(
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
