//! Paths within a file system.

use crate::node::Node;
use crate::{Error, File, FileSystem};
use fs_ext::read::FileType;

/// Most symbolic links that are followed for one path, as in Linux.
const MOST_LINKS: u32 = 40;

impl<'a> FileSystem<'a> {
    /// The thing at a path, which starts at the root directory; symbolic links are followed.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotADirectory`], [`Error::TooManyLinks`]; or what is damaged.
    pub fn lookup(&self, path: &[u8]) -> Result<Node, Error> {
        self.walk(path, true)
    }

    /// As [`lookup`](Self::lookup), but if the path leads to a symbolic link, that is it.
    ///
    /// # Errors
    /// As [`lookup`](Self::lookup).
    pub fn lookup_link(&self, path: &[u8]) -> Result<Node, Error> {
        self.walk(path, false)
    }

    /// The file at a path, to be read.
    ///
    /// # Errors
    /// As [`lookup`](Self::lookup), and [`Error::NotAFile`].
    pub fn open_file(&self, path: &[u8]) -> Result<File<'a>, Error> {
        let node = self.lookup(path)?;
        match node.kind() {
            FileType::File => self.file(&node),
            kind => Err(Error::NotAFile { path: trimmed(path), kind }),
        }
    }

    fn walk(&self, path: &[u8], follow_last: bool) -> Result<Node, Error> {
        // The names that are still to be followed, the next one last.
        let mut names: Vec<Vec<u8>> = names(path).collect();
        let mut trail = vec![self.root()?];
        let mut links = 0;
        while let Some(name) = names.pop() {
            let Some(here) = trail.last() else { break };
            match &name[..] {
                b"." => continue,
                b".." => {
                    trail.truncate((trail.len() - 1).max(1));
                    continue;
                }
                _ => {}
            }
            if here.kind() != FileType::Directory {
                return Err(Error::NotADirectory { path: trimmed(path) });
            }
            let entries = self.entries(here)?;
            let entry = entries.iter().find(|e| self.same_name(e, &name));
            let entry = entry.ok_or_else(|| Error::NotFound { path: trimmed(path) })?;
            let node = self.node(entry)?;
            if node.kind() == FileType::Symlink && (follow_last || !names.is_empty()) {
                links += 1;
                if links > MOST_LINKS {
                    return Err(Error::TooManyLinks { path: trimmed(path) });
                }
                let target = self.target(&node)?;
                if target.starts_with(b"/") {
                    trail.truncate(1);
                }
                names.extend(self::names(&target));
            } else {
                trail.push(node);
            }
        }
        // Never an error: the root always stays in the trail.
        trail.pop().ok_or_else(|| Error::NotFound { path: trimmed(path) })
    }
}

/// The names of a path, the first one last.
fn names(path: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    path.split(|b| *b == b'/').filter(|name| !name.is_empty()).rev().map(<[u8]>::to_vec)
}

/// A path without the slash that it may start with.
fn trimmed(path: &[u8]) -> Vec<u8> {
    let start = path.iter().position(|b| *b != b'/').unwrap_or(path.len());
    path[start..].to_vec()
}
