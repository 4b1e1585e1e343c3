//! The inner archive: tar as dpkg-deb writes it, with every name judged before it is used.

use crate::error::Error;
use std::fmt;
use std::io::{self, Read};
use tar::EntryType;

/// Longest name in a package, in bytes; Linux has no longer paths.
const MAX_NAME: u64 = 4096;

/// A file in a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its path without a leading `./` or `/`: `usr/lib/grub/i386-pc/kernel.img`.
    pub name: String,
    /// What it is.
    pub kind: MemberKind,
    /// Length of its contents in bytes.
    pub len: u64,
}

/// What a member of a package is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberKind {
    /// A regular file with contents.
    File,
    /// A directory.
    Directory,
    /// A symbolic link to the given target.
    Symlink(String),
    /// Another name of the given member.
    HardLink(String),
    /// A device, a FIFO, a sparse file.
    Other,
}

impl fmt::Display for MemberKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("a regular file"),
            Self::Directory => f.write_str("a directory"),
            Self::Symlink(target) => write!(f, "a symbolic link to {target}"),
            Self::HardLink(target) => write!(f, "a hard link to {target}"),
            Self::Other => f.write_str("a special file"),
        }
    }
}

/// Why walking an archive stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// Reading it failed: damaged, or the file system objected.
    Read(io::Error),
    /// A name leads out of the package.
    Unsafe(String),
    /// The visitor wants no more.
    Visitor(Error),
}

/// Gets each member with a reader of its contents.
pub(super) type Visit<'a> = dyn FnMut(Member, &mut dyn Read) -> Result<(), Stop> + 'a;

/// Calls `visit` for each member in order, with a reader of its contents; what the visitor leaves
/// unread is skipped. Names that are not UTF-8 are judged, but not visited.
pub(super) fn walk(input: &mut dyn Read, visit: &mut Visit<'_>) -> Result<(), Stop> {
    let mut archive = tar::Archive::new(input);
    let mut long_name = None;
    let mut long_link = None;
    // Raw, because otherwise the crate reads long names and pax headers into memory however
    // long they say they are.
    for entry in archive.entries().map_err(Stop::Read)?.raw(true) {
        let mut entry = entry.map_err(Stop::Read)?;
        match entry.header().entry_type() {
            EntryType::GNULongName => {
                long_name = Some(read_name(&mut entry).map_err(Stop::Read)?);
                continue;
            }
            EntryType::GNULongLink => {
                long_link = Some(read_name(&mut entry).map_err(Stop::Read)?);
                continue;
            }
            EntryType::XHeader | EntryType::XGlobalHeader => {
                // dpkg-deb does not write them, and they can contradict the header.
                return Err(Stop::Read(invalid("a pax header, which packages do not have")));
            }
            _ => {}
        }
        let path = long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned());
        let link = long_link.take().or_else(|| entry.link_name_bytes().map(|l| l.into_owned()));
        let Some(name) = checked(&path).map_err(Stop::Unsafe)? else { continue };
        let member = Member { name, kind: kind(&entry, &path, link), len: entry.size() };
        visit(member, &mut entry)?;
        // An end in the middle of contents that nobody read would otherwise be noticed only
        // when another header follows.
        io::copy(&mut entry, &mut io::sink()).map_err(Stop::Read)?;
    }
    Ok(())
}

fn kind<R: Read>(entry: &tar::Entry<'_, R>, path: &[u8], link: Option<Vec<u8>>) -> MemberKind {
    let target = || String::from_utf8_lossy(link.as_deref().unwrap_or_default()).into_owned();
    match entry.header().entry_type() {
        // The oldest tars mark a directory by its name only.
        EntryType::Regular if path.ends_with(b"/") => MemberKind::Directory,
        EntryType::Regular | EntryType::Continuous => MemberKind::File,
        EntryType::Directory => MemberKind::Directory,
        EntryType::Symlink => MemberKind::Symlink(target()),
        EntryType::Link => MemberKind::HardLink(target()),
        _ => MemberKind::Other,
    }
}

fn read_name(entry: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut name = Vec::new();
    entry.take(MAX_NAME + 2).read_to_end(&mut name)?;
    if name.last() == Some(&0) {
        name.pop();
    }
    if name.len() as u64 > MAX_NAME {
        return Err(invalid("a name of more than 4096 bytes"));
    }
    Ok(name)
}

/// The name without `./` and empty components; `None` for the root and for names that are no
/// text; the error is a name that must not be used.
fn checked(path: &[u8]) -> Result<Option<String>, String> {
    let parts = || path.split(|b| *b == b'/').filter(|p| !p.is_empty() && *p != b".");
    if path.starts_with(b"/") || path.contains(&0) || parts().any(|p| p == b"..") {
        return Err(String::from_utf8_lossy(path).into_owned());
    }
    let name = parts().collect::<Vec<_>>().join(&b'/');
    Ok(String::from_utf8(name).ok().filter(|n| !n.is_empty()))
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
