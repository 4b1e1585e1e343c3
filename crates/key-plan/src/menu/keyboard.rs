//! The layout of the keyboard, where GRUB reads it itself: when a BIOS starts the key.

use crate::error::Error;
use crate::premises::Premises;
use grub_config::Name;

/// The name of the keymap that the spec wants, and its bytes; `None` if it wants none, or no BIOS
/// starts the key.
pub(super) fn keymap(premises: &Premises<'_>) -> Result<Option<(Name, Vec<u8>)>, Error> {
    let Some(wanted) = &premises.spec.menu.keyboard else { return Ok(None) };
    let wanted = wanted.as_str();
    let bytes = grub_keymap::keymap(wanted).ok_or_else(|| Error::NoSuchKeyboard {
        wanted: wanted.to_owned(),
        have: grub_keymap::layouts().collect::<Vec<_>>().join(", "),
    })?;
    Ok(if premises.bios() { Some((Name::new(wanted)?, bytes)) } else { None })
}

/// The keymap's file, by its path in grub.cfg's directory, where GRUB looks for it.
pub(super) fn file(premises: &Premises<'_>) -> Result<Option<(String, Vec<u8>)>, Error> {
    let keymap = keymap(premises)?;
    Ok(keymap.map(|(name, bytes)| (format!("layouts/{name}.gkb"), bytes)))
}

/// The warning for the maker of a key about its keyboard.
pub(crate) fn warning(premises: &Premises<'_>) -> Option<String> {
    let layout = premises.spec.menu.keyboard.as_ref()?;
    premises.uefi().then(|| {
        format!(
            "menu.keyboard = \"{layout}\" is for machines that a BIOS starts: under UEFI the firmware \
             reads the keyboard, and knows its layout or takes it for an American one"
        )
    })
}
