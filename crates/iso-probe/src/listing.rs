//! The files of an image, by the paths under which GRUB finds them.

use crate::device::Device;
use crate::directory::{DirEntry, DirReader, Node};
use crate::error::ProbeError;
use crate::extents::FileExtents;
use crate::limits::Limits;
use crate::links::Links;
use crate::truncation::check_ends_within;
use crate::volume::Volume;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The number of entries kept that GRUB does not find.
const MAX_UNREACHABLE: usize = 32;

/// The number of names to pass while all symbolic links are followed.
const MAX_STEPS: usize = 2_000_000;

/// The files of an image.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) paths: BTreeMap<String, FileExtents>,
    /// Symbolic links to directories.
    pub(crate) directory_links: Links,
    /// The files and directories that GRUB does not find, with the reason.
    pub(crate) unreachable: BTreeMap<String, String>,
    pub(crate) truncated: bool,
    links: Links,
    entries: usize,
    bytes: usize,
}

/// A directory that is still to be read.
struct Open {
    path: String,
    extents: FileExtents,
    /// The first bytes of the directories above it: one that comes up again is a loop.
    above: Vec<u64>,
}

/// Lists all files within the limits, one level of directories after the other. A directory that is
/// inside itself is not read again.
pub(crate) fn list(
    device: &mut Device<'_>,
    volume: &Volume,
    limits: &Limits,
) -> Result<Listing, ProbeError> {
    let mut out = Listing::default();
    let root = FileExtents { len: volume.root.1, extents: [volume.root].into() };
    let mut directories = BTreeSet::new();
    let mut queue =
        VecDeque::from([Open { path: String::new(), extents: root, above: Vec::new() }]);
    while let Some(mut open) = queue.pop_front() {
        let start = open.extents.byte(0).unwrap_or(0);
        if open.above.contains(&start) {
            continue;
        }
        open.above.push(start);
        let mut reader = DirReader::new(volume, open.extents);
        let mut names = Names::default();
        loop {
            let entry = match reader.next(device) {
                Ok(Some(entry)) => entry,
                Ok(None) => break,
                Err(_) if device.exhausted() => return Ok(out.cut(&directories)),
                Err(e) => return Err(e),
            };
            let shown = String::from_utf8_lossy(&entry.name);
            let path = format!("{}/{shown}", open.path);
            out.entries += 1;
            out.bytes += path.len();
            if out.entries > limits.entries || out.bytes > limits.path_bytes {
                return Ok(out.cut(&directories));
            }
            if let Some(why) = names.unreachable(&entry) {
                if out.unreachable.len() < MAX_UNREACHABLE {
                    out.unreachable.entry(path).or_insert_with(|| why.to_owned());
                }
                continue;
            }
            match entry.node {
                Node::Directory if open.above.len() > limits.depth => out.truncated = true,
                Node::Directory => {
                    directories.insert(path.clone());
                    queue.push_back(Open {
                        path,
                        extents: entry.extents,
                        above: open.above.clone(),
                    });
                }
                Node::Link(target) => {
                    out.bytes += target.len();
                    out.links.insert(path, target);
                }
                Node::File => {
                    check_ends_within(&entry.extents, device)?;
                    out.paths.insert(path, entry.extents);
                }
            }
        }
    }
    out.follow_links(&directories);
    Ok(out)
}

impl Listing {
    fn cut(mut self, directories: &BTreeSet<String>) -> Self {
        self.truncated = true;
        self.follow_links(directories);
        self
    }

    /// Adds the symbolic links: those to a listed file as that file, and those to directories as
    /// `directory_links`.
    fn follow_links(&mut self, directories: &BTreeSet<String>) {
        let mut files = Vec::new();
        let mut steps = MAX_STEPS;
        for link in self.links.paths() {
            let Some(target) = self.links.resolve_within(link, &mut steps) else { continue };
            if let Some(file) = self.paths.get(&target) {
                files.push((link.to_owned(), file.clone()));
            } else if target.is_empty() {
                self.directory_links.insert(link.to_owned(), "/".to_owned());
            } else if directories.contains(&target) {
                self.directory_links.insert(link.to_owned(), target);
            }
        }
        self.paths.extend(files);
        self.truncated |= steps == 0;
    }
}

/// The names met so far in one directory. GRUB takes the first entry whose name matches, so a later
/// one is never found.
#[derive(Default)]
struct Names {
    exact: BTreeSet<Vec<u8>>,
    /// The names whose case GRUB ignores, in lower case.
    any_case: BTreeSet<Vec<u8>>,
}

impl Names {
    /// The reason why GRUB does not find an entry, if it does not.
    fn unreachable(&mut self, entry: &DirEntry) -> Option<&'static str> {
        let lower = entry.name.to_ascii_lowercase();
        let first = !self.any_case.contains(&lower) && self.exact.insert(entry.name.clone());
        if entry.any_case {
            self.any_case.insert(lower);
        }
        if entry.relocated {
            Some("Rock Ridge has moved this directory, and GRUB does not go where it is")
        } else if std::str::from_utf8(&entry.name).is_err() {
            Some("its name is not UTF-8, so that no menu can write it")
        } else if entry.torn {
            Some("its pieces are described in two sectors, and GRUB does not put them together")
        } else if entry.name.contains(&b'/') {
            Some("there is a slash in its name")
        } else if matches!(&*entry.name, b"." | b"..") {
            Some("its name stands for a directory in every path")
        } else if !first {
            Some("another entry of this name comes first")
        } else {
            None
        }
    }
}
