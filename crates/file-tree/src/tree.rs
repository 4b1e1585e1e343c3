//! Directories, files and symbolic links.

use crate::{Name, NameError};
use image_layout::Content;
use std::collections::BTreeMap;
use thiserror::Error;

/// A point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// Nanoseconds within the second, below 1 000 000 000.
    pub nanoseconds: u32,
}

/// What every node has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    /// Permission bits with setuid, setgid and sticky: `mode & 0o7777`.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Time of last modification.
    pub mtime: Timestamp,
}

impl Meta {
    /// Owned by root, at `mtime`.
    pub fn root(mode: u16, mtime: Timestamp) -> Self {
        Self { mode, uid: 0, gid: 0, mtime }
    }
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A directory.
    Directory(Directory),
    /// A regular file.
    File(File),
    /// A symbolic link.
    Symlink(Symlink),
}

impl Node {
    /// The node's metadata.
    pub fn meta(&self) -> &Meta {
        match self {
            Self::Directory(d) => &d.meta,
            Self::File(f) => &f.meta,
            Self::Symlink(s) => &s.meta,
        }
    }
}

/// A regular file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Mode, owner, time.
    pub meta: Meta,
    /// What it holds.
    pub content: Content,
}

/// A symbolic link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symlink {
    /// Mode, owner, time; the mode is 0o777 by convention.
    pub meta: Meta,
    /// Where it points: any bytes but NUL, at least one.
    pub target: Box<[u8]>,
}

/// A directory; the root of a tree is one too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Mode, owner, time.
    pub meta: Meta,
    entries: BTreeMap<Name, Node>,
}

/// Why a node cannot be put where it was asked to go.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TreeError {
    /// A component of the path is no name.
    #[error("`{path}`: {source}")]
    #[allow(missing_docs)]
    Name { path: String, source: NameError },
    /// The path is taken.
    #[error("`{path}` is there already")]
    #[allow(missing_docs)]
    Exists { path: String },
    /// A component of the path is not a directory.
    #[error("`{path}`: `{component}` is not a directory")]
    #[allow(missing_docs)]
    NotADirectory { path: String, component: Name },
}

impl Directory {
    /// An empty directory.
    pub fn new(meta: Meta) -> Self {
        Self { meta, entries: BTreeMap::new() }
    }

    /// The entries, sorted by the bytes of their names.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&Name, &Node)> {
        self.entries.iter()
    }

    /// Puts `node` at `path`; missing directories on the way get the metadata of this one.
    /// `path` is separated by `/`, relative to this directory; a leading `/` is ignored.
    ///
    /// # Errors
    /// [`TreeError`]: a bad name, a taken path, a file on the way. Nothing is replaced.
    pub fn insert(&mut self, path: &[u8], node: Node) -> Result<(), TreeError> {
        let shown = || String::from_utf8_lossy(path).into_owned();
        let path_rel = path.strip_prefix(b"/").unwrap_or(path);
        let mut parts = Vec::new();
        for part in path_rel.split(|b| *b == b'/') {
            parts
                .push(Name::new(part).map_err(|source| TreeError::Name { path: shown(), source })?);
        }
        let Some(last) = parts.pop() else { unreachable!("split yields at least one part") };
        let meta = self.meta;
        let mut dir = self;
        for part in parts {
            let next =
                dir.entries.entry(part.clone()).or_insert_with(|| Node::Directory(Self::new(meta)));
            dir = match next {
                Node::Directory(d) => d,
                _ => return Err(TreeError::NotADirectory { path: shown(), component: part }),
            };
        }
        if dir.entries.contains_key(&last) {
            return Err(TreeError::Exists { path: shown() });
        }
        dir.entries.insert(last, node);
        Ok(())
    }

    /// The node at `path` (separated by `/`, relative to this directory).
    pub fn get(&self, path: &[u8]) -> Option<&Node> {
        let path = path.strip_prefix(b"/").unwrap_or(path);
        let (first, rest) = match path.iter().position(|b| *b == b'/') {
            Some(i) => (&path[..i], Some(&path[i + 1..])),
            None => (path, None),
        };
        let node = self.entries.get(&Name::new(first).ok()?)?;
        match (rest, node) {
            (None, node) => Some(node),
            (Some(rest), Node::Directory(d)) => d.get(rest),
            _ => None,
        }
    }

    /// Every node below this directory with its path (`a/b`), parents before children, sorted.
    pub fn walk(&self) -> Vec<(String, &Node)> {
        let mut out = Vec::new();
        self.walk_into("", &mut out);
        out
    }

    fn walk_into<'a>(&'a self, prefix: &str, out: &mut Vec<(String, &'a Node)>) {
        for (name, node) in &self.entries {
            let path = format!("{prefix}{name}");
            out.push((path.clone(), node));
            if let Node::Directory(d) = node {
                d.walk_into(&format!("{path}/"), out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir() -> Directory {
        Directory::new(Meta::root(0o755, Timestamp::default()))
    }

    fn file() -> Node {
        Node::File(File {
            meta: Meta::root(0o644, Timestamp::default()),
            content: vec![1, 2].into(),
        })
    }

    #[test]
    fn the_order_of_insertion_leaves_no_trace() {
        let (mut a, mut b) = (dir(), dir());
        for p in ["boot/grub/x.mod", "a", "boot/b"] {
            a.insert(p.as_bytes(), file()).unwrap();
        }
        for p in ["/boot/b", "/a", "/boot/grub/x.mod"] {
            b.insert(p.as_bytes(), file()).unwrap();
        }
        assert_eq!(a, b);
        let paths: Vec<_> = a.walk().into_iter().map(|(p, _)| p).collect();
        assert_eq!(paths, ["a", "boot", "boot/b", "boot/grub", "boot/grub/x.mod"]);
        assert_eq!(a.get(b"/boot/b"), Some(&file()));
    }

    #[test]
    fn a_path_cannot_leave_the_tree_or_replace_anything() {
        let mut d = dir();
        d.insert(b"a", file()).unwrap();
        let before = d.clone();
        for p in ["../x", "b/../../x", "a", "a/b", "", "/", "b//c", "./x"] {
            assert!(d.insert(p.as_bytes(), file()).is_err(), "{p}");
        }
        assert_eq!(d.get(b"a"), before.get(b"a"));
    }
}
