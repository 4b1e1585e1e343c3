//! The tree of GRUB's partition: its run-time files and the generated configuration.

use crate::error::Error;
use crate::menu::MenuFiles;
use crate::paths::{MEMDISK, PREFIX, THEME};
use crate::premises::Premises;
use crate::tree::{self, empty, graft};
use file_tree::Directory;
use std::sync::Arc;

/// The tree of GRUB's partition: GRUB's run-time files, the menu and the theme.
pub(crate) fn boot_tree(premises: &Premises<'_>, menu: &MenuFiles) -> Result<Directory, Error> {
    let Premises { inventory, time, .. } = *premises;
    let grub = &inventory.grub;
    let mut tree = empty(time);
    let mut put = |path: String, bytes: Arc<[u8]>| {
        tree::put(&mut tree, &path, image_layout::Content::Bytes(bytes), time)
    };
    for (platform, files) in grub.platforms.iter().map(|g| (g.platform, &g.files)) {
        // A running GRUB reads the modules and some of the lists. The rest is what its images are
        // made of, so that the key can be made again where no GRUB is installed.
        for (name, bytes) in files.iter() {
            put(format!("{PREFIX}/{platform}/{name}"), bytes.clone())?;
        }
    }
    if let Some(font) = &grub.font {
        put(format!("{PREFIX}/fonts/unicode.pf2"), font.bytes.clone())?;
    }
    if let Some(memdisk) = premises.memdisk() {
        put(MEMDISK.to_owned(), memdisk.bytes.clone())?;
    }
    put(format!("{PREFIX}/grub.cfg"), menu.grub_cfg.as_bytes().into())?;
    for (name, text) in &menu.scripts {
        put(format!("{PREFIX}/{name}"), text.as_bytes().into())?;
    }
    put(format!("{PREFIX}/grubenv"), grub_config::grubenv([])?.as_slice().into())?;
    if let Some(theme) = &inventory.theme {
        graft(&mut tree, &format!("{PREFIX}{THEME}"), &theme.tree)?;
    }
    for (path, bytes) in &menu.files {
        tree::put(&mut tree, &format!("{PREFIX}/{path}"), bytes.as_slice(), time)?;
    }
    for (path, text) in &menu.sums {
        tree::put(&mut tree, path, text.as_bytes(), time)?;
    }
    Ok(tree)
}
