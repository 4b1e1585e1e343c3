//! Members: what packages of any kind hold, with names judged before they are used.

use crate::error::Error;
use std::fmt;
use std::io::{self, Read};

/// Longest name in a package, in bytes; Linux has no longer paths.
pub(crate) const MAX_NAME: u64 = 4096;

/// A file, a directory or a link in a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its path without a leading `./` or `/`: `usr/lib/grub/i386-pc/kernel.img`.
    pub name: String,
    /// What it is.
    pub kind: MemberKind,
    /// Length of its contents in bytes.
    pub len: u64,
    /// Other names of the same file, in packages that tell them before its contents.
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

/// The reason why walking an archive stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Reading it failed: damaged, or the file system objected.
    Read(io::Error),
    /// A name leads out of the package.
    Unsafe(String),
    /// The visitor wants no more.
    Visitor(Error),
}

/// A visitor, who gets each member with a reader of its contents.
pub(crate) type Visit<'a> = dyn FnMut(Member, &mut dyn Read) -> Result<(), Stop> + 'a;

/// The name without `./` and empty components; `None` for the root and for names that are no
/// text; the error is a name that must not be used.
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
