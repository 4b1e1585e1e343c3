//! Partition 1: GRUB's run-time files and the generated configuration.

use crate::Error;
use crate::inventory::{Asset, Grub};
use file_tree::{Directory, File, Meta, Node, Timestamp};
use std::sync::Arc;

/// Where GRUB finds its files on the boot partition; `$prefix` is this, on the right device.
pub(crate) const PREFIX: &str = "/boot/grub";
/// Where the menu finds `memdisk`, on the same partition.
pub(crate) const MEMDISK: &str = "/boot/memdisk";

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
    grub: &Grub,
    memdisk: Option<&Asset>,
    grub_cfg: &str,
    time: Timestamp,
) -> Result<Directory, Error> {
    let mut tree = Directory::new(Meta::root(0o755, time));
    let mut put = |path: String, bytes: Arc<[u8]>| {
        let content = image_layout::Content::Bytes(bytes);
        let node = Node::File(File::new(Meta::root(0o644, time), content));
        tree.insert(path.as_bytes(), node)
    };
    for (name, bytes) in grub.platform.iter() {
        if name.ends_with(".mod") || LISTS.contains(&name) {
            put(format!("{PREFIX}/i386-pc/{name}"), bytes.clone())?;
        }
    }
    if let Some(font) = &grub.font {
        put(format!("{PREFIX}/fonts/unicode.pf2"), font.clone())?;
    }
    if let Some(memdisk) = memdisk {
        put(MEMDISK.to_owned(), memdisk.bytes.clone())?;
    }
    put(format!("{PREFIX}/grub.cfg"), grub_cfg.as_bytes().into())?;
    put(format!("{PREFIX}/grubenv"), grub_config::grubenv([])?.as_slice().into())?;
    Ok(tree)
}
