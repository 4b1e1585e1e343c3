//! The comparison of a key with its layout, in one pass from the first byte to the last.

use super::digests::Digests;
use super::verification::{Finding, OnRead, Verification};
use crate::error::Error;
use image_layout::{Content, Layout, ReadAt as _};
use key_inputs::OldKey;
use std::collections::BTreeMap;
use std::io;

/// Bytes that are compared at once.
const CHUNK: u64 = 1 << 20;

/// The wrong bytes, by their owner and what is wrong with them: a damaged file system has thousands
/// of wrong regions.
#[derive(Default)]
struct WrongBytes(BTreeMap<(String, String), Wrong>);

/// The bytes of an owner that are wrong in the same way.
struct Wrong {
    first: u64,
    bytes: u64,
}

impl WrongBytes {
    fn note(&mut self, owner: &str, what: &str, first: u64, bytes: u64) {
        let key = (owner.to_owned(), what.to_owned());
        self.0.entry(key).or_insert(Wrong { first, bytes: 0 }).bytes += bytes;
    }

    fn findings(self) -> impl Iterator<Item = Finding> {
        self.0.into_iter().map(|((owner, what), Wrong { first, bytes })| Finding {
            owner,
            offset: Some(first),
            bytes: Some(bytes),
            what,
        })
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
                // Of a compressed key, what cannot be unpacked; the rest can.
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
                // The very bytes: their digest tells whether they are right.
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
                found.wrong.push(Finding::cannot_be_read(region.name, &bad));
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
