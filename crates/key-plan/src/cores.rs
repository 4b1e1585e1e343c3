//! The images that hold GRUB's kernel and its first modules: core.img for a BIOS, a program for
//! each kind of UEFI. They need nothing of the ISOs, and making one takes longest of all that is
//! decided (the BIOS's is compressed), so that all of them are made in one place.

use crate::error::Error;
use crate::file_system::FileSystem;
use crate::partition::BOOT_NUMBER;
use crate::paths::PREFIX;
use crate::premises::Premises;
use grub_image::{CoreImage, EfiImage, ImageOptions, Platform, mkimage};
use partition_table::Scheme;

/// Modules inside GRUB's images: what reads the key, and enough of the rest that a menu and
/// readable messages appear even when the module directory is damaged. Never a disk driver of
/// GRUB's own (`ahci`, `usbms`, …): it would take the disks from the firmware.
const CORE_MODULES: &[&str] = &[
    "part_msdos",
    "part_gpt",
    "ext2",
    "fat",
    "iso9660",
    "search_fs_uuid",
    "search_label",
    "search",
    "normal",
    "configfile",
    "loopback",
    "linux",
    "echo",
    "test",
    "true",
    "ls",
    "cat",
    "loadenv",
    "minicmd",
    "halt",
    "reboot",
    "sleep",
    "serial",
    "terminal",
    "regexp",
];

/// What a BIOS' GRUB needs besides to read any disk; an EFI kernel has its part built in.
const BIOS_ONLY_MODULES: &[&str] = &["biosdisk"];

/// The images of a key.
#[derive(Debug, Default)]
pub(crate) struct CoreImages {
    /// core.img, if a BIOS starts the key.
    pub(crate) bios: Option<CoreImage>,
    /// The programs for UEFI, but those that a distribution has signed.
    pub(crate) efi: Vec<(Platform, EfiImage)>,
}

/// Makes the images. `boot` is the file system of GRUB's partition.
pub(crate) fn core_images(premises: &Premises<'_>, boot: &FileSystem) -> Result<CoreImages, Error> {
    let grub = &premises.inventory.grub;
    let prefix = format!("(,{}){PREFIX}", grub_partition(premises.scheme, BOOT_NUMBER));
    let config = early_config(&boot.uuid());
    let options = |modules| ImageOptions {
        modules,
        prefix: &prefix,
        config: Some(&config),
        ..ImageOptions::default()
    };
    let bios_modules = [BIOS_ONLY_MODULES, CORE_MODULES].concat();
    let mut images = CoreImages::default();
    for &platform in &premises.platforms {
        if grub.signed.as_ref().is_some_and(|signed| signed.platform == platform) {
            continue;
        }
        let files = &grub.platform(platform).ok_or(Error::NoPlatform { platform })?.files;
        if platform == Platform::I386Pc {
            images.bios = Some(mkimage::i386_pc(files, &options(&bios_modules))?);
        } else {
            images.efi.push((platform, mkimage::efi(files, &options(CORE_MODULES))?));
        }
    }
    Ok(images)
}

/// How GRUB names partition `number` of a disk with such a table. It takes a hybrid for the GPT
/// that it is: the entry that guards the GPT tells it so.
fn grub_partition(scheme: Scheme, number: u8) -> String {
    let map = match scheme {
        Scheme::Mbr => "msdos",
        Scheme::Gpt | Scheme::Hybrid => "gpt",
    };
    format!("{map}{number}")
}

/// The early configuration inside GRUB's images, in the language of GRUB's rescue parser: the
/// device that the prefix names already (`$root`, from what the firmware started) if it is this
/// key's; else whichever disk has the key's UUID, for GRUB may number the disks in another way
/// than the firmware.
fn early_config(boot_uuid: &str) -> String {
    format!("search.fs_uuid {boot_uuid} root $root\nset prefix=($root)'{PREFIX}'\n")
}
