//! The arguments of the commands that get inputs from the network, pin them, or look after what came.

use super::word;
use crate::progress::Style;
use bootkey::key_inputs::Wishes;
use bootkey::key_spec::Firmware;
use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Fetch {
    /// The spec whose ISOs and packages are wanted, or the lock of one.
    #[arg(value_name = "SPEC.toml|LOCK", value_hint = ValueHint::FilePath)]
    pub(crate) spec: PathBuf,
    /// Get nothing: say what is not in the cache.
    #[arg(long)]
    pub(crate) offline: bool,
    #[command(flatten)]
    pub(crate) mirrors: Mirrors,
}

/// Where packages are fetched from.
#[derive(Debug, Clone, Args)]
pub(crate) struct Mirrors {
    /// A mirror of Debian's archive, instead of those of the spec, of this machine's apt, or
    /// Debian's own. Repeatable: the first that can be reached is asked.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) mirror: Vec<String>,
    /// The release of Debian, e.g. trixie, instead of the spec's or this machine's own.
    #[arg(long, value_name = "SUITE")]
    pub(crate) suite: Option<String>,
}

impl Mirrors {
    /// The wishes of where packages come from, without a spec's.
    pub(crate) fn wishes(&self) -> Wishes {
        Wishes { mirrors: self.mirror.clone(), suite: self.suite.clone(), keyring: None }
    }
}

/// What `grub fetch` gets.
#[derive(Debug, Args)]
pub(crate) struct GrubFetch {
    /// What starts the key: bios, uefi-x64, uefi-ia32, uefi-arm64, with commas between them;
    /// without it, all but uefi-arm64, whose packages are not in every mirror.
    #[arg(long, value_name = "FIRMWARE", value_delimiter = ',')]
    #[arg(value_parser = word::firmware(), hide_possible_values = true)]
    pub(crate) firmware: Vec<Firmware>,
    /// Also get shim and the signed GRUB, for Secure Boot.
    #[arg(long)]
    pub(crate) secure_boot: bool,
    #[command(flatten)]
    pub(crate) mirrors: Mirrors,
}

/// What `firmware fetch` gets.
#[derive(Debug, Args)]
pub(crate) struct FirmwareFetch {
    /// What starts the virtual machine: uefi-x64, uefi-ia32, uefi-arm64, with commas between them;
    /// without it, uefi-x64. That of a BIOS is a part of QEMU.
    #[arg(long, value_name = "FIRMWARE", value_delimiter = ',', default_value = "uefi-x64")]
    pub(crate) firmware: Vec<Firmware>,
    #[command(flatten)]
    pub(crate) mirrors: Mirrors,
}

#[derive(Debug, Args)]
pub(crate) struct Lock {
    /// The spec; with --check and --export the lock itself will do.
    #[arg(value_name = "SPEC.toml|LOCK", value_hint = ValueHint::FilePath)]
    #[arg(required_unless_present = "update")]
    pub(crate) spec: Option<PathBuf>,
    /// The lock, instead of bootkey.lock beside the spec.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Write nothing: say what does not hold any more of the lock that is there.
    #[arg(long, conflicts_with_all = ["update", "export"])]
    pub(crate) check: bool,
    /// With --check: get nothing from elsewhere.
    #[arg(long, requires = "check")]
    pub(crate) offline: bool,
    /// Take the newest packages, or only that of this name. GRUB's are one.
    #[arg(long, value_name = "NAME", num_args = 0..=1, conflicts_with = "export")]
    pub(crate) update: Option<Option<String>>,
    /// Write no lock: get all that the one which is there needs into the cache DIR, for a machine
    /// without a network.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) export: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) mirrors: Mirrors,
    /// How to show progress.
    #[arg(long, value_name = "STYLE", default_value = "auto")]
    pub(crate) progress: Style,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Cache {
    /// List the downloaded files (SHA-256, bytes, days since each came), and the packages.
    #[command(after_help = "Examples:\n  \
        bootkey cache list\n  \
        bootkey cache list --json | jq .files")]
    List {
        /// One JSON document instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Remove downloaded files, but none that somebody is downloading, and no packages but those that
    /// locks name.
    #[command(after_help = "Examples:\n  \
        bootkey cache prune --days 90          what came 90 days ago or earlier\n  \
        bootkey cache prune --keep key.toml    what this spec does not want\n  \
        bootkey cache prune --keep bootkey.lock\n  \
        bootkey cache prune --all")]
    Prune(Prune),
}

/// What is removed from the cache: what all options that are given agree on.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Prune {
    /// What came so many days ago or earlier.
    #[arg(long, value_name = "DAYS")]
    pub(crate) days: Option<u64>,
    /// What these specs, or locks, do not want.
    #[arg(long, value_name = "SPEC.toml|LOCK", value_hint = ValueHint::FilePath)]
    pub(crate) keep: Vec<PathBuf>,
    /// Every downloaded file.
    #[arg(long, conflicts_with_all = ["days", "keep"])]
    pub(crate) all: bool,
}
