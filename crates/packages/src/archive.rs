//! The archive inside a package, whatever its kind: walking it, and taking members out of it.

use crate::error::Error;
use crate::member::{Member, MemberKind, Stop, Visit};
use crate::section::Section;
use std::collections::BTreeMap;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use unpack::{Budget, Compression, Limit, Streams};

/// The contents of members that were read, by the members' names.
pub type Members = BTreeMap<String, Arc<[u8]>>;

/// Most bytes that any package may unpack to; more than the largest ISO that is in a package.
pub(crate) const MAX_UNPACKED: u64 = 64 << 30;
/// Bytes that a package may unpack to beyond twice its declared size, for headers and padding.
pub(crate) const SLACK: u64 = 64 << 20;

/// A package with an archive inside.
pub(crate) trait Archive {
    /// The path of the package file.
    fn path(&self) -> &Path;
    /// Visits every member and reads the archive to the end.
    fn walk(&self, visit: &mut Visit<'_>) -> Result<(), Error>;
}

/// The limits of a walk through an archive, and the names for its errors.
pub(crate) struct Limits<'a> {
    pub path: &'a Path,
    /// Length of the whole package file, in bytes.
    pub len: u64,
    /// The part of the package that is read, as messages call it.
    pub member: &'a str,
    /// Most bytes that this part may unpack to.
    pub unpacked: u64,
}

/// A function that reads the members of a decompressed archive, one after the other.
pub(crate) type ReadMembers<'a> = dyn FnMut(&mut dyn Read) -> Result<(), Stop> + 'a;

/// Decompresses a part of a package and hands it to `read`. Whatever `read` leaves is then read to
/// its end, so that all checksums are verified.
pub(crate) fn walk(
    section: Section<'_>,
    compression: Compression,
    limits: &Limits<'_>,
    read: &mut ReadMembers<'_>,
) -> Result<(), Error> {
    let section = BufReader::with_capacity(1 << 16, section);
    // Four times the length, because packages are packed harder than other inputs: one of a kernel
    // of 70 MB takes ten seconds to unpack.
    let budget = Budget::for_input(limits.len.saturating_mul(4), limits.unpacked);
    let mut input = compression.reader(section, Streams::All, &budget);
    let walked = read(&mut input).and_then(|()| {
        // The rest is padding; reading it verifies the checksum of the whole stream.
        io::copy(&mut input, &mut io::sink()).map(|_| ()).map_err(Stop::Read)
    });
    let (path, member) = (limits.path.to_path_buf(), limits.member.to_owned());
    match walked {
        Ok(()) => Ok(()),
        Err(Stop::Visitor(e)) => Err(e),
        Err(Stop::Unsafe(name)) => Err(Error::UnsafeMember { path, name }),
        Err(Stop::Read(_)) if budget.exhausted() == Some(Limit::Bytes) => {
            Err(Error::PackageTooBig { path, member, limit: limits.unpacked })
        }
        Err(Stop::Read(_)) if budget.exhausted() == Some(Limit::Work) => {
            Err(Error::TooMuchWork { path, member })
        }
        // An error with a system error number came from the file system; any other means that the
        // bytes are wrong.
        Err(Stop::Read(source)) if source.raw_os_error().is_some() => {
            Err(Error::Read { path, source })
        }
        Err(Stop::Read(e)) => Err(Error::DamagedPackage { path, member, why: e.to_string() }),
    }
}

/// The members of an archive, in the order of the package.
pub(crate) fn members(archive: &dyn Archive) -> Result<Vec<Member>, Error> {
    let mut all = Vec::new();
    archive.walk(&mut |member, _| {
        all.push(member);
        Ok(())
    })?;
    Ok(all)
}

/// Reads the regular files for whose names `wanted` says yes, at most `limit` bytes together.
pub(crate) fn read_members(
    archive: &dyn Archive,
    limit: u64,
    wanted: impl Fn(&str) -> bool,
) -> Result<Members, Error> {
    let mut found = Members::new();
    let mut left = limit;
    archive.walk(&mut |member, contents| {
        if member.kind != MemberKind::File {
            return Ok(());
        }
        let names = std::iter::once(&member.name).chain(&member.aliases);
        let names: Vec<&String> = names.filter(|n| wanted(n)).collect();
        if names.is_empty() {
            return Ok(());
        }
        left = left.checked_sub(member.len).ok_or_else(|| {
            let (path, len) = (archive.path().to_path_buf(), member.len);
            let member = member.name.clone();
            Stop::Visitor(Error::MemberTooBig { path, member, len, limit })
        })?;
        let mut bytes = Vec::new();
        contents.read_to_end(&mut bytes).map_err(Stop::Read)?;
        complete(&member, bytes.len() as u64)?;
        let bytes: Arc<[u8]> = bytes.into();
        for name in names {
            if found.insert(name.clone(), bytes.clone()).is_some() {
                return Err(duplicate(archive.path(), name));
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// The `members`, already in memory, for whose names `wanted` says yes; at most `limit` bytes
/// together.
pub(crate) fn limited(
    path: &Path,
    members: &Members,
    limit: u64,
    wanted: impl Fn(&str) -> bool,
) -> Result<Members, Error> {
    let mut left = limit;
    let mut found = Members::new();
    for (name, bytes) in members.iter().filter(|(name, _)| wanted(name)) {
        let len = bytes.len() as u64;
        left = left.checked_sub(len).ok_or_else(|| {
            let (path, member) = (path.to_path_buf(), name.clone());
            Error::MemberTooBig { path, member, len, limit }
        })?;
        found.insert(name.clone(), bytes.clone());
    }
    Ok(found)
}

/// Copies the contents of one regular file into `out` and returns their length in bytes.
pub(crate) fn copy_member(
    archive: &dyn Archive,
    name: &str,
    out: &mut dyn Write,
) -> Result<u64, Error> {
    let mut copied = None;
    let mut offer = Vec::new();
    let ending = Path::new(name).extension();
    archive.walk(&mut |member, contents| {
        if member.name != name && !member.aliases.iter().any(|a| a == name) {
            let alike = member.kind == MemberKind::File
                && ending.is_some()
                && Path::new(&member.name).extension() == ending;
            if alike && offer.len() < 8 {
                offer.push(member.name);
            }
            return Ok(());
        }
        if copied.is_some() {
            return Err(duplicate(archive.path(), name));
        }
        if member.kind != MemberKind::File {
            let (path, kind) = (archive.path().to_path_buf(), member.kind.to_string());
            let e = Error::MemberNotAFile { path, member: name.into(), kind };
            return Err(Stop::Visitor(e));
        }
        copied = Some(copy(&member, contents, out)?);
        Ok(())
    })?;
    let path = || archive.path().to_path_buf();
    copied.ok_or_else(|| Error::NoSuchMember { path: path(), member: name.into(), offer })
}

fn copy(member: &Member, contents: &mut dyn Read, out: &mut dyn Write) -> Result<u64, Stop> {
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

/// The error of two members of one name.
pub(crate) fn duplicate(path: &Path, member: &str) -> Stop {
    Stop::Visitor(Error::DuplicateMember { path: path.to_path_buf(), member: member.into() })
}

fn complete(member: &Member, got: u64) -> Result<(), Stop> {
    if got == member.len {
        return Ok(());
    }
    let why = format!("{} ends after {got} of {} bytes", member.name, member.len);
    Err(Stop::Read(io::Error::new(io::ErrorKind::UnexpectedEof, why)))
}
