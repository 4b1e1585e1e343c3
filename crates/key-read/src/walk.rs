//! All that lies below a directory.

use crate::{DirectoryEntry, Error, FileSystem, FileType, Node};
use std::collections::BTreeSet;

/// Most bytes of all paths together: a million files may have paths of 256 bytes. It bounds work
/// and memory, however deep directories lead: all of those of some ten thousand levels take as many.
const MOST_BYTES: usize = 256 << 20;

/// A name that a walk has reached.
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
    /// The entries that are still to be visited, the next one last, each with the length of the
    /// path of its directory.
    left: Vec<(usize, Result<DirectoryEntry, Error>)>,
    /// The path of the entry that was visited last.
    path: Vec<u8>,
    /// The number of bytes that the paths still to come may have together.
    budget: usize,
    /// The directories that were entered, by their identities: a damaged file system may have
    /// circles.
    seen: BTreeSet<u64>,
}

impl<'a> FileSystem<'a> {
    /// Walks through all that is below a directory.
    pub fn walk_below(&self, directory: &Node) -> Walk<'_, 'a> {
        let mut walk = Walk {
            files: self,
            left: Vec::new(),
            path: Vec::new(),
            budget: MOST_BYTES,
            seen: BTreeSet::new(),
        };
        walk.enter(directory);
        walk
    }
}

impl Walk<'_, '_> {
    /// Goes into the directory at `self.path`.
    fn enter(&mut self, directory: &Node) {
        let entries = match self.seen.insert(directory.identity()) {
            true => self.files.entries(directory),
            false => Err(damaged("the directory is in two places")),
        };
        let parent = self.path.len();
        match entries {
            Ok(mut entries) => {
                entries.sort_by(|a, b| b.name.cmp(&a.name));
                self.left.extend(entries.into_iter().map(|entry| (parent, Ok(entry))));
            }
            Err(e) => self.left.push((parent, Err(e))),
        }
    }
}

fn damaged(what: &str) -> Error {
    Error::Io(std::io::Error::other(format!("{what}: damaged")))
}

impl Iterator for Walk<'_, '_> {
    type Item = Visited;

    fn next(&mut self) -> Option<Visited> {
        let (parent, entry) = self.left.pop()?;
        self.path.truncate(parent);
        if let Ok(entry) = &entry {
            if parent > 0 {
                self.path.push(b'/');
            }
            self.path.extend_from_slice(&entry.name);
        }
        let path = self.path.clone();
        let Some(budget) = self.budget.checked_sub(path.len()) else {
            self.left.clear();
            let what =
                "there are more names than are listed here: their paths have more than 256 MiB";
            let node = Err(Error::Io(std::io::Error::other(what)));
            return Some(Visited { path, node });
        };
        self.budget = budget;
        let node = entry.and_then(|entry| self.files.node(&entry));
        if let Ok(node) = &node
            && node.kind() == FileType::Directory
        {
            self.enter(node);
        }
        Some(Visited { path, node })
    }
}
