//! Paths: what is at a path below a directory, to be read, changed, added, linked and removed.

use crate::{Directory, FileIdentity, Linked, Name, Node, TreeError};
use core::fmt;
use shown_text::Shown;
use std::collections::BTreeMap;

fn shown(path: &[u8]) -> String {
    Shown(path).to_string()
}

/// The names of a path, the last one apart.
fn names(path: &[u8]) -> Result<(Vec<Name>, Name), TreeError> {
    let relative = path.strip_prefix(b"/").unwrap_or(path);
    let name = |part: &[u8]| {
        Name::new(part).map_err(|source| TreeError::Name { path: shown(path), source })
    };
    match relative.iter().rposition(|b| *b == b'/') {
        None => Ok((Vec::new(), name(relative)?)),
        Some(slash) => {
            let parents = relative[..slash].split(|b| *b == b'/').map(name);
            Ok((parents.collect::<Result<_, _>>()?, name(&relative[slash + 1..])?))
        }
    }
}

impl Directory {
    /// Puts `node` under `name` into this very directory.
    ///
    /// # Errors
    /// [`TreeError::Exists`]; nothing is replaced.
    pub fn insert_entry(&mut self, name: Name, node: Node) -> Result<(), TreeError> {
        if self.entries.contains_key(&name) {
            return Err(TreeError::Exists { path: name.to_string() });
        }
        self.entries.insert(name, node);
        Ok(())
    }

    /// Gives back memory that entries to come would have taken, in this very directory: almost
    /// half of all, when entries were put in one behind the other.
    pub fn shrink_to_fit(&mut self) {
        // A map made in one go leaves no room between its entries.
        self.entries = core::mem::take(&mut self.entries).into_iter().collect();
    }

    /// The node under `name` in this very directory.
    pub fn entry(&self, name: &Name) -> Option<&Node> {
        self.entries.get(name)
    }

    /// The node under `name` in this very directory, to be changed.
    pub fn entry_mut(&mut self, name: &Name) -> Option<&mut Node> {
        self.entries.get_mut(name)
    }

    /// The node under `name` in this very directory, or the one that is put there now.
    pub fn entry_or_insert_with(&mut self, name: &Name, node: impl FnOnce() -> Node) -> &mut Node {
        self.entries.entry(name.clone()).or_insert_with(node)
    }

    /// Puts `node` at `path`; missing directories on the way get the metadata of this one.
    /// `path` is separated by `/`, relative to this directory; a leading `/` is ignored.
    ///
    /// # Errors
    /// [`TreeError`]: a bad name, a taken path, a file on the way. Nothing is replaced.
    pub fn insert(&mut self, path: &[u8], node: Node) -> Result<(), TreeError> {
        let (parents, last) = names(path)?;
        let meta = self.meta;
        let mut dir = self;
        for part in parents {
            let next =
                dir.entries.entry(part.clone()).or_insert_with(|| Node::Directory(Self::new(meta)));
            dir = match next {
                Node::Directory(d) => d,
                _ => return Err(TreeError::NotADirectory { path: shown(path), component: part }),
            };
        }
        let taken = |_| TreeError::Exists { path: shown(path) };
        dir.insert_entry(last, node).map_err(taken)
    }

    /// Gives what is at `existing` one more name, `new`.
    ///
    /// # Errors
    /// [`TreeError::Missing`] and [`TreeError::LinkedDirectory`] about `existing`; about `new`
    /// what [`Self::insert`] says.
    pub fn link(&mut self, existing: &[u8], new: &[u8]) -> Result<(), TreeError> {
        let path = || shown(existing);
        let node = self.get_mut(existing).ok_or_else(|| TreeError::Missing { path: path() })?;
        if matches!(node, Node::Directory(_)) {
            return Err(TreeError::LinkedDirectory { path: path() });
        }
        let linked = Linked::new(node.clone())?;
        *node = Node::Linked(linked.clone());
        self.insert(new, Node::Linked(linked))
    }

    /// The directory that holds what `path` names, and its name there.
    fn holder_mut(&mut self, path: &[u8]) -> Option<(&mut Self, Name)> {
        let (parents, last) = names(path).ok()?;
        let mut dir = self;
        for part in parents {
            dir = match dir.entries.get_mut(&part)? {
                Node::Directory(d) => d,
                _ => return None,
            };
        }
        Some((dir, last))
    }

    /// Takes what is at `path` out of the tree.
    pub fn remove(&mut self, path: &[u8]) -> Option<Node> {
        let (dir, name) = self.holder_mut(path)?;
        dir.entries.remove(&name)
    }

    /// The node at `path` (separated by `/`, relative to this directory).
    pub fn get(&self, path: &[u8]) -> Option<&Node> {
        let (parents, last) = names(path).ok()?;
        let mut dir = self;
        for part in parents {
            dir = match dir.entries.get(&part)? {
                Node::Directory(d) => d,
                _ => return None,
            };
        }
        dir.entries.get(&last)
    }

    /// The node at `path`, to be changed.
    pub fn get_mut(&mut self, path: &[u8]) -> Option<&mut Node> {
        let (dir, name) = self.holder_mut(path)?;
        dir.entries.get_mut(&name)
    }

    /// Every node below this directory with its path (`a/b`), parents before children, sorted.
    /// The paths alone take the square of the depth in memory; [`Self::nodes`] does without.
    pub fn walk(&self) -> Vec<(String, &Node)> {
        let mut out = Vec::new();
        let mut stack = vec![(0, self.entries.iter())];
        let mut path = String::new();
        while let Some((len, entries)) = stack.last_mut() {
            path.truncate(*len);
            match entries.next() {
                None => drop(stack.pop()),
                Some((name, node)) => {
                    if !path.is_empty() {
                        path.push('/');
                    }
                    path.push_str(&name.to_string());
                    out.push((path.clone(), node));
                    if let Node::Directory(d) = node {
                        stack.push((path.len(), d.entries.iter()));
                    }
                }
            }
        }
        out
    }

    /// The names of every file that has more than one below this directory, each file's sorted,
    /// the files by their first names.
    pub fn links(&self) -> Vec<Vec<String>> {
        let mut files: BTreeMap<FileIdentity, usize> = BTreeMap::new();
        let mut links: Vec<Vec<String>> = Vec::new();
        for (path, node) in self.walk() {
            if let Node::Linked(linked) = node {
                let file = *files.entry(linked.identity()).or_insert(links.len());
                match links.get_mut(file) {
                    Some(names) => names.push(path),
                    None => links.push(vec![path]),
                }
            }
        }
        links.retain(|names| names.len() > 1);
        links
    }
}

/// A line a node: the path, then the node itself.
impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Directory {:?} {:?}", self.meta, self.xattrs)?;
        for (path, node) in self.walk() {
            match node {
                Node::Directory(d) => writeln!(f, "  {path}/ {:?} {:?}", d.meta, d.xattrs)?,
                node => writeln!(f, "  {path} {node:?}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{File, Meta, Timestamp};

    fn dir() -> Directory {
        Directory::new(Meta::root(0o755, Timestamp::default()))
    }

    fn file() -> Node {
        Node::File(File::new(Meta::root(0o644, Timestamp::default()), vec![1, 2]))
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
        assert_eq!(a.nodes().count(), paths.len());
        assert_eq!(a.get(b"/boot/b"), Some(&file()));
        assert_eq!(a.clone(), b);
    }

    #[test]
    fn a_path_cannot_leave_the_tree_or_replace_anything() {
        let mut d = dir();
        d.insert(b"a", file()).unwrap();
        let before = d.clone();
        for p in ["../x", "b/../../x", "a", "a/b", "", "/", "b//c", "./x"] {
            assert!(d.insert(p.as_bytes(), file()).is_err(), "{p}");
        }
        assert_eq!(d, before);
    }

    #[test]
    fn what_is_removed_is_gone() {
        let mut d = dir();
        d.insert(b"a/b", file()).unwrap();
        assert_eq!((d.remove(b"a/c"), d.remove(b"a/b/c"), d.remove(b"x/b")), (None, None, None));
        assert_eq!(d.remove(b"a/b"), Some(file()));
        assert_eq!(d.get(b"a/b"), None);
        assert!(matches!(d.remove(b"a"), Some(Node::Directory(_))));
        assert_eq!(d, dir());
    }

    #[test]
    fn links_make_trees_differ() {
        let mut apart = dir();
        for name in [&b"a"[..], b"b", b"c/d"] {
            apart.insert(name, file()).unwrap();
        }
        let linked = |pairs: &[(&[u8], &[u8])]| {
            let mut d = dir();
            d.insert(pairs[0].0, file()).unwrap();
            for (old, new) in pairs {
                d.link(old, new).unwrap();
            }
            for name in [&b"a"[..], b"b", b"c/d"] {
                // Taken where linked.
                let _ = d.insert(name, file());
            }
            d
        };
        let ab = linked(&[(b"a", b"b")]);
        let ba = linked(&[(b"b", b"a")]);
        let bd = linked(&[(b"b", b"c/d")]);
        let abd = linked(&[(b"a", b"b"), (b"b", b"c/d")]);
        assert_eq!(ab, ba);
        assert_eq!(abd, linked(&[(b"c/d", b"b"), (b"c/d", b"a")]));
        for (x, y) in [(&ab, &apart), (&ab, &bd), (&ab, &abd), (&bd, &abd)] {
            assert_ne!(x, y);
        }
        assert_eq!(abd.links(), [["a", "b", "c/d"]]);
        assert_eq!(abd.get(b"a"), Some(&file()));
        assert_eq!(abd.clone(), abd);
        // With its other name gone, a link is a file like others.
        let mut gone = ab.clone();
        gone.remove(b"b");
        gone.insert(b"b", file()).unwrap();
        assert_eq!(gone, apart);
    }

    #[test]
    fn no_directory_has_two_names() {
        let mut d = dir();
        d.insert(b"a/b", file()).unwrap();
        let e = d.link(b"a", b"c").unwrap_err();
        assert_eq!(e, TreeError::LinkedDirectory { path: "a".into() });
        let e = d.link(b"x", b"c").unwrap_err();
        assert_eq!(e, TreeError::Missing { path: "x".into() });
        assert!(d.link(b"a/b", b"a").is_err());
        assert!(Linked::new(Node::Directory(dir())).is_err());
    }

    #[test]
    fn as_deep_as_memory_allows() {
        let chain = || {
            let mut deep = dir();
            for _ in 0..200_000 {
                let mut outer = dir();
                outer.insert_entry(Name::new(b"d").unwrap(), Node::Directory(deep)).unwrap();
                deep = outer;
            }
            deep
        };
        let deep = chain();
        let copy = deep.clone();
        assert_eq!(deep, copy);
        assert_eq!(deep.nodes().count(), 200_000);
        let path = b"/d".repeat(150_000);
        assert!(deep.get(&path).is_some());
    }
}
