//! Trees of files that root owns and everybody may read.

use file_tree::{Directory, File, FileContent, Meta, Node, Timestamp, TreeError};

/// An empty directory.
pub(crate) fn empty(time: Timestamp) -> Directory {
    Directory::new(Meta::root(0o755, time))
}

/// Adds a file with mode 0644.
pub(crate) fn put(
    tree: &mut Directory,
    path: &str,
    content: impl Into<FileContent>,
    time: Timestamp,
) -> Result<(), TreeError> {
    tree.insert(path.as_bytes(), Node::File(File::new(Meta::root(0o644, time), content)))
}

/// Adds the contents of `more` at `path`. They are merged into directories that exist already, and
/// replace nothing.
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
