//! The names and nodes that FAT can hold: which names, which two of them are one, and which nodes.

use crate::Error;
use file_tree::{Directory, Name, Node, View};
use shown_text::Shown;
use std::collections::BTreeMap;

/// FAT's longest file: its length has 32 bits.
const MAX_FILE: u64 = u32::MAX as u64;

/// Characters that no name holds, beside control characters.
const FORBIDDEN: &[char] = &['"', '*', '/', ':', '<', '>', '?', '\\', '|'];

/// The path of `name` in the directory `parent`; the root is the empty path.
pub(crate) fn path(parent: &str, name: &Name) -> String {
    format!("{parent}/{}", Shown(name.as_bytes()))
}

/// Checks all of a tree.
pub(crate) fn check(tree: &Directory) -> Result<(), Error> {
    let mut stack = vec![(String::new(), tree)];
    while let Some((at, directory)) = stack.pop() {
        names(&at, directory.entries().map(|(name, _)| name))?;
        for (name, node) in directory.entries() {
            let path = path(&at, name);
            check_node(&path, node)?;
            if let Node::Directory(d) = node {
                stack.push((path, d));
            }
        }
    }
    Ok(())
}

fn check_node(path: &str, node: &Node) -> Result<(), Error> {
    let unsupported = |what| Err(Error::Unsupported { path: path.to_owned(), what });
    match node.view() {
        View::Symlink(_) => unsupported("symbolic link"),
        View::Special(_) => unsupported("device, fifo or socket"),
        View::File(f) if f.content.len() > MAX_FILE => {
            Err(Error::FileTooLarge { path: path.to_owned(), len: f.content.len() })
        }
        View::File(_) | View::Directory(_) => Ok(()),
    }
}

/// Checks the names of one directory.
fn names<'a>(parent: &str, names: impl Iterator<Item = &'a Name>) -> Result<(), Error> {
    let mut seen: BTreeMap<Vec<u16>, &Name> = BTreeMap::new();
    for name in names {
        let refused = |why: String| Error::Name { path: path(parent, name), why };
        let text = core::str::from_utf8(name.as_bytes())
            .map_err(|_| refused("is not UTF-8".to_owned()))?;
        if let Some(c) = text.chars().find(|c| c.is_ascii_control() || FORBIDDEN.contains(c)) {
            return Err(refused(format!("contains {c:?}")));
        }
        if text.ends_with(['.', ' ']) {
            return Err(refused("ends with a dot or a space, which FAT drops".to_owned()));
        }
        let folded = text.encode_utf16().map(hadris_fat_raw::fold_unicode).collect();
        if let Some(other) = seen.insert(folded, name) {
            let other = path(parent, other);
            return Err(Error::SameName { path: path(parent, name), other });
        }
    }
    Ok(())
}

/// Whether FAT may keep the name as it is, without a short one beside it: such names are given
/// out first, so that no shortened name takes one of them.
pub(crate) fn is_short(name: &Name) -> bool {
    let mut parts = name.as_bytes().split(|b| *b == b'.');
    let (base, extension) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    parts.next().is_none() && base.len() <= 8 && extension.len() <= 3 && name.as_bytes().is_ascii()
}
