//! The premises: the values that every step of planning may use.

use crate::check::check;
use crate::error::Error;
use crate::identities::KeyIdentities;
use crate::platforms::{platforms, scheme};
use crate::secure_boot::{self, SecureBoot};
use boot_recipes::Catalogue;
use file_tree::Timestamp;
use grub_image::Platform;
use image_layout::SectorSize;
use key_inventory::{Asset, Inventory};
use key_spec::{Seed, Spec};
use menu_words::Words;
use partition_table::Scheme;

/// The spec, the inventory and the recipes, with values that follow from them directly.
#[derive(Debug)]
pub(crate) struct Premises<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) inventory: &'a Inventory,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) identities: KeyIdentities,
    /// The time of all files on the key.
    pub(crate) time: Timestamp,
    /// GRUB's platforms for the kinds of firmware that start the key.
    pub(crate) platforms: Vec<Platform>,
    pub(crate) scheme: Scheme,
    pub(crate) sector_size: SectorSize,
    /// The words of the menu, in the spec's language.
    pub(crate) words: &'static Words,
    /// The facts about the signed programs that start a key with Secure Boot.
    pub(crate) secure_boot: Option<SecureBoot>,
}

impl<'a> Premises<'a> {
    /// The premises for a spec and an inventory. Refuses a spec whose parts exclude each other, and
    /// signed programs that no machine starts.
    pub(crate) fn new(
        spec: &'a Spec,
        inventory: &'a Inventory,
        catalogue: &'a Catalogue,
    ) -> Result<Self, Error> {
        check(spec)?;
        Ok(Self {
            spec,
            inventory,
            catalogue,
            identities: identities(spec, inventory),
            time: Timestamp { seconds: spec.time().seconds(), nanoseconds: 0 },
            platforms: platforms(spec),
            scheme: scheme(spec.key.table),
            sector_size: spec.key.sector_size,
            words: words(spec, inventory)?,
            secure_boot: inventory.grub.signed.as_ref().map(secure_boot::facts).transpose()?,
        })
    }

    /// Whether a BIOS starts the key.
    pub(crate) fn bios(&self) -> bool {
        self.platforms.contains(&Platform::I386Pc)
    }

    /// Whether UEFI starts the key.
    pub(crate) fn uefi(&self) -> bool {
        self.platforms.iter().any(|p| p.boot_file().is_some())
    }

    /// Whether the menu is drawn, as far as the machine lets it: there is a font, a file or built
    /// into the signed GRUB.
    pub(crate) fn drawn_menu(&self) -> bool {
        drawn_menu(self.inventory)
    }

    /// The program `memdisk`, if a BIOS starts the key. The key carries it even if no ISO needs it,
    /// for ISOs that are copied onto the key later.
    pub(crate) fn memdisk(&self) -> Option<&'a Asset> {
        self.inventory.memdisk.as_ref().filter(|_| self.bios())
    }
}

fn drawn_menu(inventory: &Inventory) -> bool {
    inventory.grub.signed.is_some() || inventory.grub.font.is_some()
}

/// The words in the language that the spec names. Without a font they stay English: the text screen
/// of a BIOS has no other letters.
fn words(spec: &Spec, inventory: &Inventory) -> Result<&'static Words, Error> {
    let Some(locale) = &spec.menu.locale else { return Ok(*menu_words::ENGLISH) };
    let words = menu_words::of(locale.as_str()).ok_or_else(|| Error::NoSuchLocale {
        wanted: locale.as_str().to_owned(),
        have: menu_words::languages().collect::<Vec<_>>().join(", "),
    })?;
    Ok(if drawn_menu(inventory) { words } else { *menu_words::ENGLISH })
}

/// The identities of a key that is made from `inventory`.
fn identities(spec: &Spec, inventory: &Inventory) -> KeyIdentities {
    match spec.seed() {
        Seed::Given(text) | Seed::Name(text) => KeyIdentities::new(text),
        Seed::Contents => KeyIdentities::of_contents(inventory),
    }
}
