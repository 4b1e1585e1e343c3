//! The ranges of an image without a record, as far as its structure tells.

use super::range::{Kind, Range, Source};
use crate::error::Error;
use key_read::{Disk, DiskImage, FileSystem, FileType, ReadAt as _};

/// Most files that are looked at.
const MOST: usize = 1_000_000;

/// The ranges of files, and of the rest of each partition.
pub(super) fn ranges(image: &DiskImage) -> Result<Vec<Range>, Error> {
    let disk = Disk::read(image)?;
    let mut all = Vec::new();
    for volume in disk.volumes() {
        let (start, len) = (volume.part.start(), volume.part.len());
        let mut inside = Vec::new();
        let what = match volume.file_system() {
            Ok(Some(files)) => {
                // What cannot be read is nobody's.
                let _ = of_files(&files, volume.number, &mut inside);
                format!("{}: tables of {}, or free", volume.number, files.kind())
            }
            _ => format!("{}: no file system that is known", volume.number),
        };
        inside.sort_by_key(|range| range.offset);
        let mut at = start;
        let rest = |offset, end: u64| Range {
            offset,
            len: end - offset,
            owner: what.clone(),
            kind: Kind::Unknown,
            source: None,
        };
        for range in inside {
            if range.offset < at {
                continue;
            }
            if range.offset > at {
                all.push(rest(at, range.offset));
            }
            at = range.offset.saturating_add(range.len);
            all.push(range);
        }
        let end = start.saturating_add(len);
        if at < end {
            all.push(rest(at, end));
        }
    }
    Ok(all)
}

/// The ranges of all files of a partition.
fn of_files(
    files: &FileSystem<'_>,
    number: u32,
    all: &mut Vec<Range>,
) -> Result<(), key_read::Error> {
    let mut below = vec![(String::new(), files.root()?)];
    let mut seen = 0;
    while let Some((path, directory)) = below.pop() {
        for entry in files.entries(&directory)? {
            seen += 1;
            // A damaged file system may lead in circles.
            if seen > MOST {
                return Ok(());
            }
            let path = format!("{path}/{}", String::from_utf8_lossy(&entry.name));
            let Ok(node) = files.node(&entry) else { continue };
            match node.kind() {
                FileType::Directory => below.push((path, node)),
                FileType::File => {
                    let extents = files.file(&node).ok().and_then(|file| file.image_extents());
                    for extent in extents.unwrap_or_default() {
                        let Some(offset) = extent.place else { continue };
                        let source = Source {
                            name: path.clone(),
                            offset: Some(extent.offset),
                            version: None,
                            sha256: None,
                        };
                        all.push(Range {
                            offset,
                            len: extent.len,
                            owner: format!("{number}: file {path}"),
                            kind: Kind::Copied,
                            source: Some(source),
                        });
                    }
                }
                _ => {}
            }
        }
    }
    Ok(())
}
