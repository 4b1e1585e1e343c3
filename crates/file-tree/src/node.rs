//! Nodes and directories: the tree itself, which holds, copies, compares and drops itself.
//!
//! Everything that goes down a tree keeps its own stack: a hostile tree is deeper than a thread's.

use crate::{File, Meta, Name, Special, Symlink, TreeError, Xattrs};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An entry of a directory. [`Node::view`] sees what is behind a name, however many others it has.
#[derive(Debug, Clone)]
pub enum Node {
    /// A directory.
    Directory(Directory),
    /// A regular file.
    File(File),
    /// A symbolic link.
    Symlink(Symlink),
    /// A device, fifo or socket.
    Special(Special),
    /// A hard link: one of several names of the same file.
    Linked(Linked),
}

/// A node behind a name; see [`Node::view`].
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub enum View<'a> {
    Directory(&'a Directory),
    File(&'a File),
    Symlink(&'a Symlink),
    Special(&'a Special),
}

impl Node {
    /// The view of what is behind the name: hard links are seen through.
    pub fn view(&self) -> View<'_> {
        match self {
            Self::Directory(d) => View::Directory(d),
            Self::File(f) => View::File(f),
            Self::Symlink(s) => View::Symlink(s),
            Self::Special(s) => View::Special(s),
            // Never another link, see `Linked`.
            Self::Linked(l) => l.0.view(),
        }
    }

    /// The node's metadata.
    pub fn meta(&self) -> &Meta {
        self.view().meta()
    }

    /// The node's extended attributes.
    pub fn xattrs(&self) -> &Xattrs {
        self.view().xattrs()
    }
}

impl<'a> View<'a> {
    /// The node's metadata.
    pub fn meta(self) -> &'a Meta {
        match self {
            Self::Directory(d) => &d.meta,
            Self::File(f) => &f.meta,
            Self::Symlink(s) => &s.meta,
            Self::Special(s) => &s.meta,
        }
    }

    /// The node's extended attributes.
    pub fn xattrs(self) -> &'a Xattrs {
        match self {
            Self::Directory(d) => &d.xattrs,
            Self::File(f) => &f.xattrs,
            Self::Symlink(s) => &s.xattrs,
            Self::Special(s) => &s.xattrs,
        }
    }
}

/// A name of a file that may have others: each clone of it put into a tree is one more.
///
/// Never a directory, and never a link to a link; both by construction. How many names there are
/// is a matter of counting them: [`Directory::links`]. [`Directory::link`] makes one from paths.
#[derive(Debug, Clone)]
pub struct Linked(Arc<Node>);

impl Linked {
    /// Makes a file that can have several names. What is linked already stays the same file.
    ///
    /// # Errors
    /// [`TreeError::LinkedDirectory`].
    pub fn new(node: Node) -> Result<Self, TreeError> {
        match node {
            Node::Directory(_) => Err(TreeError::LinkedDirectory { path: ".".into() }),
            Node::Linked(linked) => Ok(linked),
            node => Ok(Self(Arc::new(node))),
        }
    }

    /// The identity of the file, which differs from that of any other as long as any of its names
    /// exists. Of no meaning beyond that: it differs from run to run, and must not be sorted by.
    pub fn identity(&self) -> FileIdentity {
        FileIdentity(Arc::as_ptr(&self.0).addr())
    }
}

/// The identity of a file with several names; see [`Linked::identity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileIdentity(usize);

/// The node behind a name; see [`Directory`] for what makes trees equal.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        match (self.view(), other.view()) {
            (View::Directory(a), View::Directory(b)) => a == b,
            (View::File(a), View::File(b)) => a == b,
            (View::Symlink(a), View::Symlink(b)) => a == b,
            (View::Special(a), View::Special(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Node {}

/// A directory; the root of a tree is one too.
pub struct Directory {
    /// Mode, owner, time.
    pub meta: Meta,
    /// Extended attributes.
    pub xattrs: Xattrs,
    pub(crate) entries: BTreeMap<Name, Node>,
}

impl Directory {
    /// An empty directory without extended attributes.
    pub fn new(meta: Meta) -> Self {
        Self { meta, xattrs: Xattrs::new(), entries: BTreeMap::new() }
    }

    /// The entries, sorted by the bytes of their names.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&Name, &Node)> {
        self.entries.iter()
    }

    /// Every node below this directory, parents before children, sorted. A file with several
    /// names is met under each.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        let mut stack = vec![self.entries.values()];
        core::iter::from_fn(move || {
            loop {
                match stack.last_mut()?.next() {
                    None => drop(stack.pop()),
                    Some(node) => {
                        if let Node::Directory(d) = node {
                            stack.push(d.entries.values());
                        }
                        return Some(node);
                    }
                }
            }
        })
    }

    /// The groups of nodes, by their place in [`Self::nodes`], that are one file.
    fn link_groups(&self) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<FileIdentity, Vec<usize>> = BTreeMap::new();
        for (index, node) in self.nodes().enumerate() {
            if let Node::Linked(linked) = node {
                groups.entry(linked.identity()).or_default().push(index);
            }
        }
        let mut groups: Vec<_> = groups.into_values().filter(|g| g.len() > 1).collect();
        groups.sort_unstable();
        groups
    }
}

impl Clone for Directory {
    /// Hard links of the copy are links to the same files.
    fn clone(&self) -> Self {
        let bare =
            |d: &Self| Self { meta: d.meta, xattrs: d.xattrs.clone(), entries: BTreeMap::new() };
        let mut stack = vec![(None, self.entries.iter(), bare(self))];
        loop {
            // OK to unwrap: the outermost level is only taken off by the return below.
            #[allow(clippy::unwrap_used)]
            let (_, entries, copy) = stack.last_mut().unwrap();
            match entries.next() {
                Some((name, Node::Directory(d))) => {
                    stack.push((Some(name.clone()), d.entries.iter(), bare(d)));
                }
                Some((name, node)) => drop(copy.entries.insert(name.clone(), node.clone())),
                None => {
                    // OK to unwrap: it was the last one a moment ago.
                    #[allow(clippy::unwrap_used)]
                    let (name, _, done) = stack.pop().unwrap();
                    match (name, stack.last_mut()) {
                        (Some(name), Some((_, _, parent))) => {
                            parent.entries.insert(name, Node::Directory(done));
                        }
                        _ => return done,
                    }
                }
            }
        }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let mut stack = vec![core::mem::take(&mut self.entries)];
        while let Some(entries) = stack.pop() {
            for mut node in entries.into_values() {
                if let Node::Directory(d) = &mut node {
                    stack.push(core::mem::take(&mut d.entries));
                }
            }
        }
    }
}

/// Two trees are equal when the same is behind the same names, and the names of one file in one
/// are the names of one file in the other. A link that has no second name is what it links.
impl PartialEq for Directory {
    fn eq(&self, other: &Self) -> bool {
        let mut stack = vec![(self, other)];
        while let Some((a, b)) = stack.pop() {
            if (a.meta, &a.xattrs) != (b.meta, &b.xattrs) || a.entries.len() != b.entries.len() {
                return false;
            }
            for ((name, node), (other_name, other)) in a.entries.iter().zip(&b.entries) {
                let same = match (node.view(), other.view()) {
                    (View::Directory(a), View::Directory(b)) => {
                        stack.push((a, b));
                        true
                    }
                    (View::File(a), View::File(b)) => a == b,
                    (View::Symlink(a), View::Symlink(b)) => a == b,
                    (View::Special(a), View::Special(b)) => a == b,
                    _ => false,
                };
                if !same || name != other_name {
                    return false;
                }
            }
        }
        self.link_groups() == other.link_groups()
    }
}

impl Eq for Directory {}
