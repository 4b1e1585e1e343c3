//! The plan: every decision about a key, made. The same plan gives the same bytes.

use crate::file_system::FileSystem;
use crate::inventory::{GrubBuild, Origin};
use boot_recipes::{Arg, Boot, Placeholder};
use efi_program::{Acceptance, Facts};
use file_tree::{Directory, FileContent};
use grub_config::{Hotkey, Id, Name};
use grub_image::Platform;
use image_layout::SectorSize;
use key_spec::Firmware;
use partition_table::{Guid, Scheme};

/// A key, decided.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The key's name.
    pub name: String,
    /// Length of the image in bytes, a multiple of 1 MiB.
    pub len: u64,
    /// How it is partitioned.
    pub scheme: Scheme,
    /// Sectors of the medium that it is made for.
    pub sector_size: SectorSize,
    /// The MBR's disk signature.
    pub disk_signature: u32,
    /// The GPT's identity; unused in an MBR.
    pub disk_guid: Guid,
    /// Every timestamp on the key, in seconds since 1970.
    pub time: i64,
    /// What starts it.
    pub firmware: Vec<Firmware>,
    /// If UEFI starts a distribution's signed programs, what is known of them.
    pub secure_boot: Option<SecureBoot>,
    /// GRUB's files, and the core image to make from them.
    pub grub: GrubBuild,
    /// What core.img carries besides the kernel; `None`: no BIOS starts this key.
    pub core: Option<Core>,
    /// Where `memdisk` comes from, if an entry needs it.
    pub memdisk: Option<Origin>,
    /// Partition 1: GRUB's files.
    pub boot: Partition,
    /// Partition 2: the ISOs.
    pub isos: Partition,
    /// Partition 3, if UEFI starts the key: the EFI system partition.
    pub esp: Option<Esp>,
    /// Where live systems keep their changes.
    pub persistence: Vec<Partition>,
    /// What cloud-init reads, if an installer gets its answers so.
    pub cidata: Option<Partition>,
    /// On a GPT, where core.img lies.
    pub bios_boot: Option<BiosBoot>,
    /// The ISOs' menu entries, in order.
    pub entries: Vec<Entry>,
    /// The menu entries that start Xen, behind those.
    pub xen: Vec<crate::XenEntry>,
    /// The generated grub.cfg.
    pub grub_cfg: String,
    /// The scripts that it loads when they are needed: names beside it, and texts.
    pub scripts: Vec<(&'static str, String)>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// What starts a key under Secure Boot.
#[derive(Debug, Clone)]
pub struct SecureBoot {
    /// shim, which the firmware starts if it knows who signed it.
    pub shim: Facts,
    /// GRUB, which shim starts if its vendor signed it.
    pub grub: Facts,
}

/// What GRUB's core image is made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Core {
    /// Modules asked for; their dependencies come by themselves.
    pub modules: Vec<&'static str>,
    /// Where GRUB finds its files, relative to the disk the firmware started.
    pub prefix: String,
    /// Commands run before anything else.
    pub early_config: String,
}

/// A partition and the file system in it.
#[derive(Debug, Clone)]
pub struct Partition {
    /// First byte, a multiple of 1 MiB.
    pub at: u64,
    /// Length in bytes, a multiple of 1 MiB.
    pub len: u64,
    /// The file system's label.
    pub label: String,
    /// Its identity in a GPT.
    pub guid: Guid,
    /// What in the spec its length depends on; for messages only.
    pub sized_by: &'static str,
    /// How the file system is made.
    pub file_system: FileSystem,
    /// What it holds.
    pub tree: Directory,
}

/// The EFI system partition.
#[derive(Debug, Clone)]
pub struct Esp {
    /// First byte, a multiple of 1 MiB.
    pub at: u64,
    /// Length in bytes, a multiple of 1 MiB.
    pub len: u64,
    /// Its identity in a GPT.
    pub guid: Guid,
    /// How the file system is made.
    pub options: fs_fat::Options,
    /// What it holds.
    pub tree: Directory,
    /// The programs in it, by their paths.
    pub programs: Vec<EfiProgram>,
}

/// A program on the EFI system partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EfiProgram {
    /// Where it lies: `EFI/BOOT/BOOTX64.EFI`.
    pub path: String,
    /// Where it comes from; `None`: made here, from GRUB's files.
    pub origin: Option<Origin>,
    /// Length in bytes.
    pub len: u64,
}

/// The BIOS boot partition, which has no file system: GRUB's core image lies in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BiosBoot {
    /// First byte, a multiple of 1 MiB.
    pub at: u64,
    /// Length in bytes.
    pub len: u64,
    /// Its identity.
    pub guid: Guid,
}

/// A menu entry that boots an ISO.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its id in grub.cfg.
    pub id: Id,
    /// What the menu shows.
    pub title: String,
    /// The theme icon's class.
    pub class: Name,
    /// The key that starts it.
    pub hotkey: Option<Hotkey>,
    /// The ISO's name on the key.
    pub file: String,
    /// Its length in bytes.
    pub len: u64,
    /// How the user named it.
    pub shown: String,
    /// The recipe.
    pub recipe: String,
    /// Why this recipe.
    pub why: String,
    /// What GRUB does.
    pub boot: Boot,
    /// One more initrd, on partition 1: an installer's answers.
    pub more_initrd: Option<String>,
    /// What UEFI starts instead.
    pub chainload: Vec<Chainload>,
    /// File systems on which the system that starts finds its ISO, as recipes name them; empty: it
    /// does not look.
    pub filesystems: Vec<String>,
    /// Other ways to start the same.
    pub variants: Vec<Variant>,
    /// On a key with Secure Boot, whether the ISO's kernel is started where that is on; `None`:
    /// it cannot be known.
    pub acceptance: Option<Acceptance>,
}

/// An EFI program of an ISO, copied to partition 1, where firmware can read it.
#[derive(Debug, Clone)]
pub struct Chainload {
    /// The platform on which it starts.
    pub platform: Platform,
    /// Its name in the ISO: `/efi.img:/EFI/BOOT/BOOTX64.EFI`.
    pub from: String,
    /// Its path on partition 1.
    pub path: String,
    /// Its bytes, where they lie in the ISO.
    pub content: FileContent,
    /// What it is told: the spec's `args`.
    pub args: Vec<Arg>,
    /// On a key with Secure Boot, whether it is started where that is on; `None`: it cannot be
    /// known.
    pub acceptance: Option<Acceptance>,
}

impl Entry {
    /// Whether only a BIOS starts it.
    pub fn bios_only(&self) -> bool {
        self.boot.bios_only() && self.chainload.is_empty()
    }

    /// Whether it, or one of its variants, has a parameter that refers to `placeholder`.
    pub(crate) fn needs(&self, placeholder: Placeholder) -> bool {
        let variants = self.variants.iter().map(|v| &v.boot);
        core::iter::once(&self.boot).chain(variants).any(|boot| boot.needs(placeholder))
    }
}

/// Another way to start an ISO.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// Its id in grub.cfg.
    pub id: Id,
    /// What it is, as the menu shows it behind the ISO's title: "safe graphics".
    pub title: String,
    /// What GRUB does.
    pub boot: Boot,
    /// One more initrd, on partition 1.
    pub more_initrd: Option<String>,
}
