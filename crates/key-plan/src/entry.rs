//! The entries of the menu as the plan has them: what GRUB starts, and what people read.

use boot_recipes::{Arg, Boot, Placeholder};
use efi_program::Acceptance;
use file_tree::FileContent;
use grub_config::{Hotkey, Id, Name};
use grub_image::Platform;
use iso_probe::IsoFacts;
use std::collections::BTreeMap;

/// The entries of a menu, without those that every key has.
#[derive(Debug, Clone, Default)]
pub struct Entries {
    /// The ISOs' entries, in order.
    pub isos: Vec<IsoEntry>,
    /// The entries that start Xen, which follow those of the ISOs.
    pub xen: Vec<XenEntry>,
}

/// A menu entry that boots an ISO.
#[derive(Debug, Clone)]
pub struct IsoEntry {
    /// The entry's id in grub.cfg.
    pub id: Id,
    /// The title that the menu shows.
    pub title: String,
    /// The theme icon's class.
    pub class: Name,
    /// The key of the keyboard that starts the entry.
    pub hotkey: Option<Hotkey>,
    /// The ISO's name on the key.
    pub file: String,
    /// The ISO's length in bytes.
    pub len: u64,
    /// The ISO's name as the user gave it, for messages.
    pub shown: String,
    /// The id of the recipe.
    pub recipe: String,
    /// The reason for this recipe, as the rest of a sentence about the ISO.
    pub why: String,
    /// The way in which GRUB starts the ISO.
    pub boot: Boot,
    /// The FAT image in the ISO that the files to start lie in, if they lie in one.
    pub efi_image: Option<EfiImage>,
    /// The parts of unified kernel images to start, by their names, with the sectors at which GRUB
    /// reads each in the opened ISO: `2048+5760`.
    pub kernel_parts: BTreeMap<String, String>,
    /// The path of one more initrd, with an installer's answers, on GRUB's partition.
    pub answers_initrd: Option<String>,
    /// The EFI programs that UEFI starts instead.
    pub chainload: Vec<Chainload>,
    /// The file systems on which the system that boots finds its ISO, by the names that recipes
    /// have for them. Empty if it does not look for the ISO.
    pub filesystems: Vec<String>,
    /// Whether the system reads ext4 with checksums of its metadata, where it reads ext at all.
    pub ext4_checksums: bool,
    /// Other ways to start the same ISO.
    pub variants: Vec<Variant>,
    /// Whether the ISO's kernel starts where Secure Boot is on; `None` if that cannot be known, or
    /// the key is not for Secure Boot.
    pub acceptance: Option<Acceptance>,
}

/// A FAT image in an ISO, made for UEFI, from which GRUB starts files, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EfiImage {
    /// The image's name, which the names of files in it begin with: `/efi.img:/vmlinuz`.
    pub name: String,
    /// The image as GRUB finds it in the opened ISO: its path or, where it is no file of the ISO,
    /// its sectors, like `2048+5760`.
    pub place: String,
}

/// The parts of unified kernel images among the files of `boot`: see [`IsoEntry::kernel_parts`].
pub(crate) fn kernel_parts(boot: &Boot, facts: &IsoFacts) -> BTreeMap<String, String> {
    let part = |file: &str| {
        let pieces = facts.kernel_parts.get(file)?;
        let pieces: Vec<String> = pieces.iter().map(|(at, len)| format!("{at}+{len}")).collect();
        Some((file.to_owned(), pieces.join(",")))
    };
    boot.files().into_iter().filter_map(part).collect()
}

impl EfiImage {
    /// The image that the files of `boot` lie in, if they lie in one.
    pub(crate) fn of(boot: &Boot, facts: &IsoFacts) -> Option<Self> {
        let (name, image) = boot.files().into_iter().find_map(|file| facts.efi_image_of(file))?;
        // GRUB counts sectors of 512 bytes in lists of blocks.
        let sectors = || format!("{}+{}", image.start / 512, image.len / 512);
        let place = if image.is_file { name.to_owned() } else { sectors() };
        Some(Self { name: name.to_owned(), place })
    }

    /// The path, in the image, of the file of this name.
    pub(crate) fn path<'f>(&self, file: &'f str) -> Option<&'f str> {
        file.strip_prefix(self.name.as_str())?.strip_prefix(':')
    }
}

/// An EFI program of an ISO, copied to GRUB's partition, where firmware can read it.
#[derive(Debug, Clone)]
pub struct Chainload {
    /// The platform on which it starts.
    pub platform: Platform,
    /// The program's name in the ISO: `/efi.img:/EFI/BOOT/BOOTX64.EFI`.
    pub from: String,
    /// The program's path on GRUB's partition.
    pub path: String,
    /// The program's bytes, where they lie in the ISO.
    pub content: FileContent,
    /// The arguments of the program: the spec's `args`.
    pub args: Vec<Arg>,
    /// Whether the program starts where Secure Boot is on; `None` if that cannot be known, or the
    /// key is not for Secure Boot.
    pub acceptance: Option<Acceptance>,
}

impl IsoEntry {
    /// Whether only a BIOS starts the entry.
    pub fn bios_only(&self) -> bool {
        self.boot.bios_only() && self.chainload.is_empty()
    }

    /// Whether the entry, or one of its variants, has a parameter that refers to `placeholder`.
    pub(crate) fn needs(&self, placeholder: Placeholder) -> bool {
        let variants = self.variants.iter().map(|v| &v.boot);
        core::iter::once(&self.boot).chain(variants).any(|boot| boot.needs(placeholder))
    }
}

/// A variant: another way to start an ISO.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// The variant's id in grub.cfg.
    pub id: Id,
    /// The words that the menu shows behind the ISO's title, in English: "safe graphics".
    pub title: String,
    /// The way in which GRUB starts the ISO.
    pub boot: Boot,
    /// The path of one more initrd, on GRUB's partition.
    pub answers_initrd: Option<String>,
}

/// A menu entry that starts Xen.
#[derive(Debug, Clone)]
pub struct XenEntry {
    /// The entry's id in grub.cfg.
    pub id: Id,
    /// The title that the menu shows.
    pub title: String,
    /// The name on the key of the ISO that holds some of the files, if any are in an ISO.
    pub iso: Option<String>,
    /// The hypervisor.
    pub hypervisor: XenFile,
    /// The hypervisor's parameters.
    pub args: Vec<String>,
    /// The kernel of dom0, the system that Xen starts first.
    pub kernel: XenFile,
    /// The parameters of dom0's kernel.
    pub kernel_args: Vec<String>,
    /// The initrd of dom0.
    pub initrd: Option<XenFile>,
    /// The host whose files are appended to the initrd.
    pub host: Option<String>,
}

/// A file of a Xen entry, where GRUB finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum XenFile {
    /// A path on the partition of the ISOs.
    OnKey(String),
    /// A path inside the entry's ISO.
    InIso(String),
}
