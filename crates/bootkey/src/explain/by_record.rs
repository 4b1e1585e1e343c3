//! The ranges of a key that is laid out again from its record.

use super::origins::Origins;
use super::range::{Kind, Range, Source};
use crate::error::Error;
use crate::file_pieces::{FilePiece, file_pieces};
use crate::verify::laid_out_like;
use base16ct::lower::encode_string as hex;
use image_layout::{Content, Layout, Reader, SourceId, Sources};
use key_inputs::OldKey;
use key_read::{Disk, ReadAt};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Read as _, Seek as _, SeekFrom};

/// Bytes that are digested at once.
const CHUNK: u64 = 1 << 16;
/// The text between a partition's name and a file's path in the name of a file's region.
const FILE: &str = "/file /";

/// The ranges that have an owner.
pub(super) fn ranges(old: &OldKey) -> Result<Vec<Range>, Error> {
    let layout = laid_out_like(old)?;
    let (origins, files) = (Origins::of(old), in_files(&layout)?);
    let mut all = Vec::new();
    for region in layout.regions() {
        let (content, name) = (&region.content, region.name);
        let mut push = |skip: u64, len: u64, kind, source| {
            let sha256 = match kind {
                Kind::Made | Kind::Patched | Kind::Built => digest(content, skip, len),
                _ => None,
            };
            let (offset, owner) = (region.at + skip, name.to_owned());
            all.push(Range { offset, len, owner, kind, source, sha256 });
        };
        let at = files.range(..=region.at).next_back();
        let at = at.filter(|(start, piece)| region.at - **start < piece.len);
        if let Content::Zero { len } = content {
            let is_slack = at.is_none() && name.contains(FILE);
            push(0, *len, if is_slack { Kind::Slack } else { Kind::Zeros }, None);
        } else if let Some(source) = origins.patched(name) {
            push(0, content.len(), Kind::Patched, Some(from(source, 0)));
        } else {
            let len = content.len();
            let in_file = at.map(|(start, piece)| piece.in_file + (region.at - start));
            let mut done = 0;
            if let Some(first) = in_file {
                for piece in origins.pieces(name) {
                    let start = piece.start.saturating_sub(first).clamp(done, len);
                    let end = piece.end.saturating_sub(first).clamp(start, len);
                    if start == end {
                        continue;
                    }
                    if start > done {
                        push(done, start - done, Kind::Made, None);
                    }
                    let source = from(&piece.source, first + start - piece.start);
                    push(start, end - start, Kind::Copied, Some(source));
                    done = end;
                }
            }
            if done < len {
                let (kind, source) = match origins.built(name) {
                    Some(source) if done == 0 => (Kind::Built, Some(source.clone())),
                    _ => (Kind::Made, None),
                };
                push(done, len - done, kind, source);
            }
        }
    }
    Ok(all)
}

fn from(source: &Source, offset: u64) -> Source {
    Source { offset: Some(offset), ..source.clone() }
}

/// The SHA-256 of a part of `content`; `None` if its bytes are those of a source.
fn digest(content: &Content, skip: u64, len: u64) -> Option<String> {
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; len.min(CHUNK) as usize]);
    let (mut at, end) = (skip, skip + len);
    while at < end {
        let piece = &mut buffer[..(end - at).min(CHUNK) as usize];
        if !content.read_at(at, piece) {
            return None;
        }
        hash.update(&*piece);
        at += piece.len() as u64;
    }
    Some(hex(&hash.finalize()))
}

/// The pieces of files, by their places in the image, as the tables in the layout say: what
/// somebody has written onto the key since does not count.
fn in_files(layout: &Layout) -> Result<BTreeMap<u64, FilePiece>, Error> {
    let tables = Tables(layout);
    let disk = Disk::read(&tables)?;
    let mut all = BTreeMap::new();
    for volume in disk.volumes() {
        if let Ok(Some(files)) = volume.file_system() {
            all.extend(file_pieces(&files)?.into_iter().map(|piece| (piece.at, piece)));
        }
    }
    Ok(all)
}

/// A layout as a disk that holds tables, and no files.
struct Tables<'a>(&'a Layout);

impl ReadAt for Tables<'_> {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let mut reader = Reader::new(self.0, &NoSources);
        reader.seek(SeekFrom::Start(offset))?;
        reader.read_exact(buf)
    }
}

struct NoSources;

impl Sources for NoSources {
    fn read_exact_at(&self, _: SourceId, _: u64, buf: &mut [u8]) -> io::Result<()> {
        buf.fill(0);
        Ok(())
    }
}
