//! Errors: what can be wrong with packages, and what to do about it.

use crate::repository::ArchiveError;
use input_file::{CacheError, OpenError, shown};
use shown_text::shown as text;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// The advice of how to replace a damaged package.
const REFETCH: &str = "get it again: `bootkey grub fetch` for GRUB's packages, \
                       `bootkey firmware fetch` for virtual machines', `bootkey fetch` of a spec \
                       for those that it names";

/// The error of reading, fetching or keeping a package. Each message names the thing and, where
/// this crate can know it, the next step.
#[derive(Debug, Error)]
#[allow(missing_docs)] // the message says what each field is
pub enum Error {
    // ---- files
    /// A file could not be opened, or is no regular file.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A file was opened, and reading it failed.
    #[error("{}: cannot be read: {source}", shown(path))]
    Read { path: PathBuf, source: io::Error },
    /// Something in the private cache, or a file that was asked for, could not be written.
    #[error("{}: cannot be written: {source}", shown(path))]
    Write { path: PathBuf, source: io::Error },

    // ---- packages
    /// The file is no package of any kind that is read.
    #[error(
        "{}: is neither a Debian package (.deb) nor an RPM package (.rpm); give one, or a \
         directory such as /usr/lib/grub",
        shown(path)
    )]
    NotAPackage { path: PathBuf },
    /// The file is not an RPM package.
    #[error("{}: is not an RPM package (.rpm): {why}", shown(path))]
    NotAnRpm { path: PathBuf, why: String },
    /// The file is not a Debian package.
    #[error("{}: is not a Debian package (.deb): {why}", shown(path))]
    NotADeb { path: PathBuf, why: String },
    /// The package is cut off, or its bytes have changed.
    #[error("{}: is damaged: {member}: {why}; {REFETCH}", shown(path))]
    DamagedPackage { path: PathBuf, member: String, why: String },
    /// The package is of a kind that is not read.
    #[error("{}: {why}", shown(path))]
    UnsupportedPackage { path: PathBuf, why: String },
    /// The package unpacks to more bytes than its declared size allows.
    #[error(
        "{}: {member} unpacks to more than {limit} bytes, which what the package says of \
             itself does not account for: a decompression bomb? {REFETCH}",
        shown(path)
    )]
    PackageTooBig { path: PathBuf, member: String, limit: u64 },
    /// The package takes more work to unpack than its length allows.
    #[error(
        "{}: {} takes more work to unpack than anything of its size should: a decompression bomb? \
         {REFETCH}",
        shown(path),
        text(member)
    )]
    TooMuchWork { path: PathBuf, member: String },
    /// The files asked for are larger than what is kept in memory.
    #[error(
        "{}: {} is {len} bytes; at most {limit} are read into memory",
        shown(path),
        text(member)
    )]
    MemberTooBig { path: PathBuf, member: String, len: u64, limit: u64 },
    /// A member's name leads out of the package.
    #[error(
        "{}: holds a file named {name:?}, which leads out of the package; no package tool \
             makes such a name. {REFETCH}",
        shown(path)
    )]
    UnsafeMember { path: PathBuf, name: String },
    /// Two members have the same name.
    #[error("{}: holds {} twice; {REFETCH}", shown(path), text(member))]
    DuplicateMember { path: PathBuf, member: String },
    /// A member that was asked for by name is not there.
    #[error("{}: holds no {}{}", shown(path), text(member), some_of(offer))]
    NoSuchMember { path: PathBuf, member: String, offer: Vec<String> },
    /// A member that was asked for is no regular file.
    #[error(
        "{}: {} is {}, not a file with contents of its own",
        shown(path),
        text(member),
        text(kind)
    )]
    MemberNotAFile { path: PathBuf, member: String, kind: String },

    // ---- the cache
    /// The package has not been fetched.
    #[error("package `{package}` has not been fetched; next: {next}")]
    NotFetched { package: String, next: String },
    /// The package was fetched, but the member was not extracted.
    #[error("`{member}` has not been taken out of the package `{package}`; next: {next}")]
    MemberNotFetched { package: String, member: String, next: String },
    /// A file in the cache is not what was put there.
    #[error("{}: is not what was fetched: its bytes have changed; next: {REFETCH}", shown(path))]
    DamagedCache { path: PathBuf },
    /// Something in the cache is not of the kind that bootkey puts there.
    #[error(
        "{}: {why}; bootkey makes no such thing in its cache, so nothing there is used. Remove it, \
         and {REFETCH}",
        shown(path)
    )]
    UntrustedCache { path: PathBuf, why: String },
    /// Other users may write to the cache.
    #[error(
        "{}: other users may write to it (its mode is {mode:04o}), so nothing in it is used; next: \
         `chmod -R go-w` it, and {REFETCH}",
        shown(path)
    )]
    OpenCache { path: PathBuf, mode: u32 },
    /// The cache belongs to another user.
    #[error(
        "{}: belongs to the user {owner}, who may change it, and you are the user {us}, so nothing \
         in it is used; run bootkey as that user, or have XDG_CACHE_HOME name a directory of your \
         own",
        shown(path)
    )]
    ForeignCache { path: PathBuf, owner: u32, us: u32 },
    /// The name is none that a package can have.
    #[error(
        "`{name}` is not a package name: lower-case letters, digits, `+`, `-` and `.`, \
             at least two characters, the first a letter or digit"
    )]
    BadPackageName { name: String },
    /// The name is none that a member can have.
    #[error(
        "`{name}` does not name a file in a package: no leading `/`, no `..`, as in \
             `usr/lib/memtest86+/memtest86+x64.iso`"
    )]
    BadMemberName { name: String },
    // ---- archives
    /// An archive, or something in it, is not what it should be.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

fn some_of(offer: &[String]) -> String {
    match offer {
        [] => String::new(),
        [one] => format!("; it has {}", text(one)),
        many => format!("; it has {}", text(&many.join(", "))),
    }
}

impl Error {
    /// Whether a package that a lock names is gone: no mirror and no snapshot archive has it any
    /// more.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Archive(ArchiveError::Gone { .. }))
    }
}

impl From<CacheError> for Error {
    fn from(e: CacheError) -> Self {
        match e {
            CacheError::Open(e) => e.into(),
            CacheError::Read { path, source } => Self::Read { path, source },
            CacheError::Untrusted { path, why } => Self::UntrustedCache { path, why },
            CacheError::OpenToOthers { path, mode } => Self::OpenCache { path, mode },
            CacheError::Foreign { path, owner, us } => Self::ForeignCache { path, owner, us },
        }
    }
}
