//! The images that hold GRUB's kernel and first modules: what core.img for a BIOS is made of, and a
//! program for each kind of UEFI. Of the ISOs they need nothing but what the key's UUIDs derive from.

use crate::core_modules::core_modules;
use crate::error::Error;
use crate::file_system::FileSystem;
use crate::iso_names;
use crate::partition::BOOT_NUMBER;
use crate::paths::PREFIX;
use crate::premises::Premises;
use crate::volumes::volumes;
use boot_recipes::Catalogue;
use grub_image::{EfiImage, ImageOptions, Payload, Platform, PlatformFiles, mkimage};
use key_inventory::Inventory;
use key_spec::Spec;
use partition_table::Scheme;

/// The images of a key.
#[derive(Debug, Default)]
pub(crate) struct CoreImages {
    /// The kernel and modules of core.img, if a BIOS starts the key. They are compressed when the key
    /// is laid out: that takes longest of all, and decides nothing.
    pub(crate) bios: Option<Payload>,
    /// The programs for UEFI, without those that a distribution has signed.
    pub(crate) efi: Vec<(Platform, EfiImage)>,
}

/// The kernel and modules of core.img, before all else is decided: those that the plan will have, so that
/// their compression can begin. `None`: no BIOS starts the key, or something is wrong, which
/// [`resolve`](crate::resolve) names.
///
/// Of the inventory, GRUB's files are enough if the spec has a seed or a name; else all must be there, because
/// the key's UUIDs derive from its contents.
pub fn core_payload(spec: &Spec, inventory: &Inventory, catalogue: &Catalogue) -> Option<Payload> {
    let renamed = iso_names::renamed(spec, inventory, catalogue);
    let inventory = renamed.as_ref().map_or(inventory, |(renamed, _)| renamed);
    let premises = Premises::new(spec, inventory, catalogue).ok()?;
    if !premises.bios() {
        return None;
    }
    let boot = volumes(&premises).ok()?.boot;
    image(&premises, &boot, Platform::I386Pc, Payload::i386_pc).ok()
}

/// The images of a key. `boot` is the file system of GRUB's partition.
pub(crate) fn core_images(premises: &Premises<'_>, boot: &FileSystem) -> Result<CoreImages, Error> {
    let mut images = CoreImages::default();
    for &platform in &premises.platforms {
        let signed = premises.inventory.grub.signed.as_ref();
        if signed.is_some_and(|signed| signed.platform == platform) {
            continue;
        }
        if platform == Platform::I386Pc {
            images.bios = Some(image(premises, boot, platform, Payload::i386_pc)?);
        } else {
            images.efi.push((platform, image(premises, boot, platform, mkimage::efi)?));
        }
    }
    Ok(images)
}

/// The image for one platform, which `make` makes of GRUB's files.
fn image<T>(
    premises: &Premises<'_>,
    boot: &FileSystem,
    platform: Platform,
    make: impl FnOnce(&PlatformFiles, &ImageOptions<'_>) -> Result<T, grub_image::Error>,
) -> Result<T, Error> {
    let grub = premises.inventory.grub.platform(platform).ok_or(Error::NoPlatform { platform })?;
    let prefix = format!("(,{}){PREFIX}", grub_partition(premises.scheme, BOOT_NUMBER));
    let config = early_config(&boot.uuid());
    let options = ImageOptions {
        modules: &core_modules(platform),
        prefix: &prefix,
        config: Some(&config),
        ..ImageOptions::default()
    };
    Ok(make(&grub.files, &options)?)
}

/// GRUB's name for partition `number` of a disk with such a partition table. GRUB reads a hybrid
/// table as a GPT, because of the entry in its MBR that protects the GPT.
fn grub_partition(scheme: Scheme, number: u8) -> String {
    let map = match scheme {
        Scheme::Mbr => "msdos",
        Scheme::Gpt | Scheme::Hybrid => "gpt",
    };
    format!("{map}{number}")
}

/// The early configuration inside GRUB's images, in the language of GRUB's rescue parser. It looks
/// for the file system with the key's UUID: first on the device that GRUB was started from
/// (`$root`), then on all disks, because GRUB may number disks in another way than the firmware.
fn early_config(boot_uuid: &str) -> String {
    format!("search.fs_uuid {boot_uuid} root $root\nset prefix=($root)'{PREFIX}'\n")
}
