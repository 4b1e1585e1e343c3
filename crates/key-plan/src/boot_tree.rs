//! Partition 1: GRUB's run-time files and the generated configuration.

use crate::Error;
use crate::inventory::{Asset, GrubBuild, Theme};
use file_tree::{Directory, File, Meta, Node, Timestamp, TreeError};
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
    let mut tree = Directory::new(Meta::root(0o755, time));
    let mut put = |path: String, bytes: Arc<[u8]>| {
        let content = image_layout::Content::Bytes(bytes);
        let node = Node::File(File::new(Meta::root(0o644, time), content));
        tree.insert(path.as_bytes(), node)
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

/// Adds what `more` holds at `path`: directories that are there already are filled, and nothing
/// is replaced.
pub(crate) fn graft(tree: &mut Directory, path: &str, more: &Directory) -> Result<(), TreeError> {
    let path = path.trim_matches('/');
    for (name, node) in more.entries() {
        let mut at = path.as_bytes().to_vec();
        if !at.is_empty() {
            at.push(b'/');
        }
        at.extend_from_slice(name.as_bytes());
        match (tree.get_mut(&at), node) {
            (Some(Node::Directory(here)), Node::Directory(more)) => graft(here, "", more)?,
            _ => tree.insert(&at, node.clone())?,
        }
    }
    Ok(())
}
