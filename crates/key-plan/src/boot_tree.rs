//! Partition 1: GRUB's run-time files and the generated configuration.

use crate::Error;
use crate::inventory::{Asset, GrubBuild, Theme};
use crate::tree::{self, empty, graft};
use file_tree::{Directory, Timestamp};
use std::sync::Arc;

/// Where GRUB finds its files on the boot partition; `$prefix` is this, on the right device.
pub(crate) const PREFIX: &str = "/boot/grub";
/// Where the menu finds `memdisk`, on the same partition.
pub(crate) const MEMDISK: &str = "/boot/memdisk";
/// Where it finds the theme, below [`PREFIX`].
pub(crate) const THEME: &str = "/themes/key";

/// The lists that a running GRUB reads: which module provides a command, a file system, a
/// partition map, and so on. (`moddep.lst` is not among them: modules carry their own
/// dependencies.)
const LISTS: [&str; 7] = [
    "command.lst",
    "crypto.lst",
    "fs.lst",
    "parttool.lst",
    "partmap.lst",
    "terminal.lst",
    "video.lst",
];

/// Builds the tree of the boot partition.
pub(crate) fn boot_tree(
    grub: &GrubBuild,
    memdisk: Option<&Asset>,
    theme: Option<&Theme>,
    grub_cfg: &str,
    scripts: &[(&str, String)],
    time: Timestamp,
) -> Result<Directory, Error> {
    let mut tree = empty(time);
    let mut put = |path: String, bytes: Arc<[u8]>| {
        tree::put(&mut tree, &path, image_layout::Content::Bytes(bytes), time)
    };
    for (platform, files) in grub.platforms.iter().map(|g| (g.platform, &g.files)) {
        for (name, bytes) in files.iter() {
            if name.ends_with(".mod") || LISTS.contains(&name) {
                put(format!("{PREFIX}/{platform}/{name}"), bytes.clone())?;
            }
        }
    }
    if let Some(font) = &grub.font {
        put(format!("{PREFIX}/fonts/unicode.pf2"), font.bytes.clone())?;
    }
    if let Some(memdisk) = memdisk {
        put(MEMDISK.to_owned(), memdisk.bytes.clone())?;
    }
    put(format!("{PREFIX}/grub.cfg"), grub_cfg.as_bytes().into())?;
    for (name, text) in scripts {
        put(format!("{PREFIX}/{name}"), text.as_bytes().into())?;
    }
    put(format!("{PREFIX}/grubenv"), grub_config::grubenv([])?.as_slice().into())?;
    if let Some(theme) = theme {
        graft(&mut tree, &format!("{PREFIX}{THEME}"), &theme.tree)?;
    }
    Ok(tree)
}
