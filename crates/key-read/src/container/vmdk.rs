//! VMDK, hosted sparse extents in one file, read by their grain tables.

use super::mapped::Mapped;
use super::{Unreadable, Whole};
use image_layout::{ReadAt as _, read_array};
use image_write::format::vmdk::{SECTOR, SparseExtentHeader};

/// `flags`: grains are compressed.
const COMPRESSED: u32 = 1 << 16;
/// Largest grain that is taken for one: 64 MiB.
const MOST_SECTORS: u64 = 1 << 17;

pub(super) fn open(file: Whole) -> Result<Mapped, Unreadable> {
    let header = SparseExtentHeader::from_bytes(&read_array(&file, 0)?);
    let (grain, per_table) = (header.grainSize.get(), u64::from(header.numGTEsPerGT.get()));
    if header.flags.get() & COMPRESSED != 0 || header.compressAlgorithm.get() != 0 {
        let what = "a VMDK with compressed grains; `qemu-img convert` it first";
        return Err(Unreadable::because(what));
    }
    if !(1..=MOST_SECTORS).contains(&grain) || !(1..=4096).contains(&per_table) {
        return Err(Unreadable::because("a VMDK, but damaged: its grains"));
    }
    let len = header.capacity.get().saturating_mul(SECTOR);
    let mut image = Mapped::new(file, len, grain * SECTOR)?;
    let tables = image.count().div_ceil(per_table);
    for (table, at) in (0..).zip(entries(&image, header.gdOffset.get(), tables)?) {
        if at == 0 {
            continue;
        }
        let first = table * per_table;
        let count = per_table.min(image.count() - first);
        for (n, entry) in (first..).zip(entries(&image, at, count)?) {
            // 1: the grain is zeros.
            image.set(n, if entry > 1 { entry * SECTOR } else { 0 });
        }
    }
    Ok(image)
}

/// Entries of a table that starts at a sector.
fn entries(image: &Mapped, sector: u64, count: u64) -> Result<Vec<u64>, Unreadable> {
    // OK to cast: no more than units, which are in memory.
    let bytes = image.whole().read_vec(sector.saturating_mul(SECTOR), count as usize * 4)?;
    let entry = |chunk: &[u8]| chunk.iter().rev().fold(0, |n, byte| n << 8 | u64::from(*byte));
    Ok(bytes.chunks_exact(4).map(entry).collect())
}
