//! The configurations and menus of isolinux, syslinux and extlinux.
//!
//! ```text
//! text ─read─► labels, by menu ─resolve─► Menu
//! ```
//!
//! The rules are those of syslinux' sources: `com32/menu/readconfig.c` for the words,
//! `core/` and `com32/elflink/ldlinux` for what a command line starts.

mod read;
mod resolve;

#[cfg(test)]
mod tests;

use super::files::{Files, directory};
use super::menu::Menu;

/// The menu of the file at `path`.
pub(super) fn menu(files: &mut dyn Files, path: &str) -> Menu {
    resolve::menu_from(files, path, directory(path), 0)
}
