//! The names of the functions of the menu and of the list of found ISOs.

use grub_config::{Ident, ident};

pub(super) use boot_recipes::function_names::{ATTACH, NAME_BRAND, NOT_LOADED};

/// Makes the ISO $1 on the partition of the ISOs readable as `(loop)`.
pub(super) const OPEN_ISO: Ident = ident!("open_iso");
/// Says that the ISO $1 is not there, or cannot be opened.
pub(super) const MISSING_ISO: Ident = ident!("missing_iso");
/// Explains GRUB's message about a kernel that it does not start under Secure Boot.
pub(super) const REFUSED_KERNEL: Ident = ident!("refused_kernel");
/// Whether the ISO at the path $1 has an entry in the menu.
pub(super) const HAS_ENTRY: Ident = ident!("has_entry");
/// Makes an entry for the file $2 on the device $1.
pub(super) const OFFER_ISO: Ident = ident!("offer_iso");
/// Offers those of the files $2… on the device $1 that are ISOs.
pub(super) const OFFER_ISOS: Ident = ident!("offer_isos");
/// Offers the ISOs on the device $1.
pub(super) const SCAN: Ident = ident!("scan");
/// Makes `$text` fit to be shown.
pub(super) const CLEAN: Ident = ident!("clean");
