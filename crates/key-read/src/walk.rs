//! All that lies below a directory.

use crate::{DirectoryEntry, Error, FileSystem, FileType, Node};
use std::collections::BTreeSet;

/// Deepest directory that is gone into.
const DEEPEST: usize = 64;

/// A name that was come by.
#[derive(Debug)]
pub struct Visited {
    /// The path below the directory where the walk started, without a slash before it.
    pub path: Vec<u8>,
    /// The thing itself, or why it cannot be read.
    pub node: Result<Node, Error>,
}

/// A walk through a directory and those in it, by name: a directory comes before what is in it.
#[derive(Debug)]
pub struct Walk<'f, 'a> {
    files: &'f FileSystem<'a>,
    /// What is still to be gone to, the next one last.
    left: Vec<(Vec<u8>, Result<DirectoryEntry, Error>)>,
    /// Directories that were gone into. A damaged file system may have circles.
    seen: BTreeSet<u64>,
}

impl<'a> FileSystem<'a> {
    /// Walks through all that is below a directory.
    pub fn walk_below(&self, directory: &Node) -> Walk<'_, 'a> {
        let mut walk = Walk { files: self, left: Vec::new(), seen: BTreeSet::new() };
        walk.enter(&[], directory);
        walk
    }
}

impl Walk<'_, '_> {
    fn enter(&mut self, path: &[u8], directory: &Node) {
        let depth = path.split(|b| *b == b'/').count();
        let entries = match self.seen.insert(directory.identity()) {
            true if depth <= DEEPEST => self.files.entries(directory),
            true => Err(damaged("too deep")),
            false => Err(damaged("in two places")),
        };
        match entries {
            Ok(mut entries) => {
                entries.sort_by(|a, b| b.name.cmp(&a.name));
                for entry in entries {
                    let separator: &[u8] = if path.is_empty() { b"" } else { b"/" };
                    let path = [path, separator, &entry.name].concat();
                    self.left.push((path, Ok(entry)));
                }
            }
            Err(e) => self.left.push((path.to_vec(), Err(e))),
        }
    }
}

fn damaged(what: &str) -> Error {
    Error::Io(std::io::Error::other(format!("the directory is {what}: damaged")))
}

impl Iterator for Walk<'_, '_> {
    type Item = Visited;

    fn next(&mut self) -> Option<Visited> {
        let (path, entry) = self.left.pop()?;
        let node = entry.and_then(|entry| self.files.node(&entry));
        if let Ok(node) = &node
            && node.kind() == FileType::Directory
        {
            self.enter(&path, node);
        }
        Some(Visited { path, node })
    }
}
