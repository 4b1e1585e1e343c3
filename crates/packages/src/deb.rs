//! Debian packages (.deb), read without dpkg.
//!
//! ```text
//! grub-pc-bin_2.06-13_amd64.deb          deb/ar.rs           the outer archive
//! ├─ debian-binary        "2.0\n"
//! ├─ control.tar.xz                      unpack              .gz .xz .zst or none
//! │  └─ control                          deb/control.rs      Package, Version, …
//! └─ data.tar.xz
//!    ├─ usr/lib/grub/i386-pc/boot.img    deb/tar.rs          names judged before they are used
//!    └─ …
//! ```

mod ar;
mod control;
mod tar;

pub use control::Control;
pub(crate) use control::{field, is_package_name};

use crate::archive::{self, Archive, Limits, MAX_UNPACKED, Members, SLACK};
use crate::error::Error;
use crate::member::{Member, MemberKind, Stop, Visit};
use crate::section::Section;
use ar::{ArError, ArMember};
use input_file::{open_regular, sha256_of};
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use unpack::Compression;

/// Most bytes that a control archive, with maintainer scripts and checksums, may unpack to.
const MAX_CONTROL_TAR: u64 = 64 << 20;
/// Longest control file, in bytes.
const MAX_CONTROL: u64 = 1 << 20;

/// A package file whose outer archive is whole and whose control file has been read.
#[derive(Debug)]
pub struct Deb {
    path: PathBuf,
    file: File,
    len: u64,
    control: Control,
    data: ArMember,
    compression: Compression,
}

impl Deb {
    /// Opens a package and reads its control file.
    ///
    /// # Errors
    /// [`Error::NotADeb`] when it is no Debian package; [`Error::DamagedPackage`] when it is cut
    /// off or its checksums fail; [`Error::UnsupportedPackage`] for other formats and compressions;
    /// [`Error::UnsafeMember`], [`Error::DuplicateMember`], [`Error::PackageTooBig`] when it is hostile.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let (file, metadata) = open_regular(path)?;
        let len = metadata.len();
        let all = ar::members(len, |at, buf| file.read_exact_at(buf, at))
            .map_err(|e| outer_error(path, e))?;
        match all.first() {
            Some(m) if m.name == "debian-binary" => check_version(path, &file, m)?,
            _ => return Err(not_a_deb(path, "its first member is not `debian-binary`")),
        }
        let (control_at, control_compression) = one(path, &all, "control.tar")?;
        let (data, compression) = one(path, &all, "data.tar")?;
        let (data, control_at) = (data.clone(), control_at.clone());
        let placeholder = Control {
            package: String::new(),
            version: String::new(),
            architecture: String::new(),
            source: None,
            installed_size: None,
        };
        let path = path.to_path_buf();
        let mut deb = Self { path, file, len, control: placeholder, data, compression };
        deb.control = deb.read_control(&control_at, control_compression)?;
        Ok(deb)
    }

    /// The fields of the control file.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// The path of the package file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// SHA-256 of the package file, in lower-case hex.
    ///
    /// # Errors
    /// [`Error::Read`] when the file cannot be read.
    pub fn sha256(&self) -> Result<String, Error> {
        sha256_of(Section::new(&self.file, 0, self.len))
            .map_err(|source| Error::Read { path: self.path.clone(), source })
    }

    /// The members, in the order of the package. This reads all of the package and so verifies that
    /// it is whole.
    ///
    /// # Errors
    /// As [`Deb::open`].
    pub fn members(&self) -> Result<Vec<Member>, Error> {
        archive::members(self)
    }

    /// Reads the regular files for whose names `wanted` says yes, at most `limit` bytes
    /// together. Links and directories are passed over.
    ///
    /// # Errors
    /// As [`Deb::open`], and [`Error::MemberTooBig`], [`Error::DuplicateMember`].
    pub fn read_members(
        &self,
        limit: u64,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Members, Error> {
        archive::read_members(self, limit, wanted)
    }

    /// Copies the contents of one regular file into `out` and returns their length in bytes.
    /// When this fails, what `out` holds must not be used.
    ///
    /// # Errors
    /// As [`Deb::open`]; [`Error::NoSuchMember`], which lists members with the same ending;
    /// [`Error::MemberNotAFile`], which says what a link points to; [`Error::Write`] when writing
    /// to `out` fails.
    pub fn copy_member(&self, name: &str, out: &mut dyn Write) -> Result<u64, Error> {
        archive::copy_member(self, name, out)
    }

    fn walk_tar(
        &self,
        at: &ArMember,
        compression: Compression,
        limit: u64,
        visit: &mut Visit<'_>,
    ) -> Result<(), Error> {
        let section = Section::new(&self.file, at.offset, at.len);
        let limits = Limits { path: &self.path, len: self.len, member: &at.name, unpacked: limit };
        archive::walk(section, compression, &limits, &mut |input| tar::walk(input, visit))
    }

    fn read_control(&self, at: &ArMember, compression: Compression) -> Result<Control, Error> {
        let mut text = None;
        self.walk_tar(at, compression, MAX_CONTROL_TAR, &mut |member, contents| {
            if member.name != "control" || member.kind != MemberKind::File {
                return Ok(());
            }
            if text.is_some() {
                return Err(archive::duplicate(&self.path, "control"));
            }
            let mut bytes = Vec::new();
            contents.take(MAX_CONTROL).read_to_end(&mut bytes).map_err(Stop::Read)?;
            text = Some(String::from_utf8_lossy(&bytes).into_owned());
            Ok(())
        })?;
        let damaged =
            |why| Error::DamagedPackage { path: self.path.clone(), member: at.name.clone(), why };
        let text = text.ok_or_else(|| damaged("it holds no `control`".into()))?;
        Control::parse(&text).map_err(damaged)
    }
}

impl Archive for Deb {
    fn path(&self) -> &Path {
        &self.path
    }

    fn walk(&self, visit: &mut Visit<'_>) -> Result<(), Error> {
        let limit = match self.control.installed_size {
            Some(kib) => kib.saturating_mul(2 << 10).saturating_add(SLACK).min(MAX_UNPACKED),
            None => MAX_UNPACKED,
        };
        self.walk_tar(&self.data, self.compression, limit, visit)
    }
}

fn not_a_deb(path: &Path, why: impl Into<String>) -> Error {
    Error::NotADeb { path: path.to_path_buf(), why: why.into() }
}

fn outer_error(path: &Path, e: ArError) -> Error {
    let owned = path.to_path_buf();
    match e {
        ArError::Io(source) => Error::Read { path: owned, source },
        ArError::Damaged { member, why } => Error::DamagedPackage { path: owned, member, why },
        ArError::NotAr => not_a_deb(path, "it does not begin with `!<arch>`"),
    }
}

/// Checks the format's version in `debian-binary`. All minor versions of format 2 can be read.
fn check_version(path: &Path, file: &File, m: &ArMember) -> Result<(), Error> {
    let mut text = String::new();
    Section::new(file, m.offset, m.len.min(64))
        .read_to_string(&mut text)
        .map_err(|_| not_a_deb(path, "its format version cannot be read"))?;
    let version = text.lines().next().unwrap_or_default();
    if version.starts_with("2.") {
        return Ok(());
    }
    let why = format!("is a Debian package of format {version:?}; only 2.x is read");
    Err(Error::UnsupportedPackage { path: path.to_path_buf(), why })
}

/// The compression by the ending of a member's name; dpkg-deb writes no others than these.
fn compression(suffix: &str) -> Option<Compression> {
    match suffix {
        "" => Some(Compression::None),
        ".gz" => Some(Compression::Gzip),
        ".xz" => Some(Compression::Xz),
        ".zst" => Some(Compression::Zstd),
        _ => None,
    }
}

/// The member whose name is `stem` and perhaps the ending of a compression; an error if there are
/// several.
fn one<'a>(
    path: &Path,
    all: &'a [ArMember],
    stem: &str,
) -> Result<(&'a ArMember, Compression), Error> {
    let owned = || path.to_path_buf();
    let mut found = all.iter().filter_map(|m| {
        let suffix = m.name.strip_prefix(stem)?;
        (suffix.is_empty() || suffix.starts_with('.')).then_some((m, suffix))
    });
    let Some((member, suffix)) = found.next() else {
        let why = "it is missing, so the file is cut off".into();
        return Err(Error::DamagedPackage { path: owned(), member: stem.into(), why });
    };
    if found.next().is_some() {
        return Err(Error::DuplicateMember { path: owned(), member: stem.into() });
    }
    let compression = compression(suffix).ok_or_else(|| {
        let why = format!("{} is compressed in a way that is not read", member.name);
        let next = "repack it: `dpkg-deb -R`, then `dpkg-deb -Zxz -b`";
        Error::UnsupportedPackage { path: owned(), why: format!("{why}; {next}") }
    })?;
    Ok((member, compression))
}
