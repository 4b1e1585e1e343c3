//! Putting members into the tree: never outside it and never through a symbolic link. Of members of
//! one name the last counts.

use crate::Error;
use crate::error::shown;
use file_tree::{Directory, Linked, Meta, MetadataPolicy, Name, Node, NodeType, Timestamp, View};

/// The metadata of a directory that has no member of its own.
pub(super) fn implicit(policy: &MetadataPolicy) -> Meta {
    policy.meta(Meta::root(0o755, Timestamp::default()), NodeType::Directory)
}

/// The names in a member's path; none for the tree's root.
pub(super) fn components(path: &[u8]) -> Result<Vec<Name>, Error> {
    if path.starts_with(b"/") {
        return Err(Error::Absolute { path: shown(path) });
    }
    let mut names = Vec::new();
    for part in path.split(|b| *b == b'/') {
        match part {
            b"" | b"." => {}
            b".." => return Err(Error::DotDot { path: shown(path) }),
            part => {
                let name = Name::new(part);
                names.push(name.map_err(|source| Error::Name { path: shown(path), source })?);
            }
        }
    }
    Ok(names)
}

/// The path made of `parts` up to and including the one at `last`.
fn joined(parts: &[Name], last: usize) -> String {
    let parts: Vec<String> = parts.iter().take(last + 1).map(ToString::to_string).collect();
    parts.join("/")
}

/// The number of directories on the way to `path` that are not there yet.
pub(super) fn missing(tree: &Directory, path: &[Name]) -> usize {
    let above = path.len().saturating_sub(1);
    let mut dir = tree;
    for (i, name) in path.iter().take(above).enumerate() {
        dir = match dir.entry(name) {
            Some(Node::Directory(d)) => d,
            _ => return above - i,
        };
    }
    0
}

/// The directory that `path` is in; missing directories are made.
fn parent<'t>(
    tree: &'t mut Directory,
    member: &[u8],
    path: &[Name],
    policy: &MetadataPolicy,
) -> Result<&'t mut Directory, Error> {
    let mut dir = tree;
    for (i, name) in path.iter().take(path.len().saturating_sub(1)).enumerate() {
        let at = || joined(path, i);
        let node =
            dir.entry_or_insert_with(name, || Node::Directory(Directory::new(implicit(policy))));
        if let View::Symlink(_) = node.view() {
            return Err(Error::ThroughSymlink { path: shown(member), link: at() });
        }
        dir = match node {
            Node::Directory(d) => d,
            _ => return Err(Error::NotADirectory { path: shown(member), parent: at() }),
        };
    }
    Ok(dir)
}

/// Puts a member into the tree. A directory that is there already gets the new one's metadata;
/// anything else is replaced, unless it is a directory with something in it.
pub(super) fn put(
    tree: &mut Directory,
    member: &[u8],
    path: &[Name],
    node: Node,
    policy: &MetadataPolicy,
) -> Result<(), Error> {
    let in_place = |old: &mut Directory, new: &Directory| {
        (old.meta, old.xattrs) = (new.meta, new.xattrs.clone());
    };
    let Some(last) = path.last() else {
        let Node::Directory(new) = &node else {
            return Err(Error::NotEmpty { path: shown(member) });
        };
        in_place(tree, new);
        return Ok(());
    };
    let dir = parent(tree, member, path, policy)?;
    match (dir.entry_mut(last), node) {
        (Some(Node::Directory(old)), Node::Directory(new)) => in_place(old, &new),
        (Some(Node::Directory(old)), _) if old.entries().len() > 0 => {
            return Err(Error::NotEmpty { path: shown(member) });
        }
        (Some(old), new) => *old = new,
        (None, new) => drop(dir.entry_or_insert_with(last, || new)),
    }
    Ok(())
}

/// Gives the file at `target` one more name.
pub(super) fn link(
    tree: &mut Directory,
    member: &[u8],
    path: &[Name],
    target: &[u8],
    to: &[Name],
    policy: &MetadataPolicy,
) -> Result<(), Error> {
    let missing = || Error::LinkTarget { path: shown(member), target: shown(target) };
    let (last, above) = to.split_last().ok_or_else(missing)?;
    let mut dir = &mut *tree;
    for name in above {
        dir = match dir.entry_mut(name) {
            Some(Node::Directory(d)) => d,
            _ => return Err(missing()),
        };
    }
    let file = dir.entry_mut(last).ok_or_else(missing)?;
    if path == to {
        return Ok(());
    }
    if matches!(file, Node::Directory(_)) {
        return Err(missing());
    }
    let linked = Linked::new(file.clone());
    let linked = linked.map_err(|source| Error::Tree { path: shown(member), source })?;
    *file = Node::Linked(linked.clone());
    put(tree, member, path, Node::Linked(linked), policy)
}
