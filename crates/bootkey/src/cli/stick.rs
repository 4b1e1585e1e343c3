//! The arguments of the commands for what a key gets onto: sticks and virtual machines.

use super::make::StrayFiles;
use super::word;
use crate::progress::Style;
use bootkey::key_spec::{Firmware, Size};
use bootkey::trial::Bus;
use clap::{Args, ValueHint};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Devices {
    /// One JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
    /// Also list what is no disk of its own: loop devices, memory, LVM's volumes and the like.
    #[arg(short, long)]
    pub(crate) all: bool,
    /// List the devices of another Linux, whose /sys, /proc, /run and /dev are in DIR.
    #[arg(long, value_name = "DIR", default_value = "/", value_hint = ValueHint::DirPath)]
    pub(crate) sysroot: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Write {
    /// The key, or any other image of a disk: a file, also compressed or a virtual disk that `build` made;
    /// an address; or a spec (*.toml) or a lock (*.lock), of which the key is made on the stick.
    #[arg(value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub(crate) key: PathBuf,
    /// The stick, or several: whole devices, e.g. /dev/sdb (`bootkey devices` lists them).
    #[arg(value_name = "DEVICE", required = true, value_hint = ValueHint::FilePath)]
    pub(crate) devices: Vec<PathBuf>,
    /// Lay the key out for the stick: as large as that, or smaller than KEY is, if what is on it fits. KEY
    /// is a spec, or a key with a record, as bootkey's keys have.
    #[arg(long, visible_alias = "fit")]
    pub(crate) grow: bool,
    #[command(flatten)]
    pub(crate) strays: StrayFiles,
    #[command(flatten)]
    pub(crate) download: DownloadedKey,
    #[command(flatten)]
    pub(crate) spec: SpecToWrite,
    /// Do not ask for the device's name; for scripts. Disks that are built in are not written then.
    #[arg(long)]
    pub(crate) yes: bool,
    /// Have the stick powered off afterwards, or let go of by the kernel, so that no desktop mounts it.
    #[arg(long)]
    pub(crate) eject: bool,
    /// How to show progress.
    #[arg(long, value_name = "STYLE", default_value = "auto")]
    pub(crate) progress: Style,
}

/// What decides whether what comes from an address is the key.
#[derive(Debug, Args)]
pub(crate) struct DownloadedKey {
    /// The SHA-256 that the file must have which KEY is the address of.
    #[arg(long, value_name = "HEX", conflicts_with = "sums")]
    pub(crate) sha256: Option<String>,
    /// The address of the signed list (SHA256SUMS) that has it.
    #[arg(long, value_name = "URL", requires = "sums_key", value_hint = ValueHint::Url)]
    pub(crate) sums: Option<String>,
    /// The address of the list's signature; without one the list is signed within itself.
    #[arg(long, value_name = "URL", requires = "sums", value_hint = ValueHint::Url)]
    pub(crate) signature: Option<String>,
    /// The key that the list must be signed by: a file, or the fingerprint of one that bootkey has.
    #[arg(long, value_name = "FILE|FINGERPRINT", requires = "sums")]
    pub(crate) sums_key: Option<String>,
}

/// How the key of a spec is made.
#[derive(Debug, Args)]
pub(crate) struct SpecToWrite {
    /// Get nothing from the network: what KEY, or the spec, has an address of must be in the cache, and
    /// packages there or installed.
    #[arg(long)]
    pub(crate) offline: bool,
    /// The lock beside the spec (bootkey.lock) must be there, and hold.
    #[arg(long, conflicts_with = "grub")]
    pub(crate) locked: bool,
    /// GRUB's files for the key of a spec: a directory such as /usr/lib/grub, or .deb or .rpm files.
    /// Repeatable.
    #[arg(long, value_name = "PATH")]
    pub(crate) grub: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Try {
    /// The key: an image file, raw or a virtual disk, or a block device that may be read.
    #[arg(value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub(crate) key: PathBuf,
    /// Start every entry of the menu on every firmware that the key is made for, and say of each what became of
    /// it. Nobody has to look on. Exit status: 0 none failed, 1 one did.
    #[arg(long, conflicts_with_all = ["size", "keep", "terminal", "window"])]
    pub(crate) all: bool,
    /// With --all: the directory for proof.json, proof.html and the pictures. What it has of this key already is
    /// not tried again, so that a run which was stopped goes on.
    #[arg(long, value_name = "DIR", requires = "all", value_hint = ValueHint::DirPath)]
    pub(crate) report: Option<PathBuf>,
    /// With --all: how many machines run at a time, instead of one a processor.
    #[arg(long, value_name = "N", requires = "all")]
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
    /// With --all: the report as JSON instead of the table.
    #[arg(long, requires = "all")]
    pub(crate) json: bool,
    /// What starts it: bios, uefi-x64, uefi-ia32 or uefi-arm64, instead of the first that it has a
    /// program for. Repeatable with --all.
    #[arg(long, value_name = "FIRMWARE", value_parser = word::firmware(), hide_possible_values = true)]
    pub(crate) firmware: Vec<Firmware>,
    /// Turn Secure Boot on, with Microsoft's keys: unsigned programs are refused.
    #[arg(long)]
    pub(crate) secure_boot: bool,
    /// How it is plugged in: usb (USB 3), usb2, virtio, ide (on UEFI: SATA) or sd (a card; BIOS only).
    #[arg(long, value_name = "BUS", default_value = "usb")]
    #[arg(value_parser = word::bus(), hide_possible_values = true)]
    pub(crate) disk: Bus,
    /// The size of the stick, if it is larger than the key: 16G.
    #[arg(long, value_name = "SIZE")]
    pub(crate) size: Option<Size>,
    /// Keep what is written, in a virtual disk over the key. A later trial with FILE goes on where
    /// this one ended, as long as the key is the same.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) keep: Option<PathBuf>,
    /// Start this entry of the menu, by its title or id; one in a menu of its own may be named with
    /// that: MENU>TITLE. The menu sees keys pressed, as by a person. Repeatable with --all.
    #[arg(long, value_name = "TITLE")]
    pub(crate) entry: Vec<String>,
    /// The memory of the machine.
    #[arg(long, value_name = "SIZE", default_value = "2GiB")]
    pub(crate) memory: Size,
    /// Use this terminal, though there is a desktop.
    #[arg(long, conflicts_with = "window")]
    pub(crate) terminal: bool,
    /// Open a window, though no desktop is seen here.
    #[arg(long)]
    pub(crate) window: bool,
}
