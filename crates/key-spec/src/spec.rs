//! The specification.

use crate::choice::{EspFilesystem, Filesystem, Firmware, Table};
use crate::entry::Entry;
use crate::iso::Iso;
use crate::menu::Menu;
use crate::packages::Packages;
use crate::size::{AutoSize, RestSize, sector_size, sector_size_schema};
use crate::text::Label;
use crate::time::Time;
use crate::tree::Tree;
use image_layout::SectorSize;
use schemars::JsonSchema;
use serde::Deserialize;
use spec_value::Line;
use spec_value::list;

/// A key, as its user wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// The table `[key]`: the image as a whole.
    pub key: Key,
    /// The table `[boot]`: the partition of GRUB's files.
    pub boot: BootPartition,
    /// The table `[esp]`: the EFI system partition.
    pub esp: Esp,
    /// The table `[isos]`: the partition of the ISO files.
    pub isos: Isos,
    /// The table `[menu]`: what GRUB shows.
    pub menu: Menu,
    /// The table `[packages]`: where packages are fetched from.
    pub packages: Packages,
    /// The tables `[[iso]]`, in the spec's order: the ISO files.
    pub iso: Vec<Iso>,
    /// The tables `[[tree]]`, in the spec's order: other files on the key.
    pub tree: Vec<Tree>,
    /// The tables `[[entry]]`, in the spec's order: menu entries made by hand.
    pub entry: Vec<Entry>,
    /// The table `[xen]`: the Xen host whose files the key carries, if there is one.
    pub xen: Option<xen_host::Description>,
}

impl Spec {
    /// The key's name: the given one, or `key`.
    pub fn name(&self) -> &str {
        self.key.name.as_ref().map_or("key", Line::as_str)
    }

    /// The seed that every identity of the key is derived from.
    pub fn seed(&self) -> Seed<'_> {
        match (&self.key.seed, &self.key.name) {
            (Some(seed), _) => Seed::Given(seed.as_str()),
            (None, Some(name)) => Seed::Name(name.as_str()),
            (None, None) => Seed::Contents,
        }
    }

    /// The time of every file that is made, not copied.
    pub fn time(&self) -> Time {
        self.key.time.unwrap_or_default()
    }
}

/// The seed that the identities of a key are derived from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seed<'a> {
    /// The seed that was asked for.
    Given(&'a str),
    /// The key's name, which somebody gave it.
    Name(&'a str),
    /// The contents that the key is made from. A default name would be the same for everybody, and
    /// unrelated keys in one machine would have the same UUIDs.
    Contents,
}

/// `[key]`: the whole image.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct Key {
    /// The key's name, from which its identities derive unless there is a `seed`.
    pub name: Option<Line>,
    /// Length of the image.
    pub size: AutoSize,
    /// The kind of partition table.
    pub table: Table,
    /// The kinds of firmware that start the key; at least one.
    #[serde(deserialize_with = "at_least_one")]
    #[schemars(length(min = 1))]
    pub firmware: Vec<Firmware>,
    /// Whether it starts under Secure Boot: with a distribution's signed loaders.
    pub secure_boot: bool,
    /// The size of the sectors of the medium that it is made for.
    #[serde(deserialize_with = "sector_size")]
    #[schemars(schema_with = "sector_size_schema")]
    pub sector_size: SectorSize,
    /// The text that identities are derived from; the name and the inputs by default.
    pub seed: Option<Line>,
    /// The time of every file that is made, not copied; that of the environment by default.
    pub time: Option<Time>,
}

/// `[boot]`: the partition of GRUB's files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct BootPartition {
    /// The file system's label.
    pub label: Label,
    /// The kind of file system.
    pub filesystem: Filesystem,
    /// The partition's size.
    pub size: AutoSize,
}

/// `[esp]`: the EFI system partition, if UEFI starts the key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct Esp {
    /// The kind of FAT; by default the one that suits the size of the key.
    pub filesystem: Option<EspFilesystem>,
    /// The partition's size.
    pub size: AutoSize,
}

/// `[isos]`: the partition of the ISO files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct Isos {
    /// The file system's label, by which the menu finds it.
    pub label: Label,
    /// The kind of file system.
    pub filesystem: Filesystem,
    /// The partition's size.
    pub size: RestSize,
    /// Whether the sums of all ISOs are put onto the key, for "Check the ISOs". Every ISO is read
    /// for it whenever a plan is made; those with a `sha256` of their own are anyway.
    pub checksums: bool,
}

fn at_least_one<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Vec<Firmware>, D::Error> {
    let mut all: Vec<Firmware> = list(d, "a list such as [\"bios\", \"uefi-x64\"]")?;
    all.sort_unstable();
    all.dedup();
    if all.is_empty() {
        let what = "no firmware could start the key; use [\"bios\", \"uefi-x64\"]";
        return Err(serde::de::Error::custom(what));
    }
    Ok(all)
}
