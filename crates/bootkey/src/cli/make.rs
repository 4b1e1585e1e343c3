//! The arguments of the commands that make a key: `build`, and those that change one.

use super::many::Many;
use super::word;
use crate::progress::Style;
use bootkey::key_spec::{Firmware, Table};
use bootkey::{Format, PageLanguage};
use clap::{Args, ValueHint};
use std::path::PathBuf;

/// What a key is made from.
#[derive(Debug, Args)]
pub(crate) struct Inputs {
    /// A spec (*.toml) or a lock (*.lock), at most one of them, and ISO files; with a lock no ISO files.
    #[arg(required = true, value_name = "SPEC.toml|LOCK|ISO", value_hint = ValueHint::FilePath)]
    pub(crate) inputs: Vec<PathBuf>,
    /// GRUB's files: a directory such as /usr/lib/grub, or .deb or .rpm files. Repeatable.
    #[arg(long, value_name = "PATH")]
    pub(crate) grub: Vec<PathBuf>,
    /// Size of the key, e.g. 32MiB, 4GiB; `auto` is the smallest that fits.
    #[arg(long, value_name = "SIZE")]
    pub(crate) size: Option<String>,
    /// What starts the key, instead of what the spec says: bios, uefi-x64, uefi-ia32, uefi-arm64,
    /// with commas between them.
    #[arg(long, value_name = "FIRMWARE", value_delimiter = ',')]
    #[arg(value_parser = word::firmware(), hide_possible_values = true)]
    pub(crate) firmware: Vec<Firmware>,
    /// Partition table: mbr, gpt or hybrid.
    #[arg(long, value_name = "TABLE", value_parser = word::table(), hide_possible_values = true)]
    pub(crate) table: Option<Table>,
    /// Start under Secure Boot: with a distribution's signed shim and GRUB.
    #[arg(long)]
    pub(crate) secure_boot: bool,
    /// File system of the partition that holds the ISOs: ext2, ext3, ext4 or fat32.
    #[arg(long, value_name = "TYPE", value_parser = word::filesystem(), hide_possible_values = true)]
    pub(crate) filesystem: Option<String>,
    /// Text from which UUIDs and the disk signature derive, instead of the key's name.
    #[arg(long, value_name = "TEXT")]
    pub(crate) seed: Option<String>,
    /// Another value for a key of the spec, e.g. menu.timeout=3; nothing behind the `=` means the
    /// default. Repeatable.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// The lock beside the spec (bootkey.lock) must be there, and hold: the inputs are those that it
    /// names.
    #[arg(long, conflicts_with = "grub")]
    pub(crate) locked: bool,
}

#[derive(Debug, Args)]
#[command(mut_arg("inputs", |a| a.required(false).required_unless_present("each")))]
pub(crate) struct Build {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    #[command(flatten)]
    pub(crate) many: Many,
    /// Get nothing from the network: what has an address (`url`) must be in the cache, and the
    /// packages there or installed.
    #[arg(long)]
    pub(crate) offline: bool,
    /// The image to write; `-` is standard output. With --each a pattern: 'out/{name}.img'.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// The form of what is written, and what goes with it.
#[derive(Debug, Args)]
pub(crate) struct Form {
    /// raw, gz, xz, zst, qcow2, vmdk, vhd or vhd-fixed; otherwise what FILE's extension says.
    #[arg(long, value_name = "FORMAT", value_parser = word::format(), hide_possible_values = true)]
    pub(crate) format: Option<Format>,
    /// Also write FILE.bmap: which blocks bmaptool has to copy, with checksums.
    #[arg(long)]
    pub(crate) bmap: bool,
    /// Also write the digests of this build's files into SHA256SUMS beside FILE; lines about other
    /// files stay.
    #[arg(long)]
    pub(crate) checksums: bool,
    /// Also write FILE.manifest.json: every byte range of the image, and every input, with digests.
    #[arg(long)]
    pub(crate) manifest: bool,
    /// Also write FILE.spdx.json: what the key carries, as an SPDX 2.3 document.
    #[arg(long)]
    pub(crate) sbom: bool,
    /// Also write a page for people who download FILE, key.html of key.img: what is on it, a check of the
    /// download in the browser, how to write a stick, and what a proof beside it says. LANG is en or de;
    /// without it, it is the language of the menu, or else English.
    #[arg(long, value_name = "LANG", num_args = 0..=1, require_equals = true)]
    pub(crate) page: Option<Option<PageLanguage>>,
    /// How to show progress.
    #[arg(long, value_name = "STYLE", default_value = "auto")]
    pub(crate) progress: Style,
}

/// A key that a new one is made of.
#[derive(Debug, Args)]
pub(crate) struct Old {
    /// The new image; `-` is standard output.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(required_unless_present = "in_place", conflicts_with = "in_place")]
    pub(crate) output: Option<PathBuf>,
    /// Replace KEY by the new image, when that is complete.
    #[arg(long)]
    pub(crate) in_place: bool,
    #[command(flatten)]
    pub(crate) strays: StrayFiles,
    #[command(flatten)]
    pub(crate) form: Form,
}

/// The fate of what somebody has put onto a key that a new one is made of.
#[derive(Debug, Args)]
pub(crate) struct StrayFiles {
    /// ISOs that somebody has copied onto KEY come along, with entries of their own.
    #[arg(long)]
    pub(crate) adopt: bool,
    /// Files that somebody has put onto KEY are left behind; without this they are a reason to
    /// make no new key.
    #[arg(long, conflicts_with = "adopt")]
    pub(crate) drop: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The key: an image file in any form that `build` writes, or a device that may be read.
    #[arg(value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub(crate) key: PathBuf,
    /// The ISO files to add.
    #[arg(value_name = "ISO", value_hint = ValueHint::FilePath)]
    #[arg(required_unless_present = "adopt")]
    pub(crate) isos: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) old: Old,
}

#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// The key: an image file in any form that `build` writes, or a device that may be read.
    #[arg(value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub(crate) key: PathBuf,
    /// The ISOs to remove, by their names on the key (`bootkey ls KEY isos:/`).
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) old: Old,
}

#[derive(Debug, Args)]
pub(crate) struct Grow {
    /// The key: an image file in any form that `build` writes, or a device that may be read.
    #[arg(value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub(crate) key: PathBuf,
    /// The size of the new key: 64GiB.
    #[arg(value_name = "SIZE")]
    pub(crate) size: String,
    #[command(flatten)]
    pub(crate) old: Old,
}

#[derive(Debug, Args)]
pub(crate) struct Set {
    /// The key: an image file in any form that `build` writes, or a device that may be read.
    #[arg(value_name = "KEY", value_hint = ValueHint::FilePath)]
    pub(crate) key: PathBuf,
    /// Keys of the spec and their values: menu.timeout=3. Nothing behind the `=` means the
    /// default.
    #[arg(required = true, value_name = "KEY=VALUE")]
    pub(crate) values: Vec<String>,
    #[command(flatten)]
    pub(crate) old: Old,
}
