//! The parts that all formats share: the units that are stored, and the tables that say where.

use image_layout::{ClaimError, Condensed, Content, Layout};
use std::ops::Range;

/// A virtual disk's file, and where in it the image's bytes lie.
#[derive(Debug)]
pub(crate) struct Container {
    /// The file.
    pub layout: Layout,
    /// Parts of the image in the file, in the order of both. The image is zero elsewhere.
    pub runs: Vec<Run>,
}

/// Bytes that lie together in the image and in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// The place in the file.
    pub at: u64,
    /// The place in the image.
    pub image: u64,
    pub len: u64,
}

impl Run {
    pub(crate) fn end(&self) -> u64 {
        self.at + self.len
    }
}

/// The units of `unit` bytes in which something is to be stored: as ranges of their numbers.
pub(super) fn used_units(image: &Layout, unit: u64) -> Vec<Range<u64>> {
    let mut used: Vec<Range<u64>> = Vec::new();
    let stored = image.regions().filter(|r| !matches!(r.content, Content::Zero { .. }));
    for region in stored {
        let units = region.at / unit..region.end().div_ceil(unit);
        match used.last_mut().filter(|last| last.end >= units.start) {
            Some(last) => last.end = last.end.max(units.end),
            None => used.push(units),
        }
    }
    used
}

/// Puts what the image holds where `runs` says; they cover all of it but zeros.
pub(super) fn store(image: &Layout, runs: &[Run], file: &mut Layout) -> Result<(), ClaimError> {
    let mut runs = runs.iter().peekable();
    for region in image.regions().filter(|r| !matches!(r.content, Content::Zero { .. })) {
        let mut at = region.at;
        while at < region.end() {
            let Some(run) = runs.peek() else { return Ok(()) };
            let run_end = run.image + run.len;
            if run_end <= at {
                runs.next();
                continue;
            }
            let len = region.end().min(run_end) - at;
            let content = if len == region.content.len() {
                region.content.clone()
            } else {
                region.content.slice(at - region.at, len)
            };
            file.claim(run.at + (at - run.image), region.name, content)?;
            at += len;
        }
    }
    Ok(())
}

/// A table that may be mostly zeros.
pub(super) fn table(bytes: Vec<u8>) -> Content {
    match Condensed::new(&bytes) {
        Some(condensed) => condensed.into(),
        None => bytes.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_used_if_any_byte_of_it_is() {
        let mut image = Layout::new(1000);
        image.claim(9, "a", vec![1; 2]).unwrap();
        image.claim(20, "zero", Content::Zero { len: 20 }).unwrap();
        image.claim(95, "b", vec![1; 5]).unwrap();
        image.claim(100, "c", vec![1]).unwrap();
        assert_eq!(used_units(&image, 10), [0..2, 9..11]);
    }

    #[test]
    fn regions_are_cut_where_runs_end() {
        let mut image = Layout::new(40);
        image.claim(8, "a", (0..20).collect::<Vec<u8>>()).unwrap();
        let runs = [Run { at: 100, image: 0, len: 16 }, Run { at: 200, image: 16, len: 16 }];
        let mut file = Layout::new(300);
        store(&image, &runs, &mut file).unwrap();
        assert_eq!(
            file.to_string(),
            "000000000000           108  -\n\
             00000000006c             8  bytes  a\n\
             000000000074            84  -\n\
             0000000000c8            12  bytes  a\n\
             0000000000d4            88  -\n"
        );
    }
}
