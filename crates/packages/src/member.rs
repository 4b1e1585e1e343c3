//! Members: the files, directories and links in packages of any kind. Their names are checked
//! before they are used.

use crate::error::Error;
use std::fmt;
use std::io::{self, Read};

/// Longest name in a package, in bytes; Linux has no longer paths.
pub(crate) const MAX_NAME: u64 = 4096;

/// A file, a directory or a link in a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The member's path without a leading `./` or `/`: `usr/lib/grub/i386-pc/kernel.img`.
    pub name: String,
    /// The kind: a file, a directory, a link.
    pub kind: MemberKind,
    /// Length of the contents, in bytes.
    pub len: u64,
    /// Other names of the same file that come before it in the archive, as in RPM packages.
    pub aliases: Vec<String>,
}

/// The kind of thing that a member of a package is.
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
    /// Something else: a device, a FIFO, a sparse file.
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

/// Most members of a package, and most bytes of all their names: twice what the largest packages
/// have.
const MAX_MEMBERS: usize = 1 << 18;
const MAX_NAMES: usize = 32 << 20;

/// The members met so far, which are counted: a short package may unpack to very many.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    members: usize,
    names: usize,
}

impl Counted {
    /// Counts one more member.
    pub(crate) fn add(&mut self, name: &[u8]) -> Result<(), Stop> {
        self.members += 1;
        self.names += name.len();
        let many = |most, what| Stop::Read(invalid(format!("more than {most} {what}")));
        match (self.members > MAX_MEMBERS, self.names > MAX_NAMES) {
            (true, _) => Err(many(MAX_MEMBERS, "members")),
            (_, true) => Err(many(MAX_NAMES, "bytes of names")),
            _ => Ok(()),
        }
    }
}

/// The reason why walking an archive stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Reading failed: the archive is damaged, or the file cannot be read.
    Read(io::Error),
    /// A member's name leads out of the package.
    Unsafe(String),
    /// The visitor returned an error.
    Visitor(Error),
}

/// A visitor: a function that is called for each member with a reader of its contents.
pub(crate) type Visit<'a> = dyn FnMut(Member, &mut dyn Read) -> Result<(), Stop> + 'a;

/// The name without `./` and empty components. `None` for the root and for names that are not
/// UTF-8; an error, the name itself, if it leads out of the package.
pub(crate) fn checked_name(path: &[u8]) -> Result<Option<String>, String> {
    let parts = || path.split(|b| *b == b'/').filter(|p| !p.is_empty() && *p != b".");
    if path.starts_with(b"/") || path.contains(&0) || parts().any(|p| p == b"..") {
        return Err(String::from_utf8_lossy(path).into_owned());
    }
    let name = parts().collect::<Vec<_>>().join(&b'/');
    Ok(String::from_utf8(name).ok().filter(|n| !n.is_empty()))
}

pub(crate) fn invalid(why: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.into())
}
