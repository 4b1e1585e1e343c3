//! The plan: all decisions about a key. The same plan gives the same bytes.

use crate::entry::Entries;
use crate::hints;
use crate::partition::{Partition, PartitionRole};
use crate::secure_boot::SecureBoot;
use grub_image::Payload;
use image_layout::SectorSize;
use key_inventory::{GrubBuild, Origin};
use key_spec::Firmware;
use menu_words::Words;
use partition_table::{Guid, Scheme};
use serde::Serialize;
use std::borrow::Cow;

/// The plan of a key, with every decision made.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The key's name.
    pub name: String,
    /// The source that the UUIDs and other identities derive from.
    pub identity: IdentitySource,
    /// The length of the image in bytes, a multiple of 1 MiB.
    pub len: u64,
    /// The kind of partition table.
    pub scheme: Scheme,
    /// The sector size of the medium that the image is made for.
    pub sector_size: SectorSize,
    /// The MBR's disk signature.
    pub disk_signature: u32,
    /// The disk's GUID: in a GPT, and as the identity of a virtual disk whatever its partition table.
    pub disk_guid: Guid,
    /// The time in all timestamps on the key, in seconds since 1970.
    pub time: i64,
    /// The kinds of firmware that start the key.
    pub firmware: Vec<Firmware>,
    /// The signers and versions of shim and of the signed GRUB; `None` without Secure Boot.
    pub secure_boot: Option<SecureBoot>,
    /// GRUB's files.
    pub grub: GrubBuild,
    /// The kernel and modules of GRUB's core image, which a BIOS starts; `None` if the key is not for
    /// a BIOS.
    pub core_image: Option<Payload>,
    /// The place that `memdisk` comes from, if the key carries it.
    pub memdisk: Option<Origin>,
    /// The partitions, by their numbers.
    pub partitions: Vec<Partition>,
    /// The programs on the EFI system partition.
    pub efi_programs: Vec<EfiProgram>,
    /// The menu's entries for ISOs and for Xen.
    pub entries: Entries,
    /// The words of the entries that every key has, in the menu's language.
    pub words: &'static Words,
    /// The generated grub.cfg.
    pub grub_cfg: String,
    /// The scripts that grub.cfg loads when they are needed: their names in its directory, and
    /// texts.
    pub scripts: Vec<(&'static str, String)>,
    /// Warnings for the user; see also [`Self::image_warnings`].
    pub warnings: Vec<String>,
}

impl Plan {
    /// The partitions with this role.
    pub fn partitions_for(&self, role: PartitionRole) -> impl Iterator<Item = &Partition> {
        self.partitions.iter().filter(move |p| p.role == role)
    }

    /// All warnings about a key that becomes an image, for sticks of any size: also that it is a
    /// little longer than a stick that is named like it. Of a key that is made for a device, the
    /// length is certain to be right.
    pub fn image_warnings(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let hint = hints::stick(self.len).map(Cow::Owned);
        self.warnings.iter().map(|warning| Cow::Borrowed(&**warning)).chain(hint)
    }

    /// The partition with this role; the first, if there are several.
    pub fn partition(&self, role: PartitionRole) -> Option<&Partition> {
        self.partitions_for(role).next()
    }
}

/// The source that the identities of a key (UUIDs, GUIDs, ids) derive from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentitySource {
    /// The spec's seed.
    Seed,
    /// The key's name.
    Name,
    /// The names and lengths of what the key is made from, and the ISOs' ids.
    Contents,
}

impl IdentitySource {
    /// The source in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Seed => "the seed",
            Self::Name => "the key's name",
            Self::Contents => {
                "the names, lengths and ids of what is on it; a name or a seed keeps them"
            }
        }
    }
}

/// A program on the EFI system partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EfiProgram {
    /// The program's path: `EFI/BOOT/BOOTX64.EFI`.
    pub path: String,
    /// The place that the program comes from; `None` if it was made from GRUB's files.
    pub origin: Option<Origin>,
    /// The program's length in bytes.
    pub len: u64,
}
