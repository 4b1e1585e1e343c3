//! The layout of an image, and the one rule its regions obey: disjoint, inside the image, each with
//! a name.

use crate::regions::Regions;
use crate::{Content, Region};
use core::fmt;
use std::sync::Arc;
use thiserror::Error;

/// The reason why a claim was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// Somebody owns part of the range already.
    #[error("`{name}` wants {at:#x}..{end:#x}, but `{owner}` owns {owner_at:#x}..{owner_end:#x}")]
    #[allow(missing_docs)]
    Overlap { name: Arc<str>, at: u64, end: u64, owner: Arc<str>, owner_at: u64, owner_end: u64 },
    /// The range does not lie inside the image.
    #[error("`{name}` wants {len} bytes at {at:#x}, but the image ends at {image_len:#x}")]
    #[allow(missing_docs)]
    PastEnd { name: Arc<str>, at: u64, len: u64, image_len: u64 },
    /// Names are numbered in 32 bits.
    #[error("`{name}` would be one name too many: an image holds at most {max}")]
    #[allow(missing_docs)]
    TooManyNames { name: Arc<str>, max: u32 },
}

/// An image: its length and its regions, sorted and disjoint by construction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    len: u64,
    regions: Regions,
}

impl Layout {
    /// An image of `len` bytes that nobody has claimed yet.
    pub fn new(len: u64) -> Self {
        Self { len, regions: Regions::default() }
    }

    /// Length of the image in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether the image has no bytes at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The regions, in order of offset.
    pub fn regions(&self) -> impl DoubleEndedIterator<Item = Region<'_>> {
        self.regions.iter()
    }

    /// The region that holds the byte at `offset`, if somebody claimed it.
    pub fn owner(&self, offset: u64) -> Option<Region<'_>> {
        self.regions.before(offset.checked_add(1)?).filter(|r| r.end() > offset)
    }

    /// The start of the first region that starts at or behind `offset`.
    pub fn next_claim(&self, offset: u64) -> Option<u64> {
        self.regions.from(offset)
    }

    /// Claims a range. A claim of no bytes is accepted and leaves no trace.
    ///
    /// # Errors
    /// [`ClaimError`] when the range is taken or outside the image; nothing has changed then.
    pub fn claim(
        &mut self,
        at: u64,
        name: impl AsRef<str>,
        content: impl Into<Content>,
    ) -> Result<(), ClaimError> {
        let (name, content) = (name.as_ref(), content.into());
        let len = content.len();
        let end = match at.checked_add(len) {
            Some(end) if end <= self.len => end,
            _ => {
                let (name, image_len) = (name.into(), self.len);
                return Err(ClaimError::PastEnd { name, at, len, image_len });
            }
        };
        if len == 0 {
            return Ok(());
        }
        if let Some(o) = self.regions.before(end).filter(|o| o.end() > at) {
            let (owner, owner_at, owner_end) = (o.name.into(), o.at, o.end());
            let name = name.into();
            return Err(ClaimError::Overlap { name, at, end, owner, owner_at, owner_end });
        }
        let too_many = || ClaimError::TooManyNames { name: name.into(), max: u32::MAX };
        self.regions.insert(at, name, content).ok_or_else(too_many)
    }

    /// Puts a whole layout (a file system) at `at`, its names prefixed with `name/`.
    /// Only what the child claimed is claimed here.
    ///
    /// # Errors
    /// [`ClaimError`] when the child does not fit or overlaps; part of it may be claimed then.
    pub fn mount(&mut self, at: u64, name: &str, child: Layout) -> Result<(), ClaimError> {
        if at.checked_add(child.len).is_none_or(|end| end > self.len) {
            let (name, len) = (name.into(), child.len);
            return Err(ClaimError::PastEnd { name, at, len, image_len: self.len });
        }
        child.regions.drain(|r| self.claim(at + r.at, format!("{name}/{}", r.name), r.content))
    }

    /// Adds what another layout of the same image claims, under the names that it has there.
    ///
    /// # Errors
    /// [`ClaimError`] when that overlaps or lies outside; part of it may be claimed then.
    pub fn merge(&mut self, other: Layout) -> Result<(), ClaimError> {
        other.regions.drain(|r| self.claim(r.at, r.name, r.content))
    }
}

/// A line for each region: offset, length, kind, name; unclaimed gaps as `-`.
impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |f: &mut fmt::Formatter<'_>, at: u64, len: u64, kind: &str, name: &str| {
            writeln!(f, "{}", format!("{at:012x} {len:>13}  {kind:<6} {name}").trim_end())
        };
        let mut at = 0;
        for r in self.regions() {
            if r.at > at {
                line(f, at, r.at - at, "-", "")?;
            }
            let kind = match r.content {
                Content::Bytes(_) | Content::Condensed(_) | Content::Counting { .. } => "bytes",
                Content::Source { .. } => "source",
                Content::Zero { .. } => "zero",
            };
            line(f, r.at, r.content.len(), kind, r.name)?;
            at = r.end();
        }
        if at < self.len {
            line(f, at, self.len - at, "-", "")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceId;

    #[test]
    fn an_overlap_names_both_owners() {
        let mut l = Layout::new(0x10000);
        l.claim(0x200, "grub/core.img", vec![1; 0x7530]).unwrap();
        let e = l.claim(0x4000, "copy", vec![1; 0x200]).unwrap_err();
        assert_eq!(
            e.to_string(),
            "`copy` wants 0x4000..0x4200, but `grub/core.img` owns 0x200..0x7730"
        );
        // From before, from inside, from behind; touching is no overlap.
        assert!(l.claim(0, "a", vec![0; 0x201]).is_err());
        assert!(l.claim(0x772f, "b", vec![0]).is_err());
        assert!(l.claim(0, "around", Content::Zero { len: 0x10000 }).is_err());
        l.claim(0x7730, "behind", vec![0]).unwrap();
        l.claim(0x1ff, "before", vec![0]).unwrap();
        assert_eq!(l.owner(0x772f).unwrap().name, "grub/core.img");
        assert!(l.owner(0x7731).is_none());
    }

    #[test]
    fn nothing_lies_outside() {
        let mut l = Layout::new(10);
        assert!(l.claim(9, "two", vec![0; 2]).is_err());
        assert!(l.claim(u64::MAX, "wrap", vec![0; 2]).is_err());
        assert!(l.mount(8, "fs", Layout::new(3)).is_err());
        l.claim(10, "nothing", vec![]).unwrap();
        assert_eq!(l.regions().count(), 0);
    }

    #[test]
    fn two_layouts_of_one_image_are_one() {
        let (mut table, mut whole) = (Layout::new(1000), Layout::new(1000));
        let mut code = Layout::new(1000);
        for (part, at, name) in [(&mut table, 440, "table"), (&mut code, 0, "boot code")] {
            part.claim(at, name, vec![at as u8; 9]).unwrap();
            whole.claim(at, name, vec![at as u8; 9]).unwrap();
        }
        let mut merged = table.clone();
        merged.merge(code).unwrap();
        assert_eq!(merged, whole);
        let e = merged.merge(table).unwrap_err();
        assert!(matches!(e, ClaimError::Overlap { .. }), "{e}");
        let mut longer = Layout::new(2000);
        longer.claim(1500, "elsewhere", vec![1]).unwrap();
        assert!(matches!(whole.merge(longer), Err(ClaimError::PastEnd { .. })));
    }

    #[test]
    fn counts_in_little_endian_from_any_byte_on() {
        let c = Content::counting(u32::MAX - 1, 4);
        let mut all = [0; 16];
        assert!(c.read_at(0, &mut all));
        assert_eq!(all, [254, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 1, 0, 0, 0]);
        let mut part = [0; 5];
        assert!(c.slice(3, 10).slice(2, 8).read_at(2, &mut part));
        assert_eq!(part, all[7..12]);
    }

    #[test]
    fn prints_every_byte_once() {
        let mut fs = Layout::new(100);
        fs.claim(10, "superblock", vec![1; 5]).unwrap();
        fs.claim(20, "file /x", Content::Source { id: SourceId(0), offset: 0, len: 7 }).unwrap();
        let mut l = Layout::new(200);
        l.mount(50, "isos", fs).unwrap();
        assert_eq!(
            l.to_string(),
            "000000000000            60  -\n\
             00000000003c             5  bytes  isos/superblock\n\
             000000000041             5  -\n\
             000000000046             7  source isos/file /x\n\
             00000000004d           123  -\n"
        );
    }
}
