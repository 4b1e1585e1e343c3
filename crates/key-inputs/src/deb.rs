//! Debian packages, read without dpkg.
//!
//! ```text
//! grub-pc-bin_2.06-13_amd64.deb          deb/ar.rs           the outer archive
//! ├─ debian-binary        "2.0\n"
//! ├─ control.tar.xz                      deb/compression.rs  .gz .xz .zst or none
//! │  └─ control                          deb/control.rs      Package, Version, …
//! └─ data.tar.xz
//!    ├─ usr/lib/grub/i386-pc/boot.img    deb/members.rs      names judged before they are used
//!    └─ …
//! ```
//!
//! Packages are read as a stream, in the memory that their compression needs, and always to the
//! end, so that its checksums are verified: what was read of a damaged package is never used.
//! Nothing is ever written under a name that a package chose.

mod ar;
mod bounded;
mod compression;
mod control;
mod members;

pub use control::Control;
pub(crate) use control::{field, is_package_name};
pub use members::{Member, MemberKind};

use crate::digest::sha256_of;
use crate::error::Error;
use crate::files::open_regular;
use ar::{ArError, ArMember};
use bounded::{Budget, Section};
use compression::Compression;
use members::{Stop, Visit};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Most that a control archive may unpack to, in bytes: maintainer scripts and checksums.
const MAX_CONTROL_TAR: u64 = 64 << 20;
/// Longest control file, in bytes.
const MAX_CONTROL: u64 = 1 << 20;
/// Most that a package may unpack to in any case, in bytes; larger than any ISO in a package.
const MAX_DATA_TAR: u64 = 64 << 30;
/// What a package may unpack to beyond twice its declared size, in bytes: headers and padding.
const SLACK: u64 = 64 << 20;

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

/// Members that were read, by name.
pub type Members = BTreeMap<String, Arc<[u8]>>;

impl Deb {
    /// Opens a package and reads its control file.
    ///
    /// # Errors
    /// [`Error::NotADeb`] when it never was one; [`Error::DamagedDeb`] when it is cut off or its
    /// checksums fail; [`Error::UnsupportedDeb`] for other formats and compressions;
    /// [`Error::UnsafeMember`], [`Error::DuplicateMember`], [`Error::DebTooBig`] when it is hostile.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let (file, metadata) = open_regular(path)?;
        let len = metadata.len();
        let all = ar::members(len, |at, buf| file.read_exact_at(buf, at))
            .map_err(|e| outer_error(path, &file, e))?;
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

    /// The control file.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Where the package file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// SHA-256 of the package file, in lower-case hex.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn sha256(&self) -> Result<String, Error> {
        sha256_of(Section::new(&self.file, 0, self.len))
            .map_err(|source| Error::Read { path: self.path.clone(), source })
    }

    /// The members, in the order of the package. Reads all of it, so it also is the check that
    /// the package is whole.
    ///
    /// # Errors
    /// As [`Deb::open`].
    pub fn members(&self) -> Result<Vec<Member>, Error> {
        let mut all = Vec::new();
        self.walk(&mut |member, _| {
            all.push(member);
            Ok(())
        })?;
        Ok(all)
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
        let mut found = Members::new();
        let mut left = limit;
        self.walk(&mut |member, contents| {
            if member.kind != MemberKind::File || !wanted(&member.name) {
                return Ok(());
            }
            left = left.checked_sub(member.len).ok_or_else(|| {
                let (member, len) = (member.name.clone(), member.len);
                Stop::Visitor(Error::MemberTooBig { path: self.path.clone(), member, len, limit })
            })?;
            let mut bytes = Vec::new();
            contents.read_to_end(&mut bytes).map_err(Stop::Read)?;
            complete(&member, bytes.len() as u64)?;
            match found.insert(member.name.clone(), bytes.into()) {
                None => Ok(()),
                Some(_) => Err(self.duplicate(&member.name)),
            }
        })?;
        Ok(found)
    }

    /// Copies the contents of one regular file into `out` and returns their length in bytes.
    /// When this fails, `out` holds a part of it, or too much.
    ///
    /// # Errors
    /// As [`Deb::open`]; [`Error::NoSuchMember`] tells of members with the same ending,
    /// [`Error::MemberNotAFile`] what a link points to; [`Error::Write`] when `out` objects.
    pub fn copy_member(&self, name: &str, out: &mut dyn Write) -> Result<u64, Error> {
        let mut copied = None;
        let mut offer = Vec::new();
        let ending = Path::new(name).extension();
        self.walk(&mut |member, contents| {
            if member.name != name {
                let alike = member.kind == MemberKind::File
                    && ending.is_some()
                    && Path::new(&member.name).extension() == ending;
                if alike && offer.len() < 8 {
                    offer.push(member.name);
                }
                return Ok(());
            }
            if copied.is_some() {
                return Err(self.duplicate(name));
            }
            if member.kind != MemberKind::File {
                let (path, kind) = (self.path.clone(), member.kind.to_string());
                let e = Error::MemberNotAFile { path, member: name.into(), kind };
                return Err(Stop::Visitor(e));
            }
            copied = Some(self.copy(&member, contents, out)?);
            Ok(())
        })?;
        let path = || self.path.clone();
        copied.ok_or_else(|| Error::NoSuchMember { path: path(), member: name.into(), offer })
    }

    fn copy(
        &self,
        member: &Member,
        contents: &mut dyn Read,
        out: &mut dyn Write,
    ) -> Result<u64, Stop> {
        let mut buf = vec![0; 1 << 16];
        let mut copied = 0;
        loop {
            let n = contents.read(&mut buf).map_err(Stop::Read)?;
            if n == 0 {
                complete(member, copied)?;
                return Ok(copied);
            }
            out.write_all(&buf[..n]).map_err(|source| {
                Stop::Visitor(Error::Write { path: PathBuf::from(&member.name), source })
            })?;
            copied += n as u64;
        }
    }

    fn duplicate(&self, member: &str) -> Stop {
        let (path, member) = (self.path.clone(), member.into());
        Stop::Visitor(Error::DuplicateMember { path, member })
    }

    /// Visits every member of the data archive and reads it to the end.
    fn walk(&self, visit: &mut Visit<'_>) -> Result<(), Error> {
        let limit = match self.control.installed_size {
            Some(kib) => kib.saturating_mul(2 << 10).saturating_add(SLACK).min(MAX_DATA_TAR),
            None => MAX_DATA_TAR,
        };
        self.walk_tar(&self.data, self.compression, limit, visit)
    }

    fn walk_tar(
        &self,
        at: &ArMember,
        compression: Compression,
        limit: u64,
        visit: &mut Visit<'_>,
    ) -> Result<(), Error> {
        let section =
            BufReader::with_capacity(1 << 16, Section::new(&self.file, at.offset, at.len));
        let mut input = Budget::new(compression.reader(section), limit);
        let walked = members::walk(&mut input, visit).and_then(|()| {
            // The rest is padding; reading it verifies the checksum of all.
            io::copy(&mut input, &mut io::sink()).map(|_| ()).map_err(Stop::Read)
        });
        let (path, member) = (self.path.clone(), at.name.clone());
        match walked {
            Ok(()) => Ok(()),
            Err(Stop::Visitor(e)) => Err(e),
            Err(Stop::Unsafe(name)) => Err(Error::UnsafeMember { path, name }),
            Err(Stop::Read(_)) if input.is_spent() => Err(Error::DebTooBig { path, member, limit }),
            // An error with a number came from the file system, all others from the bytes.
            Err(Stop::Read(source)) if source.raw_os_error().is_some() => {
                Err(Error::Read { path, source })
            }
            Err(Stop::Read(e)) => Err(Error::DamagedDeb { path, member, why: e.to_string() }),
        }
    }

    fn read_control(&self, at: &ArMember, compression: Compression) -> Result<Control, Error> {
        let mut text = None;
        self.walk_tar(at, compression, MAX_CONTROL_TAR, &mut |member, contents| {
            if member.name != "control" || member.kind != MemberKind::File {
                return Ok(());
            }
            if text.is_some() {
                return Err(self.duplicate("control"));
            }
            let mut bytes = Vec::new();
            contents.take(MAX_CONTROL).read_to_end(&mut bytes).map_err(Stop::Read)?;
            text = Some(String::from_utf8_lossy(&bytes).into_owned());
            Ok(())
        })?;
        let damaged =
            |why| Error::DamagedDeb { path: self.path.clone(), member: at.name.clone(), why };
        let text = text.ok_or_else(|| damaged("it holds no `control`".into()))?;
        Control::parse(&text).map_err(damaged)
    }
}

fn complete(member: &Member, got: u64) -> Result<(), Stop> {
    if got == member.len {
        return Ok(());
    }
    let why = format!("{} ends after {got} of {} bytes", member.name, member.len);
    Err(Stop::Read(io::Error::new(io::ErrorKind::UnexpectedEof, why)))
}

fn not_a_deb(path: &Path, why: impl Into<String>) -> Error {
    Error::NotADeb { path: path.to_path_buf(), why: why.into() }
}

fn outer_error(path: &Path, file: &File, e: ArError) -> Error {
    let owned = path.to_path_buf();
    match e {
        ArError::Io(source) => Error::Read { path: owned, source },
        ArError::Damaged { member, why } => Error::DamagedDeb { path: owned, member, why },
        ArError::NotAr => {
            let mut magic = [0; 4];
            let rpm = file.read_exact_at(&mut magic, 0).is_ok() && magic == *b"\xed\xab\xee\xdb";
            if rpm {
                let why = "is an RPM package, which is not read; unpack it (`rpm2cpio FILE | cpio \
                           -id`) and give the directory with GRUB's i386-pc: `--grub DIRECTORY`";
                return Error::UnsupportedDeb { path: owned, why: why.into() };
            }
            not_a_deb(path, "it does not begin with `!<arch>`")
        }
    }
}

/// `debian-binary` holds the version of the format; minor versions stay readable.
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
    Err(Error::UnsupportedDeb { path: path.to_path_buf(), why })
}

/// The only member called `stem` and the ending of a compression.
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
        return Err(Error::DamagedDeb { path: owned(), member: stem.into(), why });
    };
    if found.next().is_some() {
        return Err(Error::DuplicateMember { path: owned(), member: stem.into() });
    }
    let compression = Compression::from_suffix(suffix).ok_or_else(|| {
        let why = format!("{} is compressed in a way that is not read", member.name);
        let next = "repack it: `dpkg-deb -R`, then `dpkg-deb -Zxz -b`";
        Error::UnsupportedDeb { path: owned(), why: format!("{why}; {next}") }
    })?;
    Ok((member, compression))
}
