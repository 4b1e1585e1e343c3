//! The key that is written: its bytes, which of them have an owner, and whose they are.

use crate::cli::Write;
use crate::failure::Failure;
use bootkey::explain::{Explanation, Kind, explain};
use bootkey::key_read::DiskImage;
use device_write::{Image, Mismatch};
use std::ops::Range;

/// A key for one device.
pub(super) struct Source {
    image: DiskImage,
    explanation: Explanation,
    owned: Vec<Range<u64>>,
}

impl Source {
    /// Opens the key for a device of so many bytes. Whether it fits is seen when it is written.
    pub(super) fn open(args: &Write, _device: u64) -> Result<Self, Failure> {
        let image = DiskImage::open(&args.key)?;
        let explanation = explain(&args.key)?;
        let owned = explanation.ranges.iter().filter(|range| range.kind != Kind::Unclaimed);
        let owned = owned.map(|range| range.offset..range.offset + range.len).collect();
        Ok(Self { image, explanation, owned })
    }

    /// What is written.
    pub(super) fn image(&self) -> Image<'_> {
        Image { bytes: &self.image, owned: &self.owned }
    }

    /// Whose the wrong bytes are.
    pub(super) fn whose(&self, wrong: &Mismatch) -> String {
        let Mismatch { offset, len } = wrong;
        let ranges = &self.explanation.ranges;
        let at = ranges.partition_point(|range| range.offset + range.len <= *offset);
        let owner = ranges.get(at).map_or("", |range| range.owner.as_str());
        let owner = if owner.is_empty() { "nobody that is known" } else { owner };
        format!("byte {offset}, {len} bytes: of {}", shown_text::shown(owner))
    }
}
