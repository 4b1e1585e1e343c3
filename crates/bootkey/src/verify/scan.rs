//! The comparison of a key with its layout, in one pass from the first byte to the last.

use super::digests::Digests;
use super::verification::{Finding, OnRead, Verification};
use crate::error::Error;
use image_layout::{Content, Layout, ReadAt as _};
use key_inputs::OldKey;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;

/// Bytes that are compared at once.
const CHUNK: u64 = 1 << 20;

/// The wrong bytes, by their owner and what is wrong with them: a damaged file system has thousands
/// of wrong regions, and a bad sector of a chunk may go on in the next.
#[derive(Default)]
struct WrongBytes(BTreeMap<(String, String), Finding>);

impl WrongBytes {
    fn note(&mut self, owner: &str, what: &str, first: u64, bytes: u64) {
        let about = Finding::about(owner, what);
        self.add(Finding { offset: Some(first), bytes: Some(bytes), ..about });
    }

    fn add(&mut self, wrong: Finding) {
        let key = (wrong.owner.clone(), wrong.what.clone());
        match self.0.entry(key) {
            Entry::Vacant(entry) => drop(entry.insert(wrong)),
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                known.bytes = known.bytes.zip(wrong.bytes).map(|(some, more)| some + more);
            }
        }
    }

    fn findings(self) -> impl Iterator<Item = Finding> {
        self.0.into_values()
    }
}

/// Compares what is on the key with what its layout says.
pub(super) fn compare(
    old: &OldKey,
    layout: &Layout,
    found: &mut Verification,
    progress: &mut OnRead<'_>,
) -> Result<(), Error> {
    let image = old.image();
    if image.len() < layout.len() {
        let what = format!("it ends at byte {}, and had {} bytes", image.len(), layout.len());
        found.wrong.push(Finding::about("the image", what));
    }
    let (mut digests, missing) = Digests::of(old, found)?;
    found.wrong.extend(missing);
    let mut wrong = WrongBytes::default();
    let (mut there, mut other) = (vec![0; CHUNK as usize], vec![0; CHUNK as usize]);
    let read = |source| key_inputs::Error::Read { path: old.path().to_owned(), source };
    for region in layout.regions() {
        let end = region.end().min(image.len());
        let mut at = region.at;
        while at < end {
            let len = (end - at).min(CHUNK) as usize;
            let next = at + len as u64;
            let (there, other) = (&mut there[..len], &mut other[..len]);
            found.checked += len as u64;
            progress(next, layout.len());
            match image.read_exact_at(at, there) {
                // A block of a compressed key cannot be unpacked; others still can.
                Err(e) if e.kind() == io::ErrorKind::InvalidData => {
                    wrong.note(region.name, &e.to_string(), at, len as u64);
                    at = next;
                    continue;
                }
                done => done.map_err(read)?,
            }
            digests.feed(at, there);
            let skip = at - region.at;
            match region.content {
                // The source is this very place on the key, so a comparison would prove nothing:
                // the digest of the file decides.
                Content::Source { offset, .. } if offset == region.at => {
                    other.copy_from_slice(there);
                }
                Content::Source { offset, .. } => {
                    image.read_exact_at(offset + skip, other).map_err(read)?;
                }
                ref content => {
                    content.read_at(skip, other);
                }
            }
            for bad in image.bad_ranges(at..next) {
                wrong.add(Finding::cannot_be_read(region.name, &bad));
                // OK to cast: it lies within the chunk.
                let within = (bad.bytes.start - at) as usize..(bad.bytes.end - at) as usize;
                other[within.clone()].copy_from_slice(&there[within]);
            }
            if there != other {
                let differ = || (at..).zip(there.iter().zip(&*other)).filter(|(_, (a, b))| a != b);
                let first = differ().next().map_or(at, |(at, _)| at);
                wrong.note(region.name, "not as it was made", first, differ().count() as u64);
            }
            at = next;
        }
    }
    progress(layout.len(), layout.len());
    found.wrong.extend(wrong.findings());
    digests.finish(old, found, progress)
}

#[cfg(test)]
mod tests {
    use super::*;
    use key_read::BadRange;

    #[test]
    fn what_is_wrong_in_the_same_way_is_said_once() {
        let mut wrong = WrongBytes::default();
        for at in [CHUNK - 4096, CHUNK, 2 * CHUNK] {
            let bad = BadRange { bytes: at..at + 4096, why: "os error 5".to_owned() };
            wrong.add(Finding::cannot_be_read("isos/file /a.iso", &bad));
            wrong.note("isos/file /a.iso", "differs", at + 7, 1);
        }
        let found: Vec<_> =
            wrong.findings().map(|f| (f.offset, f.bytes, f.is_bad_sector)).collect();
        let (bad, differs) = (CHUNK - 4096, CHUNK - 4089);
        assert_eq!(found, [(Some(bad), Some(12288), true), (Some(differs), Some(3), false)]);
    }
}
