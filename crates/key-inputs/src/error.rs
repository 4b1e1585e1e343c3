//! What can be wrong with the outside, and what to do about it.

use file_tree::Escaped;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The families of errors that a program's exit status tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// The command line or the spec asks for something that makes no sense.
    Usage,
    /// The parts do not fit into the key.
    DoesNotFit,
    /// The input was read, but is damaged or of a kind that is not supported.
    Unsupported,
    /// A file, a program or the network is missing or fails.
    Io,
}

/// What a path is, when it is not the regular file that is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum NodeKind {
    Directory,
    Fifo,
    Socket,
    BlockDevice,
    CharacterDevice,
    Unknown,
}

impl fmt::Display for NodeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Directory => "a directory",
            Self::Fifo => "a FIFO (a named pipe)",
            Self::Socket => "a socket",
            Self::BlockDevice => "a block device",
            Self::CharacterDevice => "a character device",
            Self::Unknown => "something else",
        })
    }
}

/// How to replace a package that is damaged.
const REFETCH: &str = "get it again: `bootkey grub fetch` for GRUB's packages, \
                       `bootkey fetch SPEC` for those a spec names";

/// Everything that reading the outside can meet. Each message names the thing and, where this
/// crate can know it, the next step.
#[derive(Debug, Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the message says what each field is
pub enum Error {
    // ---- the environment
    /// A time that is no number.
    #[error("SOURCE_DATE_EPOCH is `{value}`; it must be a whole number of seconds since 1970")]
    SourceDateEpoch { value: String },
    // ---- files
    /// A file could not be opened.
    #[error("{}: cannot be opened: {source}{}", shown(path), next_step(source))]
    Open { path: PathBuf, source: io::Error },
    /// A file was opened, and reading it failed.
    #[error("{}: cannot be read: {source}", shown(path))]
    Read { path: PathBuf, source: io::Error },
    /// Something in the private cache, or a file that was asked for, could not be written.
    #[error("{}: cannot be written: {source}", shown(path))]
    Write { path: PathBuf, source: io::Error },
    /// A regular file is needed.
    #[error("{}: is {kind}; a regular file is needed", shown(path))]
    NotRegular { path: PathBuf, kind: NodeKind },
    /// An input is not what it was when it was surveyed.
    #[error(
        "{}: changed while it was being read ({what}); run the command again when \
             nobody writes to it",
        shown(path)
    )]
    Changed { path: PathBuf, what: String },

    // ---- ISOs
    /// The file is no ISO, cut off, or damaged.
    #[error("{}: {source}", shown(path))]
    Iso { path: PathBuf, source: iso_probe::ProbeError },
    /// The file's name cannot be its name on the key.
    #[error(
        "{}: {why}, so GRUB could not find it; rename the file, or give it a `name` in a spec",
        shown(path)
    )]
    BadIsoName { path: PathBuf, why: &'static str },
    /// The file is not the one that the spec means.
    #[error(
        "{}: its SHA-256 is {found}, but the spec says {expected}; get the file again, or \
             correct the spec",
        shown(path)
    )]
    WrongSha256 { path: PathBuf, expected: String, found: String },

    // ---- Xen
    /// `iso:` in an entry, and no way to tell which ISO.
    #[error(
        "entry {title:?}: which ISO does `iso:` mean? Name it with `xen.iso`: the key has {}",
        all(have)
    )]
    XenWhichIso { title: String, have: Vec<String> },
    /// The ISO that an entry names is not on the key.
    #[error("entry {title:?}: there is no ISO {name:?} on the key, which has {}", all(have))]
    XenNoIso { title: String, name: String, have: Vec<String> },
    /// The ISO has no such file, or one that cannot be read whole.
    #[error("entry {title:?}: {iso} has no file {path}, or none that can be read")]
    XenNotInIso { title: String, iso: String, path: String },

    // ---- spec files
    /// The spec was to be read from standard input.
    #[error(
        "`-`: a spec is read from a file, because the relative paths in it are relative to \
             that file; save it and give its name"
    )]
    SpecFromStdin,
    /// A spec of more bytes than anybody writes.
    #[error("{}: is longer than the {limit} bytes a spec may have; is it an ISO?", shown(path))]
    SpecTooLong { path: PathBuf, limit: u64 },
    /// A spec that is no text.
    #[error("{}: is not UTF-8 text at byte {offset}", shown(path))]
    SpecNotUtf8 { path: PathBuf, offset: usize },

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
    /// The package is cut off, or its bytes are not what they were.
    #[error("{}: is damaged: {member}: {why}; {REFETCH}", shown(path))]
    DamagedPackage { path: PathBuf, member: String, why: String },
    /// A package of a kind that is not read.
    #[error("{}: {why}", shown(path))]
    UnsupportedPackage { path: PathBuf, why: String },
    /// The package unpacks to more than it can be expected to.
    #[error(
        "{}: {member} unpacks to more than {limit} bytes, which what the package says of \
             itself does not account for: a decompression bomb? {REFETCH}",
        shown(path)
    )]
    PackageTooBig { path: PathBuf, member: String, limit: u64 },
    /// The files asked for are larger than what is kept in memory.
    #[error("{}: {member} is {len} bytes; at most {limit} are read into memory", shown(path))]
    MemberTooBig { path: PathBuf, member: String, len: u64, limit: u64 },
    /// A member whose name leads out of the package.
    #[error(
        "{}: holds a file named {name:?}, which leads out of the package; no package tool \
             makes such a name. {REFETCH}",
        shown(path)
    )]
    UnsafeMember { path: PathBuf, name: String },
    /// Two members of one name.
    #[error("{}: holds {member} twice; {REFETCH}", shown(path))]
    DuplicateMember { path: PathBuf, member: String },
    /// A member that was asked for by name is not there.
    #[error("{}: holds no {member}{}", shown(path), some_of(offer))]
    NoSuchMember { path: PathBuf, member: String, offer: Vec<String> },
    /// A member that was asked for is no regular file.
    #[error("{}: {member} is {kind}, not a file with contents of its own", shown(path))]
    MemberNotAFile { path: PathBuf, member: String, kind: String },

    // ---- GRUB
    /// Nothing to build a boot loader from.
    #[error("GRUB's files ({platform}) were not found; looked at: {}. Next: `bootkey grub fetch` \
             (needs apt-get, not root), or install them: `apt-get install {} grub-common`, or give \
             them: `--grub DIRECTORY` or `--grub FILE` (.deb, .rpm)",
            looked_at.join(", "), packages.join(" "))]
    NoGrub { platform: String, looked_at: Vec<String>, packages: Vec<&'static str> },
    /// A place that was named holds nothing of GRUB's.
    #[error(
        "{}: holds no GRUB for {platform}: {why}; give a directory such as /usr/lib/grub or \
             the packages' .deb or .rpm files, or get them with `bootkey grub fetch`",
        shown(path)
    )]
    NotGrub { path: PathBuf, platform: String, why: String },
    /// Parts of two builds of GRUB.
    #[error(
        "{first} has GRUB {first_version}, but {second} has GRUB {second_version}; parts of \
             two builds do not work together: give one of them, or both of one version"
    )]
    MixedGrub { first: String, first_version: String, second: String, second_version: String },
    /// The same files from two places.
    #[error("both {first} and {second} hold GRUB's files for {platform}; give one of them")]
    TwiceGrub { platform: String, first: String, second: String },
    /// Nothing that starts under Secure Boot.
    #[error(
        "shim and a signed GRUB for {platform} were not found, which Secure Boot needs{}",
        get_signed(packages)
    )]
    NoSigned { platform: &'static str, packages: Vec<String> },
    /// One of shim and the signed GRUB, which start only together.
    #[error(
        "{}: has {lacks} for {platform}; both must be of one vendor{}",
        shown(place),
        get_signed(packages)
    )]
    HalfSigned {
        place: PathBuf,
        platform: &'static str,
        lacks: &'static str,
        packages: Vec<String>,
    },
    /// A file of GRUB's that is larger than any of GRUB's files.
    #[error("{}: is {len} bytes, more than the {limit} that any of GRUB's files has", shown(path))]
    GrubFileTooBig { path: PathBuf, len: u64, limit: u64 },

    // ---- the cache and apt
    /// Neither `HOME` nor `XDG_CACHE_HOME` says where the cache is.
    #[error(
        "no place for downloaded packages: neither XDG_CACHE_HOME nor HOME is set to an \
             absolute path; set one of them"
    )]
    NoCache,
    /// A package that has not been fetched.
    #[error("package `{package}` has not been fetched; next: `{next}`")]
    NotFetched { package: String, next: String },
    /// The package is there; the file was never taken out of it.
    #[error("`{member}` has not been taken out of the package `{package}`; next: `{next}`")]
    MemberNotFetched { package: String, member: String, next: String },
    /// A name that no package has.
    #[error(
        "`{name}` is not a package name: lower-case letters, digits, `+`, `-` and `.`, \
             at least two characters, the first a letter or digit"
    )]
    BadPackageName { name: String },
    /// A member name that cannot be one.
    #[error(
        "`{name}` does not name a file in a package: no leading `/`, no `..`, as in \
             `usr/lib/memtest86+/memtest86+x64.iso`"
    )]
    BadMemberName { name: String },
    /// A directory could not be read.
    #[error(transparent)]
    Tree(#[from] tree_inputs::Error),
    /// An archive could not be read.
    #[error(
        "{}: {source}; `from` takes a directory, or a tar archive that is not compressed",
        shown(path)
    )]
    Archive { path: PathBuf, source: tree_inputs::Error },
    /// A directory without the file that makes it a theme.
    #[error("{}: a theme is a directory with a `theme.txt` in it, and there is none", shown(path))]
    NoTheme { path: PathBuf },
    /// There is no apt here.
    #[error("there is no apt-get on this machine, so packages cannot be fetched here; get {} \
             elsewhere (https://packages.debian.org) and give the files: `--grub A.deb \
             --grub B.deb`", packages.join(" and "))]
    NoApt { packages: Vec<String> },
    /// apt knows no package of that name.
    #[error(
        "apt knows no package `{package}`; is the name right, and do the sources in {} have \
             it?",
        shown(sources)
    )]
    UnknownPackage { package: String, sources: PathBuf },
    /// apt could not reach what it needs.
    #[error("apt-get could not download {}: {detail}; is the network up, and does \
             `apt-get update` work here?", packages.join(", "))]
    Unreachable { packages: Vec<String>, detail: String },
    /// apt failed in another way.
    #[error("`apt-get {command}` failed ({status}): {detail}")]
    AptFailed { command: String, status: String, detail: String },
}

/// A path for people.
pub(crate) fn shown(path: &Path) -> Escaped<'_> {
    Escaped(path.as_os_str().as_encoded_bytes())
}

/// What to do about a file that cannot be opened, where that can be known.
fn next_step(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "; is the path right?",
        io::ErrorKind::PermissionDenied => "; `chmod +r` it, or copy it to where you may read it",
        _ => "",
    }
}

fn get_signed(packages: &[String]) -> String {
    if packages.is_empty() {
        return "; a BIOS knows no Secure Boot".to_owned();
    }
    format!(
        ". Next: `bootkey grub fetch --secure-boot`, or `apt-get install {}`, or give those \
         packages' files with `--grub FILE`",
        packages.join(" ")
    )
}

fn some_of(offer: &[String]) -> String {
    match offer {
        [] => String::new(),
        [one] => format!("; it has {one}"),
        many => format!("; it has {}", many.join(", ")),
    }
}

/// Names, as a sentence has them.
fn all(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl Error {
    /// Which exit status family the error belongs to.
    pub fn family(&self) -> Family {
        match self {
            Self::Iso { source: iso_probe::ProbeError::Io(_), .. } => Family::Io,
            Self::Iso { .. } | Self::WrongSha256 { .. } => Family::Unsupported,
            Self::Tree(source) | Self::Archive { source, .. } => match source {
                tree_inputs::Error::Io { .. } | tree_inputs::Error::Changed { .. } => Family::Io,
                _ => Family::Unsupported,
            },
            Self::NoTheme { .. } => Family::Usage,
            Self::SourceDateEpoch { .. }
            | Self::BadIsoName { .. }
            | Self::XenWhichIso { .. }
            | Self::XenNoIso { .. }
            | Self::XenNotInIso { .. }
            | Self::SpecFromStdin
            | Self::SpecTooLong { .. }
            | Self::SpecNotUtf8 { .. }
            | Self::NoSuchMember { .. }
            | Self::MemberNotAFile { .. }
            | Self::NotGrub { .. }
            | Self::MixedGrub { .. }
            | Self::TwiceGrub { .. }
            | Self::HalfSigned { .. }
            | Self::BadPackageName { .. }
            | Self::BadMemberName { .. }
            | Self::UnknownPackage { .. } => Family::Usage,
            Self::NotRegular { .. }
            | Self::NotAPackage { .. }
            | Self::NotAnRpm { .. }
            | Self::NotADeb { .. }
            | Self::DamagedPackage { .. }
            | Self::UnsupportedPackage { .. }
            | Self::PackageTooBig { .. }
            | Self::MemberTooBig { .. }
            | Self::UnsafeMember { .. }
            | Self::DuplicateMember { .. }
            | Self::GrubFileTooBig { .. } => Family::Unsupported,
            Self::Open { .. }
            | Self::Read { .. }
            | Self::Write { .. }
            | Self::Changed { .. }
            | Self::NoGrub { .. }
            | Self::NoSigned { .. }
            | Self::NoCache
            | Self::NotFetched { .. }
            | Self::MemberNotFetched { .. }
            | Self::NoApt { .. }
            | Self::Unreachable { .. }
            | Self::AptFailed { .. } => Family::Io,
        }
    }
}
