//! The comparison of a key with its layout, in one pass from the first byte to the last.

use super::digests::Digests;
use super::verification::{Finding, OnRead, Verification};
use crate::error::Error;
use core::fmt::Display;
use image_layout::{Content, Layout, ReadAt as _};
use key_inputs::OldKey;
use std::collections::BTreeMap;
use std::io;

/// Bytes that are compared at once.
const CHUNK: u64 = 1 << 20;

/// The wrong bytes of an owner.
struct Wrong {
    first: u64,
    bytes: u64,
    what: String,
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
    let mut digests = Digests::of(old, found)?;
    // By owner, for a damaged file system has thousands of wrong regions.
    let mut wrong: BTreeMap<String, Wrong> = BTreeMap::new();
    let (mut there, mut other) = (vec![0; CHUNK as usize], vec![0; CHUNK as usize]);
    let read = |source| key_inputs::Error::Read { path: old.path().to_owned(), source };
    for region in layout.regions() {
        let end = region.end().min(image.len());
        let mut at = region.at;
        while at < end {
            let len = (end - at).min(CHUNK) as usize;
            let (there, other) = (&mut there[..len], &mut other[..len]);
            found.checked += len as u64;
            progress(at + len as u64, layout.len());
            let mut note = |first, bytes, what: &dyn Display| {
                let entry = wrong.entry(region.name.to_owned());
                let new = || Wrong { first, bytes: 0, what: what.to_string() };
                entry.or_insert_with(new).bytes += bytes;
            };
            match image.read_exact_at(at, there) {
                // Of a compressed key, what cannot be unpacked; the rest can.
                Err(e) if e.kind() == io::ErrorKind::InvalidData => {
                    note(at, len as u64, &e);
                    at += len as u64;
                    continue;
                }
                done => done.map_err(read)?,
            }
            digests.feed(at, there);
            let skip = at - region.at;
            let same = match region.content {
                // The very bytes: their digest tells whether they are right.
                Content::Source { offset, .. } if offset == region.at => true,
                Content::Source { offset, .. } => {
                    image.read_exact_at(offset + skip, other).map_err(read)?;
                    there == other
                }
                ref content => {
                    content.read_at(skip, other);
                    there == other
                }
            };
            if !same {
                let differ = || (at..).zip(there.iter().zip(&*other)).filter(|(_, (a, b))| a != b);
                let first = differ().next().map_or(at, |(at, _)| at);
                note(first, differ().count() as u64, &"not as it was made");
            }
            at += len as u64;
        }
    }
    progress(layout.len(), layout.len());
    let finding = |(owner, Wrong { first, bytes, what })| Finding {
        owner,
        offset: Some(first),
        bytes: Some(bytes),
        what,
    };
    found.wrong.extend(wrong.into_iter().map(finding));
    digests.finish(old, found, progress)
}
