//! The names of the functions that the scripts define and call.
//!
//! That a call names no function shows only when GRUB comes to it, on somebody's machine: so each name
//! is written once.

use grub_config::{Ident, ident};

// What the menu defines, from which the scripts run.

/// Makes the file $1 readable as `(loop)`, and fails if the file is no ISO 9660 image. Whatever
/// opens an ISO calls it, so that there is at most one `(loop)`, and that has a file system.
pub const ATTACH: Ident = ident!("attach");
/// Says that one of the files $1… was not loaded, and unloads what was.
pub const NOT_LOADED: Ident = ident!("not_loaded");

// What the list of ISOs calls.

/// Sets `$brand`, `$name` and `$class` by `$iso_label`.
pub const NAME_BRAND: Ident = ident!("name_brand");

// What the recipes' functions call.

/// Sets `$brand`, `$name` and `$class` by the files in the ISO.
pub(super) const NAME_BRAND_BY_FILES: Ident = ident!("name_brand_by_files");
/// Whether one of the files $1… is there.
pub(super) const THERE: Ident = ident!("there");
/// Whether one of the directories $1… is there.
pub(super) const THERE_IS_DIRECTORY: Ident = ident!("there_is_directory");
/// Sets `$picked`, unless it is set, to that of the files $1… that is for most machines.
pub(super) const PICK: Ident = ident!("pick");
/// As [`PICK`]; of several files, to the one that is named like `$kernel`.
pub(super) const PICK_BESIDE: Ident = ident!("pick_beside");
/// Whether the path of the ISO can be handed on as a kernel parameter.
pub(super) const PATH_IS_PLAIN: Ident = ident!("path_is_plain");
/// Loads the kernel $1 with the parameters $2….
pub(super) const START_LINUX: Ident = ident!("start_linux");
/// Says that the kernel was not started.
pub(super) const NOT_STARTED: Ident = ident!("not_started");
/// Says what is doubtful about the only way to start the ISO.
pub(super) const SAY_CAVEAT: Ident = ident!("say_caveat");
/// Sets `$program` to an EFI program in the ISO.
pub(super) const FIND_EFI_PROGRAM: Ident = ident!("find_efi_program");
/// Sets `$program` to a unified kernel image in the ISO or in one of the EFI images $1…, or
/// `$own_menu` to a menu there.
pub(super) const FIND_IN_EFI_IMAGES: Ident = ident!("find_in_efi_images");
/// Sets `$own_menu`.
pub(super) const FIND_OWN_MENU: Ident = ident!("find_own_menu");
/// Offers `$own_menu`.
pub(super) const OFFER_OWN_MENU: Ident = ident!("offer_own_menu");
