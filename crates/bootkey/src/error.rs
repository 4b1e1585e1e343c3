//! The reasons why a key cannot be made.

use crate::drift::Drift;
use input_file::shown;
use key_spec::ErrorFamily;
use shown_text::Shown;
use std::path::PathBuf;
use thiserror::Error as ThisError;

/// The reasons why there is no key.
#[derive(Debug, ThisError)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say what the fields are
pub enum Error {
    #[error("stopped before all of it was done")]
    Stopped,
    #[error(
        "two specs are given, `{}` and `{}`; a key is made from one",
        shown(first),
        shown(second)
    )]
    TwoSpecs { first: PathBuf, second: PathBuf },
    #[error(
        "`{}`: {source}; next: take the one that its publisher has, or make it anew: `bootkey lock \
         SPEC.toml --update`",
        shown(path)
    )]
    Lock { path: PathBuf, source: key_lock::Error },
    #[error(
        "`{}` would lie in `{}`, which it locks, and so change it; write it elsewhere (-o), or let the \
         spec name a directory of its own",
        shown(lock),
        shown(directory)
    )]
    LockInside { lock: PathBuf, directory: PathBuf },
    #[error(
        "`{}` is the lock of {}, and the spec is that of {}; give this one a lock of its own with `-o FILE.lock`, \
         or remove that one if the key has another name now",
        shown(lock),
        key_called(locked.as_deref()),
        key_called(name.as_deref())
    )]
    LockOfAnother { lock: PathBuf, locked: Option<String>, name: Option<String> },
    #[error(
        "`{}` is not the lock of what this spec says now, and may be that of `{}`, whose key has {}; give each a \
         `name` of its own in [key], or this one a lock of its own with `-o FILE.lock`",
        shown(lock),
        shown(other),
        match name {
            Some(name) => format!("the name `{}`, too", shown_text::shown(name)),
            None => "no name, either".to_owned(),
        }
    )]
    LockOfWhich { lock: PathBuf, other: PathBuf, name: Option<String> },
    #[error(
        "`{}` does not hold: {}{}",
        shown(lock),
        drift.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        crate::drift::next_step(drift)
    )]
    Drifted { lock: PathBuf, drift: Vec<Drift> },
    #[error("a lock belongs to a spec, and none is given; give the spec, or the lock itself")]
    LockOfNothing,
    #[error(
        "a lock is of one key, and these are many; leave the lock out (`--offline` builds of what is there alone)"
    )]
    LockOfMany,
    #[error(
        "the lists disagree about `{}`: it is {} in `{}`, and {} in `{}`{}; make both keys anew, of the same \
         inputs",
        shown_text::shown(&first.name),
        first.digests[0],
        shown(&first.lists[0]),
        first.digests[1],
        shown(&first.lists[1]),
        and_more(*more)
    )]
    SumsDisagree { first: Box<crate::disagreement::Disagreement>, more: usize },
    #[error(
        "`{}`, line {line}: that is no line of SHA-256 digests, as `sha256sum` writes them",
        shown(path)
    )]
    NoSums { path: PathBuf, line: usize },
    #[error(
        "two files would be `{}`: the image of one key, or what goes with it, and that of another; give one of \
         the keys another name",
        shown(path)
    )]
    SameOutput { path: PathBuf },
    #[error(
        "`{}` has a name of {len} bytes, and a file's has at most {max}; give the key a shorter name, or \
         change -o",
        shown(path)
    )]
    LongName { path: PathBuf, len: usize, max: usize },
    #[error("a lock says which GRUB it is; leave --grub out, or build without the lock")]
    LockAndGrub,
    #[error("`{}` is a lock; name the spec that it was made of", shown(path))]
    LockOfLock { path: PathBuf },
    #[error("`{}`: nothing in the lock is called {:?}; it has {}", shown(lock), name, some(have))]
    NotInLock { lock: PathBuf, name: String, have: Vec<String> },
    #[error("SOURCE_DATE_EPOCH: {what}")]
    Time { what: String },
    #[error(
        "a block map is for an image that is written to a stick, not for {format}; \
         leave --bmap out, or write a raw or compressed image"
    )]
    NoBlockMap { format: image_write::Format },
    #[error(
        "`{}` is there, and is not {what}; move it away, or give the output another name",
        shown(path)
    )]
    NotOurs { path: PathBuf, what: &'static str },
    #[error(
        "`{}` is signed, and a line more would make the signature wrong; write the image to a \
         directory of its own, or leave --checksums out",
        shown(path)
    )]
    SignedList { path: PathBuf },
    #[error("{source}")]
    SumsList { source: input_file::OpenError },
    #[error("`{}` cannot be read: {source}; move it away", shown(path))]
    Sidecar { path: PathBuf, source: std::io::Error },
    #[error(
        "{}: is damaged: {first}{}; nothing is made of it (`bootkey verify` lists what is wrong)",
        shown(key),
        and_more(*more)
    )]
    DamagedKey { key: PathBuf, first: String, more: usize },
    #[error(
        "{}: has files that the new key would not have: {}; --adopt takes ISOs along, --drop leaves \
         them behind (`bootkey extract` saves them first)",
        shown(key),
        some(lost)
    )]
    WouldBeLost { key: PathBuf, lost: Vec<String> },
    #[error("{}: has {len} already, and {size} is less; a key grows only", shown(key))]
    Shrinks { key: PathBuf, len: String, size: key_spec::Size },
    #[error("the key has no ISO `{}`; it has: {}", shown_text::shown(name), some(have))]
    NoSuchIso { name: String, have: Vec<String> },
    #[error("{what}")]
    Set { what: String },
    #[error(
        "`{}` is no place on a key; say PARTITION:/PATH, such as isos:/debian.iso, esp:/ or 2:/",
        Shown(text)
    )]
    Place { text: Vec<u8> },
    #[error(
        "partition `{}` holds {found}; nothing can be listed there",
        shown_text::shown(partition)
    )]
    NoFileSystem { partition: String, found: String },
    #[error("no partition has a grub.cfg of GRUB's; `bootkey inspect` tells what there is")]
    NoMenu,
    #[error("`{}` is there already; move it away, or say --force", shown(path))]
    IsThere { path: PathBuf },
    #[error(
        "`{}`: {source}; --to takes a directory, and makes one, but none above it",
        shown(path)
    )]
    ExtractTo { path: PathBuf, source: std::io::Error },
    #[error("`{}` cannot be extracted: {source}", shown(path))]
    Extract { path: PathBuf, source: std::io::Error },
    #[error("{what}")]
    Trial { what: String },
    #[error(
        "`{}` is packed with {packed}, which QEMU does not read; unpack it first: {unpack} -dc {} > key.img",
        shown(key),
        shown_text::ShellWord::of(key)
    )]
    PackedKey { key: PathBuf, packed: &'static str, unpack: &'static str },
    #[error("the menu has no entry {:?}, or several of that title; it has: {}", title, some(have))]
    NoEntry { title: String, have: Vec<String> },
    #[error("{source}; or, without root: bootkey firmware fetch --firmware {firmware}")]
    NoFirmware { source: virtual_machine::Error, firmware: key_spec::Firmware },
    #[error("QEMU ended with {status}; what it said is above")]
    Qemu { status: std::process::ExitStatus },
    #[error("`{}`: {source}; --report takes a directory that can be written to", shown(path))]
    Report { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Machine(#[from] virtual_machine::Error),
    #[error(transparent)]
    Read(#[from] key_read::Error),
    #[error(transparent)]
    Spec(#[from] key_spec::Error),
    #[error(transparent)]
    Inputs(#[from] key_inputs::Error),
    #[error(transparent)]
    Plan(#[from] key_plan::Error),
    #[error(transparent)]
    Write(#[from] image_write::Error),
}

fn and_more(more: usize) -> String {
    if more == 0 { String::new() } else { format!(", and {more} more") }
}

/// The first of a list of names.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 8;
    if names.is_empty() {
        return "none".to_owned();
    }
    let first: Vec<String> = names.iter().take(SHOWN).map(|n| shown_text::shown(n)).collect();
    first.join(", ") + &and_more(names.len().saturating_sub(SHOWN))
}

/// A key by its name, for messages.
fn key_called(name: Option<&str>) -> String {
    name.map_or("a key without a name".to_owned(), |name| {
        format!("the key `{}`", Shown(name.as_bytes()))
    })
}

impl Error {
    /// Whether packages that were fetched would help.
    pub fn lacks_packages(&self) -> bool {
        matches!(self, Self::Inputs(e) if e.lacks_packages())
    }

    /// The family of the error.
    pub fn family(&self) -> ErrorFamily {
        use image_write::Error as Write;
        use key_read::Error as Read;
        match self {
            Self::TwoSpecs { .. }
            | Self::Time { .. }
            | Self::Lock { .. }
            | Self::Drifted { .. }
            | Self::LockOfNothing
            | Self::LockOfMany
            | Self::SumsDisagree { .. }
            | Self::NoSums { .. }
            | Self::SameOutput { .. }
            | Self::LongName { .. }
            | Self::LockAndGrub
            | Self::LockOfLock { .. }
            | Self::LockInside { .. }
            | Self::LockOfAnother { .. }
            | Self::LockOfWhich { .. }
            | Self::NotInLock { .. }
            | Self::NoBlockMap { .. }
            | Self::NotOurs { .. }
            | Self::SignedList { .. }
            | Self::WouldBeLost { .. }
            | Self::Shrinks { .. }
            | Self::NoSuchIso { .. }
            | Self::Set { .. }
            | Self::Place { .. }
            | Self::IsThere { .. }
            | Self::Trial { .. }
            | Self::NoEntry { .. }
            | Self::Machine(virtual_machine::Error::Unsuitable { .. })
            | Self::Spec(_) => ErrorFamily::Usage,
            Self::Sidecar { .. }
            | Self::SumsList { .. }
            | Self::Extract { .. }
            | Self::ExtractTo { .. }
            | Self::Report { .. } => ErrorFamily::Io,
            Self::Qemu { .. } | Self::NoFirmware { .. } | Self::Machine(_) => ErrorFamily::Io,
            Self::NoFileSystem { .. }
            | Self::NoMenu
            | Self::PackedKey { .. }
            | Self::DamagedKey { .. } => ErrorFamily::Unsupported,
            Self::Read(e) => match e {
                Read::NoPartition { .. }
                | Read::NotFound { .. }
                | Read::NotADirectory { .. }
                | Read::NotAFile { .. } => ErrorFamily::Usage,
                Read::LongerThan { .. } => ErrorFamily::DoesNotFit,
                e if e.is_io() => ErrorFamily::Io,
                _ => ErrorFamily::Unsupported,
            },
            Self::Inputs(e) => e.family(),
            Self::Plan(e) => e.family(),
            Self::Write(
                Write::BlockDevice { .. }
                | Write::NotAFile { .. }
                | Write::Directory { .. }
                | Write::IsInput { .. }
                | Write::Twice { .. }
                | Write::TooLargeFor { .. },
            ) => ErrorFamily::Usage,
            Self::Stopped | Self::Write(Write::Stopped) => ErrorFamily::Stopped,
            Self::Write(_) => ErrorFamily::Io,
        }
    }
}
