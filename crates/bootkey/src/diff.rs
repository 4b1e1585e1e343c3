//! What two keys differ in, by owner and not by offset: a file that lies elsewhere is the same file.

use crate::error::Error;
use crate::explain::{Explanation, Kind, by_structure, explain_image};
use key_read::{DiskImage, ReadAt as _};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Bytes that are compared at once.
const CHUNK: u64 = 1 << 20;
/// The ending that turns a file's name into that of the bytes behind its end, in its last block.
const SLACK: &str = ", behind its end";

/// A difference between two keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Whose bytes differ.
    pub owner: String,
    /// The way in which they differ.
    pub how: How,
}

/// The way in which an owner's bytes differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum How {
    /// Only the first key has them.
    OnlyInFirst,
    /// Only the second key has them.
    OnlyInSecond,
    /// The one key has more of them than the other.
    Length {
        /// The number of bytes in the first key.
        first: u64,
        /// The number of bytes in the second key.
        second: u64,
    },
    /// Some have other values.
    Bytes {
        /// The number of them.
        count: u64,
        /// The first of them, counted from the first byte of the owner.
        first: u64,
    },
}

/// The ranges of an owner, in the order of the image.
type Owned = BTreeMap<String, Vec<(u64, u64)>>;

/// The differences between two keys, sorted by owner. Bytes that nobody owns make none.
///
/// # Errors
/// [`Error`] when one of them cannot be read.
pub fn diff(first: &Path, second: &Path) -> Result<Vec<Difference>, Error> {
    let images = [Arc::new(DiskImage::open(first)?), Arc::new(DiskImage::open(second)?)];
    let mut explained = [explain_image(&images[0], first)?, explain_image(&images[1], second)?];
    // Both keys must have the same names for owners: if one has no record, both are explained by
    // their structure.
    match explained.each_ref().map(|e| e.made_by.is_some()) {
        [true, false] => explained[0] = by_structure(&images[0])?,
        [false, true] => explained[1] = by_structure(&images[1])?,
        _ => {}
    }
    let owned = explained.map(owned);
    let mut all = Vec::new();
    let names = owned.iter().flat_map(BTreeMap::keys);
    let mut names: Vec<&String> = names.collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let how = match (owned[0].get(name), owned[1].get(name)) {
            (Some(_), None) => Some(How::OnlyInFirst),
            (None, Some(_)) => Some(How::OnlyInSecond),
            (Some(a), Some(b)) => compare(&images, a, b)?,
            (None, None) => None,
        };
        let how = how.filter(|how| matches!(how, How::Bytes { .. }) || !name.ends_with(SLACK));
        all.extend(how.map(|how| Difference { owner: name.clone(), how }));
    }
    Ok(all)
}

fn owned(explanation: Explanation) -> Owned {
    let mut owned = Owned::new();
    for range in explanation.ranges {
        if !range.owner.is_empty() && range.kind != Kind::Unclaimed {
            // The bytes behind a file's end are no part of it, and their number follows from the
            // file's length.
            let owner = match range.kind {
                Kind::Slack => format!("{}{SLACK}", range.owner),
                _ => range.owner,
            };
            owned.entry(owner).or_default().push((range.offset, range.len));
        }
    }
    owned
}

/// The way in which an owner's bytes in one image differ from those in another.
fn compare(
    images: &[Arc<DiskImage>; 2],
    a: &[(u64, u64)],
    b: &[(u64, u64)],
) -> Result<Option<How>, Error> {
    let len = |ranges: &[(u64, u64)]| ranges.iter().map(|(_, len)| len).sum::<u64>();
    let (first, second) = (len(a), len(b));
    if first != second {
        return Ok(Some(How::Length { first, second }));
    }
    let (mut a, mut b) = (a.iter().copied(), b.iter().copied());
    let (mut here, mut there) = (a.next(), b.next());
    let (mut done, mut count, mut at) = (0, 0, None);
    let (mut left, mut right) = (vec![0; CHUNK as usize], vec![0; CHUNK as usize]);
    while let (Some((x, x_len)), Some((y, y_len))) = (here, there) {
        let step = x_len.min(y_len).min(CHUNK);
        let (left, right) = (&mut left[..step as usize], &mut right[..step as usize]);
        images[0].read_exact_at(x, left).map_err(key_read::Error::from)?;
        images[1].read_exact_at(y, right).map_err(key_read::Error::from)?;
        if left != right {
            let differ = || (done..).zip(left.iter().zip(&*right)).filter(|(_, (a, b))| a != b);
            at = at.or_else(|| differ().next().map(|(at, _)| at));
            count += differ().count() as u64;
        }
        done += step;
        here = if step < x_len { Some((x + step, x_len - step)) } else { a.next() };
        there = if step < y_len { Some((y + step, y_len - step)) } else { b.next() };
    }
    Ok(at.map(|first| How::Bytes { count, first }))
}
