//! What lies on a device, by its own bytes, where udev has not looked.

use crate::Content;
use core::ops::Range;
use key_read::{Content as Signature, Disk, DiskImage, FileSystem, Part, ReadAt as _, recognise};
use partition_table::Scheme;
use std::path::Path;

/// Where ZFS keeps the first copy of its uberblocks, and what each of them starts with.
const UBERBLOCKS: Range<u64> = 0x2_0000..0x4_0000;
const UBERBLOCK: [u8; 8] = 0x00ba_b10c_u64.to_le_bytes();

/// A device that is looked at.
#[derive(Debug)]
pub(crate) struct Probed(DiskImage);

impl Probed {
    /// The device, if it may be read.
    pub fn open(path: &Path) -> Option<Self> {
        DiskImage::open(path).ok().map(Self)
    }

    /// The content of the whole device.
    pub fn whole(&self) -> Content {
        let Ok(disk) = Disk::read(&self.0) else { return Content::default() };
        let table = disk.table().map(|table| match table.scheme {
            Scheme::Mbr => "MBR".to_owned(),
            Scheme::Gpt | Scheme::Hybrid => "GPT".to_owned(),
        });
        Content { table, ..of(disk.whole()) }
    }

    /// The content of a part of the device.
    pub fn part(&self, start: u64, len: u64) -> Content {
        of(Part::all(&self.0).part(start, len))
    }
}

/// What lies in a part. What cannot be read holds nothing that is known.
fn of(part: Part<'_>) -> Content {
    let nothing = Content::default();
    if let Ok(Some(files)) = FileSystem::open(part) {
        let label = files.label().ok().flatten();
        let label = label.map(|label| String::from_utf8_lossy(&label).into_owned());
        return nothing.named(&files.kind(), label);
    }
    match recognise(part) {
        Ok(Signature::Known { name, .. }) => nothing.named(name, None),
        _ if is_zfs(part) => nothing.named("ZFS", None),
        _ => nothing,
    }
}

fn is_zfs(part: Part<'_>) -> bool {
    let there = part.len().saturating_sub(part.missing());
    if there < UBERBLOCKS.end {
        return false;
    }
    // OK to cast: 128 KiB.
    let read = part.read_vec(UBERBLOCKS.start, (UBERBLOCKS.end - UBERBLOCKS.start) as usize);
    let mut big = UBERBLOCK;
    big.reverse();
    let is = |block: &[u8]| block.starts_with(&UBERBLOCK) || block.starts_with(&big);
    read.is_ok_and(|blocks| blocks.chunks(1024).any(is))
}
