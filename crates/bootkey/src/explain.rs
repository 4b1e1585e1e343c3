//! Where each byte of a key comes from.
//!
//! A key with a record is laid out again: every range has an owner, and what was copied has an
//! origin. Of any other disk image, the files say which ranges are theirs.

mod by_record;
mod by_structure;
mod origins;
mod range;

use crate::error::Error;
use key_inputs::OldKey;
use key_read::{DiskImage, ReadAt as _};
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;

pub use range::{Kind, Range, Source};

/// The ranges of an image.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The length of the image.
    pub len: u64,
    /// The version of bootkey that made it, by its record; `None`: there is no record, and only
    /// its structure was read.
    pub made_by: Option<String>,
    /// Why there is no record to explain it by, if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_record: Option<String>,
    /// All ranges, in order.
    pub ranges: Vec<Range>,
}

/// Explains an image file or a device.
///
/// # Errors
/// [`Error`] when it cannot be read.
pub fn explain(path: &Path) -> Result<Explanation, Error> {
    explain_image(&Arc::new(DiskImage::open(path)?), path)
}

/// Explains an image that is open. Messages name `path`.
pub(crate) fn explain_image(image: &Arc<DiskImage>, path: &Path) -> Result<Explanation, Error> {
    let failed = match OldKey::of_image(Arc::clone(image), path) {
        Err(e) => Error::from(e),
        Ok(old) => match by_record::ranges(&old) {
            Err(e) => e,
            Ok(ranges) => {
                let len = old.image().len();
                let made_by = Some(old.record().inputs.bootkey.clone());
                let ranges = whole(ranges, len, Kind::Unclaimed);
                return Ok(Explanation { len, made_by, no_record: None, ranges });
            }
        },
    };
    let why = match failed {
        // The error's own text tells the owner of a key what to do; but most disks without a record
        // are no keys.
        Error::Inputs(key_inputs::Error::NoRecord { .. }) => {
            "it has no record of how it was made, as bootkey's keys have".to_owned()
        }
        failed => failed.to_string(),
    };
    Ok(Explanation { no_record: Some(why), ..by_structure(image)? })
}

/// Explains an image by its structure alone, whether it has a record or not.
///
/// # Errors
/// As for [`explain`].
pub(crate) fn by_structure(image: &DiskImage) -> Result<Explanation, Error> {
    let ranges = whole(by_structure::ranges(image)?, image.len(), Kind::Unknown);
    Ok(Explanation { len: image.len(), made_by: None, no_record: None, ranges })
}

/// The ranges that make up an image of `len` bytes: those given, and between them gaps of the kind
/// `between`. A range that overlaps an earlier one is dropped, and what lies behind the end is cut
/// off.
fn whole(mut ranges: Vec<Range>, len: u64, between: Kind) -> Vec<Range> {
    ranges.sort_by_key(|range| range.offset);
    let nobodys = |offset, end: u64| Range {
        offset,
        len: end - offset,
        owner: String::new(),
        kind: between,
        source: None,
        sha256: None,
    };
    let (mut all, mut at) = (Vec::with_capacity(ranges.len()), 0);
    for mut range in ranges {
        let end = range.offset.saturating_add(range.len).min(len);
        if range.offset < at || end <= range.offset {
            continue;
        }
        if range.offset > at {
            all.push(nobodys(at, range.offset));
        }
        range.len = end - range.offset;
        at = end;
        all.push(range);
    }
    if at < len {
        all.push(nobodys(at, len));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ranges_are_the_image() {
        let range = |offset, len| Range {
            offset,
            len,
            owner: "x".to_owned(),
            kind: Kind::Made,
            source: None,
            sha256: None,
        };
        let all =
            whole(vec![range(8, 4), range(2, 2), range(9, 1), range(14, 9)], 20, Kind::Unknown);
        let places: Vec<_> = all.iter().map(|r| (r.offset, r.len, r.kind == Kind::Made)).collect();
        let expected = [(0, 2, false), (2, 2, true), (4, 4, false), (8, 4, true), (12, 2, false)];
        assert_eq!(places[..5], expected);
        assert_eq!(places[5..], [(14, 6, true)]);
        assert_eq!(whole(Vec::new(), 0, Kind::Unknown), []);
    }
}
