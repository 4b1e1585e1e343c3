//! The failures of the command, with their messages and exit statuses.

use bootkey::{ErrorFamily, key_inputs, key_plan};
use input_file::{shown, too_many_open};
use rustix::process::Resource;
use std::io;
use std::path::PathBuf;
use thiserror::Error as ThisError;

/// Fewest bytes of address space that a command starts with: a small key was made with 56 MB.
const ADDRESS_SPACE: u64 = 64 << 20;

/// The reason why a command did not do what it was asked for.
#[derive(Debug, ThisError)]
pub(crate) enum Failure {
    #[error(transparent)]
    Key(#[from] bootkey::Error),
    #[error(transparent)]
    Devices(#[from] block_devices::Error),
    #[error("`{}` is {what}", shown(path))]
    Target { path: PathBuf, what: String },
    #[error("{device} is not overwritten: {reasons}")]
    Refused { device: String, reasons: String },
    #[error(
        "nobody can be asked, since standard input is no terminal; --yes writes without asking"
    )]
    NobodyToAsk,
    #[error("that is not {name}; nothing was written")]
    NotConfirmed { name: String },
    #[error(
        "`{place}` cannot be unmounted: {source}; if a program has something open there, `fuser -vm` names \
         it; nothing was written"
    )]
    Unmount { place: String, source: io::Error },
    #[error(
        "something else is mounted at `{place}`, too; unmount both by hand (`sudo umount`); nothing was \
         written"
    )]
    MountedOver { place: String },
    #[error("{device}: {source}{}", of_owners(owners))]
    Writing { device: String, source: device_write::Error, owners: Vec<String> },
    #[error(
        "`{}` {what}; nothing was written; get both anew, or move the block map away",
        shown(path)
    )]
    BlockMap { path: PathBuf, what: String },
    #[error(
        "`{}` has no record of how it was made, as bootkey's keys have, so it cannot be laid out for another \
         size; write it without --grow, and grow its last partition there (`growpart`, `resize2fs`)",
        shown(key)
    )]
    NotLaidOutAgain { key: PathBuf },
    #[error("{device}: {source}{next_step}")]
    TooSmall { device: String, source: device_write::Error, next_step: &'static str },
    #[error(
        "{target} has sectors of {device} bytes, and the key has a partition table for sectors of {key} bytes, by \
         which nothing would be found there{next_step}"
    )]
    OtherSectors { target: String, key: u64, device: u64, next_step: &'static str },
    #[error(
        "{failure}; the machine does not have {device} any more: it was pulled out, or has failed"
    )]
    Gone { device: String, failure: Box<Self> },
    #[error("{failed} of {all} devices were not written")]
    SomeNotWritten { failed: usize, all: usize, status: u8 },
    #[error("{failed} of {all} ISOs could not be read")]
    SomeNotProbed { failed: usize, all: usize, status: u8 },
    #[error("{failed} of {all} keys were not made")]
    SomeNotMade { failed: usize, all: usize, status: u8 },
    #[error("stopped; {made} of {all} keys are there, and the next run goes on behind them")]
    StoppedBetween { made: usize, all: usize },
    #[error("{device} may not be written by you{why}. Root may:\n  {command}")]
    NotAllowed { device: String, why: String, command: String },
    #[error("{option}: {message}")]
    Option { option: &'static str, message: String },
    #[error(
        "`{}`: there is no format .{extension} here; there are .img, .img.zst, .img.xz, .img.gz, \
         .qcow2, .vmdk and .vhd (see --format)", shown(output), extension = shown_text::shown(extension)
    )]
    Format { output: PathBuf, extension: String },
    #[error("{option} writes a file beside the image; give that a name, instead of `-o -`")]
    Beside { option: &'static str },
    #[error("standard output is a terminal; send the image to a file or a program: `-o - | …`")]
    Terminal,
    #[error("{no} of {isos} ISOs cannot boot from a key")]
    CannotBoot { no: usize, isos: usize },
    #[error("the keys differ in {count} of their files and parts")]
    Differ { count: usize },
    #[error("{failed} of {all} trials failed")]
    NotProven { failed: usize, all: usize },
    #[error(
        "{}: not all could be extracted, {count} left out; `bootkey verify` tells what is damaged",
        shown(key)
    )]
    Missed { key: PathBuf, count: usize },
    #[error("{} is not as it was made", shown(key))]
    NotSound { key: PathBuf },
    #[error("`{}` does not hold (differences: {count})", shown(lock))]
    DoesNotHold { lock: PathBuf, count: usize },
    #[error("cannot write to standard output: {0}; send it to a file or a program")]
    Output(io::Error),
    #[error(
        "`{}` is no disk that is known here: no partition table, no file system, no boot code",
        shown(path)
    )]
    NothingKnown { path: PathBuf },
    #[error("it is {bytes} bytes, too many for a terminal; send it to a file or a program")]
    TooLongToShow { bytes: u64 },
    #[error("cannot listen to signals: {0}")]
    Signal(io::Error),
    #[error(
        "the address space is limited to {} KiB, and bootkey begins nothing with less than {} KiB; raise `ulimit -v`",
        limit >> 10, ADDRESS_SPACE >> 10
    )]
    AddressSpace { limit: u64 },
}

/// The lines that say whose the wrong bytes are.
fn of_owners(owners: &[String]) -> String {
    owners.iter().map(|owner| format!("\n  {owner}")).collect()
}

/// The exit status of a failed writing.
fn status_of_writing(error: &device_write::Error) -> u8 {
    use device_write::Error as Write;
    match error {
        Write::Busy | Write::NotADevice => 2,
        Write::TooSmall { .. } => 3,
        Write::Stopped { .. } => 130,
        _ => 5,
    }
}

impl From<key_inputs::Error> for Failure {
    fn from(error: key_inputs::Error) -> Self {
        Self::Key(error.into())
    }
}

impl From<bootkey::key_read::Error> for Failure {
    fn from(error: bootkey::key_read::Error) -> Self {
        Self::Key(error.into())
    }
}

impl Failure {
    /// The reason not even to begin.
    ///
    /// Where memory is refused later, Rust's allocator ends the program, which no safe code can turn into a
    /// message.
    pub(crate) fn beforehand() -> Result<(), Self> {
        match rustix::process::getrlimit(Resource::As).current {
            Some(limit) if limit < ADDRESS_SPACE => Err(Self::AddressSpace { limit }),
            _ => Ok(()),
        }
    }

    /// The next step, where the message cannot know it.
    pub(crate) fn next_step(&self) -> &'static str {
        if too_many_open(self) { "; raise the limit of open files (`ulimit -n`)" } else { "" }
    }

    /// The details that are too long for the message, for those who asked for more.
    pub(crate) fn details(&self) -> Option<String> {
        let Self::Key(bootkey::Error::Plan(plan)) = self else { return None };
        let key_plan::Error::CannotBoot(refusal) = plan else { return None };
        let looked_for = &refusal.looked_for;
        (!looked_for.is_empty()).then(|| format!("looked for: {looked_for}"))
    }

    /// The program's exit status: 1 the answer is no, 2 usage or spec, 3 does not fit,
    /// 4 unsupported input, 5 input/output, 130 interrupted (by SIGINT).
    pub(crate) fn exit_status(&self) -> u8 {
        match self {
            Self::CannotBoot { .. }
            | Self::NotSound { .. }
            | Self::NotProven { .. }
            | Self::Differ { .. } => 1,
            Self::DoesNotHold { .. } | Self::Key(bootkey::Error::Drifted { .. }) => 1,
            Self::Key(bootkey::Error::SumsDisagree { .. }) => 1,
            Self::Option { .. } | Self::Format { .. } | Self::Beside { .. } => 2,
            Self::Terminal | Self::TooLongToShow { .. } => 2,
            Self::Target { .. } | Self::Refused { .. } | Self::NobodyToAsk => 2,
            Self::NotConfirmed { .. } => 1,
            Self::NotAllowed { .. } | Self::Unmount { .. } | Self::MountedOver { .. } => 5,
            Self::SomeNotWritten { status, .. }
            | Self::SomeNotProbed { status, .. }
            | Self::SomeNotMade { status, .. } => *status,
            Self::StoppedBetween { .. } => 130,
            Self::Gone { failure, .. } => failure.exit_status(),
            Self::Writing { source, .. } | Self::TooSmall { source, .. } => {
                status_of_writing(source)
            }
            Self::OtherSectors { .. } => 3,
            Self::NothingKnown { .. } | Self::NotLaidOutAgain { .. } => 4,
            Self::BlockMap { .. }
            | Self::Missed { .. }
            | Self::Output(_)
            | Self::Signal(_)
            | Self::AddressSpace { .. }
            | Self::Devices(_) => 5,
            Self::Key(error) => match error.family() {
                ErrorFamily::Usage => 2,
                ErrorFamily::DoesNotFit => 3,
                ErrorFamily::Unsupported => 4,
                ErrorFamily::Io => 5,
                ErrorFamily::Stopped => 130,
            },
        }
    }
}
