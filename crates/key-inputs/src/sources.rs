//! Sources: the input files that a layout refers to by number.

use crate::error::Error;
use crate::known_inputs::KnownDigests;
use crate::payload::Payload;
use image_layout::{SourceId, Sources};
use input_file::FileStamp;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tree_inputs::DirectorySources;

/// The input files of an image, by the ids that its layout uses.
///
/// A payload stays open, so that the file that was surveyed is the one that gets written. The
/// files of a directory, which may be many, are each opened when they are written, and compared
/// with their stamps.
#[derive(Debug, Default)]
pub struct FileSources {
    /// The parts, each with its first id, in ascending order of that id.
    parts: Vec<(u32, Part)>,
    next: u32,
    /// Digests that are known already, also those of other keys' files.
    pub(crate) digests: KnownDigests,
}

#[derive(Debug)]
enum Part {
    File(Payload),
    Directory(DirectorySources),
}

impl FileSources {
    /// Sources without any input yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sources without any input yet, some of whose digests may be known already.
    pub(crate) fn with_digests(digests: KnownDigests) -> Self {
        Self { digests, ..Self::default() }
    }

    /// The id of the next payload, or of the first file of the next directory.
    pub fn next(&self) -> SourceId {
        SourceId(self.next)
    }

    /// Reserves an id for a payload that is opened later and handed in with [`fill`](Self::fill).
    pub fn reserve(&mut self) -> SourceId {
        let id = self.next();
        self.next = self.next.saturating_add(1);
        id
    }

    /// Hands in the payload for an `id` that was [reserved](Self::reserve). Does nothing if the id
    /// was not reserved or already has its payload.
    pub fn fill(&mut self, id: SourceId, payload: Payload) {
        let behind = self.parts.partition_point(|(first, _)| *first < id.0);
        let taken = self.part(id).is_some() || id.0 >= self.next;
        if !taken {
            self.parts.insert(behind, (id.0, Part::File(payload)));
        }
    }

    /// Adds a payload and returns its id.
    pub fn push(&mut self, payload: Payload) -> SourceId {
        self.add(Part::File(payload), 1)
    }

    /// Adds the files of a directory and returns the first one's id. The directory must have been
    /// read with [`Self::next`] as that id.
    pub fn push_directory(&mut self, files: DirectorySources) -> SourceId {
        let count = u32::try_from(files.len()).unwrap_or(u32::MAX);
        self.add(Part::Directory(files), count)
    }

    fn add(&mut self, part: Part, count: u32) -> SourceId {
        let first = self.next;
        self.parts.push((first, part));
        self.next = first.saturating_add(count);
        SourceId(first)
    }

    fn part(&self, id: SourceId) -> Option<&Part> {
        let behind = self.parts.partition_point(|(first, _)| *first <= id.0);
        let (first, part) = self.parts.get(behind.checked_sub(1)?)?;
        let count = match part {
            Part::File(_) => 1,
            Part::Directory(files) => files.len(),
        };
        // `part` is the last that begins at or before `id`. An id behind its end was reserved and
        // has no payload yet, or was never given out.
        (((id.0 - first) as usize) < count).then_some(part)
    }

    /// The payload of source `id`; `None` if that is a file of a directory, or nothing.
    pub fn get(&self, id: SourceId) -> Option<&Payload> {
        match self.part(id)? {
            Part::File(payload) => Some(payload),
            Part::Directory(_) => None,
        }
    }

    /// The path by which messages call source `id`. For a file of a directory it is the
    /// directory's: the errors about such a file name the file themselves.
    pub fn path(&self, id: SourceId) -> Option<&Path> {
        Some(match self.part(id)? {
            Part::File(payload) => payload.path(),
            Part::Directory(files) => files.root(),
        })
    }

    /// Opens a file of a directory; `None` for anything else.
    ///
    /// # Errors
    /// [`Error::Tree`] when the file is gone or has changed.
    pub fn open(&self, id: SourceId) -> Result<Option<Arc<File>>, Error> {
        match self.part(id) {
            Some(Part::Directory(files)) => Ok(files.open(id)?),
            _ => Ok(None),
        }
    }

    /// Device and inode of source `id`.
    pub fn device_and_inode(&self, id: SourceId) -> Option<(u64, u64)> {
        match self.part(id)? {
            Part::File(payload) => Some(payload.stamp().device_and_inode()),
            Part::Directory(files) => files.device_and_inode(id),
        }
    }

    /// The stamp that source `id` had when it was surveyed.
    pub(crate) fn stamp(&self, id: SourceId) -> Option<FileStamp> {
        match self.part(id)? {
            Part::File(payload) => Some(payload.stamp()),
            Part::Directory(files) => files.stamp(id),
        }
    }

    /// The stamps of all files and directories that were surveyed, in the order of their ids.
    pub fn stamps(&self) -> impl Iterator<Item = FileStamp> {
        self.parts.iter().flat_map(|(_, part)| -> Box<dyn Iterator<Item = FileStamp> + '_> {
            match part {
                Part::File(payload) => Box::new(std::iter::once(payload.stamp())),
                Part::Directory(files) => Box::new(files.stamps()),
            }
        })
    }

    /// The source that has this device and inode, whether bytes of it are in the image or not: its
    /// path.
    pub fn find(&self, device_and_inode: (u64, u64)) -> Option<PathBuf> {
        self.parts.iter().find_map(|(_, part)| match part {
            Part::File(payload) => (payload.stamp().device_and_inode() == device_and_inode)
                .then(|| payload.path().to_owned()),
            Part::Directory(files) => files.find(device_and_inode),
        })
    }

    /// Checks that no source has changed since it was surveyed.
    ///
    /// # Errors
    /// [`Error::Changed`] or [`Error::Tree`] for the first that has, or cannot be looked at.
    pub fn check_unchanged(&self) -> Result<(), Error> {
        self.parts.iter().try_for_each(|(_, part)| match part {
            Part::File(payload) => payload.check_unchanged(),
            Part::Directory(files) => Ok(files.check_unchanged()?),
        })
    }
}

impl Sources for FileSources {
    fn read_exact_at(&self, id: SourceId, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        match self.part(id) {
            Some(Part::File(payload)) => payload.read_exact_at(offset, buf),
            Some(Part::Directory(files)) => files.read_exact_at(id, offset, buf),
            None => {
                let text = format!("the layout refers to source {}, which nobody surveyed", id.0);
                Err(io::Error::new(io::ErrorKind::InvalidInput, text))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open_payload;
    use file_tree::{MetadataPolicy, Node};
    use image_layout::Content;
    use std::fs;

    #[test]
    fn reads_by_offset_and_by_id() {
        let dir = tempfile::tempdir().unwrap();
        let mut sources = FileSources::new();
        for (name, bytes) in [("a.iso", &b"0123456789"[..]), ("b.iso", b"abc")] {
            fs::write(dir.path().join(name), bytes).unwrap();
            sources.push(open_payload(&dir.path().join(name)).unwrap());
        }
        let mut buf = [0; 3];
        sources.read_exact_at(SourceId(0), 4, &mut buf).unwrap();
        assert_eq!(&buf, b"456");
        sources.read_exact_at(SourceId(1), 0, &mut buf).unwrap();
        assert_eq!(&buf, b"abc");
        assert_eq!(sources.get(SourceId(1)).unwrap().len(), 3);
        let e = sources.read_exact_at(SourceId(2), 0, &mut buf).unwrap_err();
        assert_eq!(e.kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn an_id_is_reserved_before_its_payload_is_open() {
        let dir = tempfile::tempdir().unwrap();
        let open = |name: &str| {
            fs::write(dir.path().join(name), name).unwrap();
            open_payload(&dir.path().join(name)).unwrap()
        };
        let mut sources = FileSources::new();
        let (a, b) = (sources.reserve(), sources.reserve());
        let c = sources.push(open("c"));
        assert!(sources.get(a).is_none() && sources.get(b).is_none());
        sources.fill(b, open("b"));
        sources.fill(a, open("a"));
        for id in [c, SourceId(7)] {
            sources.fill(id, open("x"));
        }
        for (id, name) in [(a, "a"), (b, "b"), (c, "c")] {
            assert_eq!(sources.path(id), Some(dir.path().join(name).as_path()));
        }
        assert!(sources.get(SourceId(7)).is_none());
    }

    #[test]
    fn a_directory_lies_between_payloads() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("d")).unwrap();
        for (name, bytes) in [("a", "first"), ("b", "last"), ("d/x", "one"), ("d/y", "two")] {
            fs::write(at(name), bytes).unwrap();
        }
        let mut sources = FileSources::new();
        sources.push(open_payload(&at("a")).unwrap());
        let policy = MetadataPolicy::KEEP;
        let (tree, files) = tree_inputs::from_directory(&at("d"), &policy, sources.next()).unwrap();
        sources.push_directory(files);
        let last = sources.push(open_payload(&at("b")).unwrap());
        assert_eq!(last, SourceId(3));
        let mut buf = [0; 3];
        for (name, bytes) in [("x", b"one"), ("y", b"two")] {
            let Some(Node::File(file)) = tree.get(name.as_bytes()) else {
                panic!("no file {name}")
            };
            let (_, Content::Source { id, .. }) = file.content.placed().next().unwrap() else {
                panic!("{name} is no source")
            };
            sources.read_exact_at(*id, 0, &mut buf).unwrap();
            assert_eq!(&buf, bytes);
            assert!(sources.get(*id).is_none() && sources.open(*id).unwrap().is_some());
            assert_eq!(sources.path(*id), Some(at("d").as_path()));
        }
        sources.read_exact_at(last, 0, &mut buf).unwrap();
        assert_eq!(&buf, b"las");
        sources.check_unchanged().unwrap();
        fs::write(at("d/y"), "another").unwrap();
        assert!(sources.check_unchanged().is_err());
        assert!(sources.read_exact_at(SourceId(4), 0, &mut buf).is_err());
    }
}
