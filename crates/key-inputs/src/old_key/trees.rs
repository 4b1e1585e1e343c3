//! The directories that a key carries, read from the key.

use super::key_files::{KeyFiles, has_len};
use crate::error::Error;
use file_tree::{Directory, FileContent, Linked, Meta, Name, Node, Special, Symlink, Timestamp};
use image_layout::Content;
use key_read::{DirectoryEntry, FileSystem, FileType};
use key_record::{Node as Recorded, Place, path_text};
use std::collections::BTreeMap;

/// Files of several names, by their inodes, each with what the record has of its first name.
type LinkedFiles<'r> = BTreeMap<u32, (Linked, &'r Recorded)>;

impl KeyFiles<'_> {
    /// The files that a recorded tree had. All get the time `time`.
    pub(crate) fn tree(
        &self,
        recorded: &key_record::Tree,
        time: Timestamp,
    ) -> Result<Directory, Error> {
        let system = self.system(&recorded.at)?;
        let root = system.lookup(recorded.at.path.as_bytes());
        let root = root.map_err(|e| self.fail(&recorded.at, &e))?;
        let mut tree = Directory::new(Meta::root(0o755, time));
        let mut linked = BTreeMap::new();
        let mut found = 0;
        let mut below = vec![(Vec::new(), root)];
        while let Some((path, directory)) = below.pop() {
            let entries = system.entries(&directory).map_err(|e| self.fail(&recorded.at, &e))?;
            for entry in entries {
                let path = [&path[..], &entry.name].concat();
                let Some(what) = recorded.nodes.get(&path_text(&path)) else { continue };
                let at = recorded.at.below(&path_text(&path));
                let node = self.node(system, &entry, &at, what, time, &mut linked)?;
                if let Node::Directory(_) = node {
                    let directory = system.node(&entry).map_err(|e| self.fail(&at, &e))?;
                    below.push(([&path[..], b"/"].concat(), directory));
                }
                // A second entry of the same name fails here, so each recorded path is counted
                // once.
                tree.insert(&path, node).map_err(|e| self.fail(&at, &e))?;
                found += 1;
            }
        }
        let left = recorded.nodes.len() - found;
        if left > 0 {
            let what = format!("{left} of its files or directories are not there any more");
            return Err(self.fail(&recorded.at, &what));
        }
        Ok(tree)
    }

    fn node<'r>(
        &self,
        system: &FileSystem<'_>,
        entry: &DirectoryEntry,
        at: &Place,
        what: &'r Recorded,
        time: Timestamp,
        linked: &mut LinkedFiles<'r>,
    ) -> Result<Node, Error> {
        let node = system.node(entry).map_err(|e| self.fail(at, &e))?;
        Name::new(&entry.name).map_err(|e| self.fail(at, &e))?;
        let kind = node.kind();
        let inode = node.inode().filter(|_| node.links().is_some_and(|n| n > 1));
        let inode = inode.map(|inode| inode.number).filter(|_| kind != FileType::Directory);
        let known = inode.and_then(|number| linked.get(&number));
        // What was compared under another name need not be compared again.
        if let Some((link, _)) = known.filter(|(_, first)| *first == what) {
            return Ok(Node::Linked(link.clone()));
        }
        let known = known.map(|(link, _)| link.clone());
        let made = match (kind, what) {
            (FileType::Directory, Recorded::Directory) => {
                Node::Directory(Directory::new(Meta::root(0o755, time)))
            }
            (FileType::File, Recorded::File { len, sha256 }) => {
                let mode = node.permissions().filter(|mode| mode & 0o111 != 0);
                let meta = Meta::root(if mode.is_some() { 0o755 } else { 0o644 }, time);
                let file = system.file(&node).map_err(|e| self.fail(at, &e))?;
                let content = match self.ranges(&file) {
                    Some(content) => content,
                    None => Content::Bytes(self.bytes(at, &file)?).into(),
                };
                let same = content.len() == *len;
                let content = if same { content } else { self.as_long_as(at, content, *len)? };
                if let Some(sha256) = sha256.as_ref().filter(|_| same) {
                    self.check_content(at, &content, sha256)?;
                }
                Node::File(file_tree::File::new(meta, content))
            }
            (FileType::Symlink, Recorded::Other) => {
                let target = system.target(&node).map_err(|e| self.fail(at, &e))?;
                let link = Symlink::new(Meta::root(0o777, time), &target);
                Node::Symlink(link.map_err(|e| self.fail(at, &e))?)
            }
            (
                FileType::BlockDevice
                | FileType::CharacterDevice
                | FileType::Fifo
                | FileType::Socket,
                Recorded::Other,
            ) => {
                let kind = node.inode().and_then(|inode| inode.special());
                let kind = kind.ok_or_else(|| self.fail(at, &"no device has its number"))?;
                Node::Special(Special::new(Meta::root(0o644, time), kind))
            }
            (kind, _) => return Err(self.fail(at, &format!("it is {kind}, which it was not"))),
        };
        match (inode, known) {
            (_, Some(link)) => Ok(Node::Linked(link)),
            (Some(number), None) => {
                let link = Linked::new(made).map_err(|e| self.fail(at, &e))?;
                linked.insert(number, (link.clone(), what));
                Ok(Node::Linked(link))
            }
            (None, None) => Ok(made),
        }
    }

    /// The content of a file whose length differs from the record's, cut or filled up with zeros to
    /// the recorded length, so that everything else on the key keeps its place. The damage is
    /// noted.
    fn as_long_as(&self, at: &Place, content: FileContent, len: u64) -> Result<FileContent, Error> {
        self.note_damage(at, has_len(content.len(), len));
        let missing = len.saturating_sub(content.len());
        let missing = Some(Content::Zero { len: missing }).filter(|_| missing > 0);
        let pieces = content.slice(0, len).chain(missing);
        FileContent::from_pieces(pieces).map_err(|e| self.fail(at, &e))
    }
}
