//! Errors: what can be wrong with the files and programs that are read, and what to do about it.

use crate::signed_sums::SumsError;
use input_file::{FileChange, OpenError};
use key_spec::ErrorFamily;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

pub(crate) use input_file::shown;

/// The error of reading an input. Each message names the thing and, where this crate can know it,
/// the next step.
#[derive(Debug, Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the message says what each field is
pub enum Error {
    // ---- the environment
    /// `SOURCE_DATE_EPOCH` is set to something that is no time.
    #[error("SOURCE_DATE_EPOCH is `{value}`; it must be a whole number of seconds since 1970")]
    SourceDateEpoch { value: String },
    // ---- files
    /// A file could not be opened, or is no regular file.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A file was opened, and reading it failed.
    #[error("{}: cannot be read: {source}", shown(path))]
    Read { path: PathBuf, source: io::Error },
    /// An input has changed since it was opened.
    #[error(
        "{}: changed while it was being read ({what}); run the command again when \
             nobody writes to it",
        shown(path)
    )]
    Changed { path: PathBuf, what: FileChange },

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
    /// The file's SHA-256 is not the one in the spec.
    #[error(
        "{}: its SHA-256 is {found}, but the spec says {expected}; get the file again, or \
             correct the spec",
        shown(path)
    )]
    WrongSha256 { path: PathBuf, expected: String, found: String },

    // ---- Xen
    /// An entry says `iso:`, the key has several ISOs or none, and `xen.iso` does not name one.
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
    /// The spec is longer than [`MAX_SPEC_LEN`](crate::MAX_SPEC_LEN).
    #[error("{}: is longer than the {limit} bytes a spec may have; is it an ISO?", shown(path))]
    SpecTooLong { path: PathBuf, limit: u64 },
    /// The spec is not UTF-8 text.
    #[error("{}: is not UTF-8 text at byte {offset}", shown(path))]
    SpecNotUtf8 { path: PathBuf, offset: usize },

    // ---- GRUB
    /// GRUB's files are in none of the places where they are looked for.
    #[error("GRUB's files ({platform}) were not found; looked at: {}. Next: `bootkey grub fetch` \
             (needs a network, not root), or install them: `apt-get install {} grub-common`, or give \
             them: `--grub DIRECTORY` or `--grub FILE` (.deb, .rpm)",
            looked_at.join(", "), packages.join(" "))]
    NoGrub { platform: String, looked_at: Vec<String>, packages: Vec<&'static str> },
    /// Everything was fetched but the font.
    #[error(
        "GRUB's font (unicode.pf2) is neither in {packages}, as the archive has them; everything else was \
         fetched, and keys made with it have a menu of plain ASCII text. Next: find the package that has \
         the font (`apt-file search unicode.pf2`), and give it with the others: `--grub FILE`"
    )]
    NoFont { packages: String },
    /// A path that was given holds no usable GRUB.
    #[error(
        "{}: holds no GRUB for {platform}: {why}; give a directory such as /usr/lib/grub or \
             the packages' .deb or .rpm files, or get them with `bootkey grub fetch`",
        shown(path)
    )]
    NotGrub { path: PathBuf, platform: String, why: String },
    /// The parts found are of two builds of GRUB.
    #[error(
        "{first} has GRUB {first_version}, but {second} has GRUB {second_version}; parts of \
             two builds do not work together: give one of them, or both of one version"
    )]
    MixedGrub { first: String, first_version: String, second: String, second_version: String },
    /// Two of the paths that were given hold the files of one platform.
    #[error("both {first} and {second} hold GRUB's files for {platform}; give one of them")]
    TwiceGrub { platform: String, first: String, second: String },
    /// Neither shim nor a signed GRUB was found, which Secure Boot needs.
    #[error(
        "shim and a signed GRUB for {platform} were not found, which Secure Boot needs{}",
        get_signed(packages)
    )]
    NoSigned { platform: &'static str, packages: Vec<String> },
    /// Only one of shim and the signed GRUB was found, and they start only together.
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
    /// A file is larger than any that GRUB has.
    #[error("{}: is {len} bytes, more than the {limit} that any of GRUB's files has", shown(path))]
    GrubFileTooBig { path: PathBuf, len: u64, limit: u64 },

    // ---- packages and the cache
    /// A package could not be read, fetched or found in the cache.
    #[error(transparent)]
    Package(#[from] packages::Error),
    /// Neither `HOME` nor `XDG_CACHE_HOME` is an absolute path, so there is no place for the cache.
    #[error(
        "no place for downloaded packages: neither XDG_CACHE_HOME nor HOME is set to an \
             absolute path; set one of them"
    )]
    NoCache,

    /// The network cannot be used as the environment says, or a file cannot be had.
    #[error(transparent)]
    Download(#[from] downloads::Error),
    /// Files are not in the cache, and are not downloaded here.
    #[error(
        "{} {} not been downloaded yet; next: `bootkey fetch` of the spec, or of the lock if \
         there is one, with a network (`bootkey build` does it too, without --offline)",
        shown_text::shown(&urls.join(", ")),
        if urls.len() == 1 { "has" } else { "have" }
    )]
    NotDownloaded { urls: Vec<String> },
    /// A signed list does not say which file a download is.
    #[error("{}: {source}", shown_text::shown(url))]
    Sums { url: String, source: SumsError },

    /// Something that a lock names is not in the cache.
    #[error(
        "{} {} not in the cache as the lock wants; next: `bootkey fetch` of the lock \
         with a network, or `bootkey lock --export DIR` on a machine that has one",
        what.join(", "),
        if what.len() == 1 { "is" } else { "are" }
    )]
    NotThere { what: Vec<String> },
    /// A new lock would have a lower version than the one before, since not all sources were reached.
    #[error(
        "`{package}` would be {found} instead of {locked}, which is locked now, because not all sources \
         were reached: {}; next: try again, or name a mirror that has all of it: \
         `BOOTKEY_MIRROR=URL` in the environment",
        shown_text::shown(unreachable)
    )]
    StepsBack { package: String, locked: String, found: String, unreachable: String },
    /// A lock was not made for what the spec takes out of packages.
    #[error("the lock names no package `{package}` with {member}; lock the spec again")]
    NotLocked { package: String, member: String },

    // ---- existing keys
    /// A key, or something on it, cannot be read.
    #[error(transparent)]
    Key(#[from] key_read::Error),
    /// No partition has a record.
    #[error(
        "{}: has no record of how it was made (boot:/boot/bootkey/), as bootkey's keys have; one that \
         lost it is built anew from its spec",
        shown(path)
    )]
    NoRecord { path: PathBuf },
    /// The record is damaged, or of a later version.
    #[error("{}: {source}", shown(path))]
    Record { path: PathBuf, source: key_record::Error },
    /// The record's spec is none that this version knows.
    #[error("{}: the spec in its record cannot be used: {what}", shown(path))]
    RecordedSpec { path: PathBuf, what: String },
    /// Other rules have laid out the key.
    #[error(
        "{}: was laid out by bootkey {by}, by other rules than this version's (layout revision \
         {theirs}, here {ours}), and cannot be made again byte for byte; use that version, or \
         build it anew: `bootkey extract` gets boot:/boot/bootkey/key.toml and the ISOs",
        shown(path)
    )]
    OtherLayout { path: PathBuf, by: String, theirs: u32, ours: u32 },
    /// Something on a key is not what it was made with.
    #[error("{}: {at}: {why}", shown(key))]
    OnKey { key: PathBuf, at: String, why: String },
    /// A key has no GRUB for what is asked of it.
    #[error(
        "{}: has no GRUB for {what}; build the key anew from boot:/boot/bootkey/key.toml on it",
        shown(path)
    )]
    KeyLacksGrub { path: PathBuf, what: String },

    // ---- trees
    /// A directory could not be read.
    #[error(transparent)]
    Tree(#[from] tree_inputs::Error),
    /// An archive could not be read.
    #[error(
        "{}: {source}; `from` takes a directory, or a tar archive that is not compressed",
        shown(path)
    )]
    Archive { path: PathBuf, source: tree_inputs::Error },
    /// The directory of a theme has no `theme.txt`.
    #[error("{}: a theme is a directory with a `theme.txt` in it, and there is none", shown(path))]
    NoTheme { path: PathBuf },
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

/// A list of names for a message: `a, b`, or `none`.
fn all(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl Error {
    /// Whether fetching packages is the remedy: those of GRUB, or those that a spec names.
    pub fn lacks_packages(&self) -> bool {
        use packages::Error::{MemberNotFetched, NotFetched};
        matches!(
            self,
            Self::NoGrub { .. }
                | Self::NotGrub { .. }
                | Self::NoSigned { .. }
                | Self::Package(NotFetched { .. } | MemberNotFetched { .. })
        )
    }

    /// The family of the error, by which a program chooses its exit status.
    pub fn family(&self) -> ErrorFamily {
        match self {
            Self::Iso { source: iso_probe::ProbeError::Io(_), .. } => ErrorFamily::Io,
            Self::Iso { .. } | Self::WrongSha256 { .. } => ErrorFamily::Unsupported,
            Self::Tree(source) | Self::Archive { source, .. } => match source {
                tree_inputs::Error::Io { .. } | tree_inputs::Error::Changed { .. } => {
                    ErrorFamily::Io
                }
                _ => ErrorFamily::Unsupported,
            },
            Self::NoTheme { .. } => ErrorFamily::Usage,
            Self::Package(source) => of_package(source),
            Self::Download(downloads::Error::Url(_) | downloads::Error::Proxy { .. }) => {
                ErrorFamily::Usage
            }
            Self::Download(_) => ErrorFamily::Io,
            Self::Sums { source, .. } if source.is_of_the_spec() => ErrorFamily::Usage,
            Self::Sums { .. } => ErrorFamily::Io,
            Self::Open(source) => of_opening(source),
            Self::BadIsoName { .. }
            | Self::XenWhichIso { .. }
            | Self::XenNoIso { .. }
            | Self::XenNotInIso { .. }
            | Self::SpecFromStdin
            | Self::SpecTooLong { .. }
            | Self::SpecNotUtf8 { .. }
            | Self::NotGrub { .. }
            | Self::MixedGrub { .. }
            | Self::TwiceGrub { .. }
            | Self::HalfSigned { .. }
            | Self::NotLocked { .. }
            | Self::SourceDateEpoch { .. } => ErrorFamily::Usage,
            Self::GrubFileTooBig { .. }
            | Self::NoRecord { .. }
            | Self::Record { .. }
            | Self::RecordedSpec { .. }
            | Self::OtherLayout { .. }
            | Self::OnKey { .. }
            | Self::KeyLacksGrub { .. } => ErrorFamily::Unsupported,
            Self::Key(source) => of_key(source),
            Self::Read { .. }
            | Self::Changed { .. }
            | Self::NoGrub { .. }
            | Self::NoFont { .. }
            | Self::NoSigned { .. }
            | Self::NotDownloaded { .. }
            | Self::NotThere { .. }
            | Self::StepsBack { .. }
            | Self::NoCache => ErrorFamily::Io,
        }
    }
}

fn of_key(error: &key_read::Error) -> ErrorFamily {
    if error.is_io() { ErrorFamily::Io } else { ErrorFamily::Unsupported }
}

fn of_opening(error: &OpenError) -> ErrorFamily {
    match error {
        OpenError::Open { .. } => ErrorFamily::Io,
        OpenError::NotRegular { .. } => ErrorFamily::Unsupported,
    }
}

fn of_package(error: &packages::Error) -> ErrorFamily {
    use packages::Error as E;
    match error {
        E::Open(source) => of_opening(source),
        E::NoSuchMember { .. }
        | E::MemberNotAFile { .. }
        | E::BadPackageName { .. }
        | E::BadMemberName { .. } => ErrorFamily::Usage,
        E::Archive(source) => of_archive(source),
        E::NotAPackage { .. }
        | E::NotAnRpm { .. }
        | E::NotADeb { .. }
        | E::DamagedPackage { .. }
        | E::UnsupportedPackage { .. }
        | E::PackageTooBig { .. }
        | E::TooMuchWork { .. }
        | E::MemberTooBig { .. }
        | E::UnsafeMember { .. }
        | E::DuplicateMember { .. } => ErrorFamily::Unsupported,
        E::DamagedCache { .. }
        | E::UntrustedCache { .. }
        | E::OpenCache { .. }
        | E::ForeignCache { .. }
        | E::Read { .. }
        | E::Write { .. }
        | E::NotFetched { .. }
        | E::MemberNotFetched { .. } => ErrorFamily::Io,
    }
}

fn of_archive(error: &packages::ArchiveError) -> ErrorFamily {
    use packages::ArchiveError as E;
    match error {
        E::UnknownPackage { .. } | E::BadMirror { .. } | E::BadSuite { .. } => ErrorFamily::Usage,
        E::Unreachable { .. }
        | E::NotGot { .. }
        | E::NotKept { .. }
        | E::Unsigned { .. }
        | E::WrongSuite { .. }
        | E::Expired { .. }
        | E::RolledBack { .. }
        | E::Malformed { .. }
        | E::WrongBytes { .. }
        | E::Bomb { .. }
        | E::Gone { .. }
        | E::Keyring { .. } => ErrorFamily::Io,
    }
}
