//! The files of an image.

use crate::device::Device;
use crate::error::ProbeError;
use crate::extents::FileExtents;
use crate::limits::Limits;
use hadris_fs::sync::FileSystem as _;
use hadris_fs::{DirCursor, Extent, FileType, NodeId};
use hadris_io::{Error, Location};
use hadris_iso::sync::IsoFs;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{self, Read, Seek};

/// Symbolic links followed from one path.
const MAX_HOPS: usize = 8;

/// Extents kept of a file, of up to 4 GiB each.
const MAX_EXTENTS: usize = 64;

#[derive(Default)]
pub(crate) struct Listing {
    pub(crate) paths: BTreeMap<String, FileExtents>,
    pub(crate) truncated: bool,
    links: BTreeMap<String, String>,
    entries: usize,
    bytes: usize,
}

/// What the ISO reader complains about, in our terms. `near` is where we were.
pub(crate) fn translate(e: Error<io::Error>, near: u64) -> ProbeError {
    let what = e.message();
    let offset = match e.location() {
        Some(Location::Block(block)) => {
            block.saturating_mul(crate::format::volume_descriptor::SECTOR)
        }
        Some(Location::Byte(byte)) => byte,
        _ => near,
    };
    match e.into_device_error() {
        Some(io) => ProbeError::Io(io),
        None => ProbeError::Corrupt { what, offset },
    }
}

/// Lists every file, directory level by directory level, within the limits. A directory that
/// was listed already (a loop, or two names for one) is not listed again.
pub(crate) fn list<R: Read + Seek>(
    iso: &mut IsoFs<Device<R>>,
    limits: &Limits,
) -> Result<Listing, ProbeError> {
    let mut out = Listing::default();
    let root = iso.root();
    let mut seen = BTreeSet::from([root]);
    let mut queue = VecDeque::from([(root, String::new(), 0)]);
    while let Some((dir, path, depth)) = queue.pop_front() {
        let mut cursor = DirCursor::START;
        loop {
            let entry = match iso.readdir(dir, cursor) {
                Ok(Some(entry)) => entry,
                Ok(None) => break,
                Err(_) if iso.device().exhausted() => return Ok(out.cut()),
                Err(e) => return Err(translate(e, dir.get())),
            };
            cursor = entry.next_cursor();
            let path = format!("{path}/{}", String::from_utf8_lossy(entry.name().as_bytes()));
            out.entries += 1;
            out.bytes += path.len();
            if out.entries > limits.entries || out.bytes > limits.path_bytes {
                return Ok(out.cut());
            }
            match entry.file_type() {
                FileType::Dir if depth >= limits.depth => out.truncated = true,
                FileType::Dir if seen.insert(entry.node()) => {
                    queue.push_back((entry.node(), path, depth + 1));
                }
                FileType::Symlink => match link_target(iso, entry.node()) {
                    Ok(target) => {
                        out.bytes += target.as_ref().map_or(0, String::len);
                        out.links.extend(target.map(|t| (path, t)));
                    }
                    Err(_) if iso.device().exhausted() => return Ok(out.cut()),
                    Err(e) => return Err(e),
                },
                FileType::File => match ends_within(iso, entry.node()) {
                    Ok(extents) => {
                        out.paths
                            .insert(path, FileExtents { len: entry.metadata().len(), extents });
                    }
                    Err(_) if iso.device().exhausted() => return Ok(out.cut()),
                    Err(e) => return Err(e),
                },
                _ => {}
            }
        }
    }
    out.follow_links();
    Ok(out)
}

impl Listing {
    fn cut(mut self) -> Self {
        self.truncated = true;
        self.follow_links();
        self
    }

    /// Lists each symbolic link that leads to a listed file as that file.
    fn follow_links(&mut self) {
        let mut found = Vec::new();
        for link in self.links.keys() {
            let mut at = link.clone();
            for _ in 0..MAX_HOPS {
                let Some(target) = self.links.get(&at) else { break };
                at = join(&at, target);
            }
            if let Some(place) = self.paths.get(&at) {
                found.push((link.clone(), place.clone()));
            }
        }
        self.paths.extend(found);
    }
}

/// The path that `target` means in a symbolic link at `link`. An absolute target starts at the
/// image's root, as GRUB takes it.
fn join(link: &str, target: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    if !target.starts_with('/') {
        parts.extend(link.split('/').filter(|p| !p.is_empty()));
        parts.pop();
    }
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.iter().fold(String::new(), |path, part| path + "/" + part)
}

/// A symbolic link's target; `None` when it is longer than a path may be.
fn link_target<R: Read + Seek>(
    iso: &mut IsoFs<Device<R>>,
    node: NodeId,
) -> Result<Option<String>, ProbeError> {
    let mut buf = [0; 1024];
    match iso.readlink(node, &mut buf) {
        Ok(target) => Ok(Some(String::from_utf8_lossy(target).into_owned())),
        Err(e) if e.kind() == hadris_fs::ErrorKind::LimitExceeded => Ok(None),
        Err(e) => Err(translate(e, node.get())),
    }
}

/// The extents of a file, each of which ends within the image's file.
fn ends_within<R: Read + Seek>(
    iso: &mut IsoFs<Device<R>>,
    node: NodeId,
) -> Result<Vec<(u64, u64)>, ProbeError> {
    let file_bytes = iso.device().len();
    let mut from = 0;
    let mut extents = [Extent::new(0, 0); 32];
    let mut kept = Vec::new();
    let mut many = false;
    loop {
        let count = iso.extents(node, from, &mut extents).map_err(|e| translate(e, node.get()))?;
        let Some(last) = extents[..count].last() else { break };
        let end = extents[..count].iter().map(Extent::end).max().unwrap_or(0);
        if end > file_bytes {
            return Err(ProbeError::Truncated { volume_bytes: end, file_bytes });
        }
        many |= kept.len() + count > MAX_EXTENTS;
        if !many {
            kept.extend(extents[..count].iter().map(|e| (e.offset(), e.len())));
        }
        if count < extents.len() {
            break;
        }
        from = last.file_offset() + last.len();
    }
    Ok(if many { Vec::new() } else { kept })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_resolve_inside_the_image() {
        assert_eq!(join("/a/b", "c"), "/a/c");
        assert_eq!(join("/a/b", "/c/./d"), "/c/d");
        assert_eq!(join("/a/b", "../../../c"), "/c");
        let mut listing = Listing {
            paths: BTreeMap::from([(
                "/boot/vmlinuz-6.1".into(),
                FileExtents { len: 7, extents: vec![(2048, 7)] },
            )]),
            links: BTreeMap::from([
                ("/vmlinuz".into(), "boot/kernel".into()),
                ("/boot/kernel".into(), "vmlinuz-6.1".into()),
                ("/loop".into(), "loop".into()),
                ("/dangling".into(), "nowhere".into()),
            ]),
            ..Listing::default()
        };
        listing.follow_links();
        let names: Vec<&str> = listing.paths.keys().map(String::as_str).collect();
        assert_eq!(names, ["/boot/kernel", "/boot/vmlinuz-6.1", "/vmlinuz"]);
        assert_eq!(listing.paths["/vmlinuz"].extents, [(2048, 7)]);
    }
}
