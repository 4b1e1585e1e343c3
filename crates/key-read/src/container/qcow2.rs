//! qcow2, read by its two levels of tables. Images with compressed clusters, a backing file or
//! encryption, none of which bootkey writes, are refused.

use super::mapped::Mapped;
use super::{Unreadable, Whole};
use image_layout::{ReadAt as _, read_array};
use image_write::format::qcow2::Header;

/// Bits of an entry that are the offset.
const OFFSET: u64 = 0x00ff_ffff_ffff_fe00;
/// Bit of an L2 entry: compressed.
const COMPRESSED: u64 = 1 << 62;
/// Bit of an L2 entry: reads as zero.
const ZERO: u64 = 1;
/// `incompatible_features`: the image was not closed. Its tables are right all the same; only the
/// reference counts, which are not read here, may be wrong.
const DIRTY: u64 = 1;

pub(super) fn open(file: Whole) -> Result<Mapped, Unreadable> {
    let header = Header::from_bytes(&read_array(&file, 0)?);
    let version = header.version.get();
    let foreign = match () {
        () if !(2..=3).contains(&version) => "of an unknown version",
        () if header.backing_file_offset.get() != 0 => "a part of another, its backing file",
        () if header.crypt_method.get() != 0 => "encrypted",
        () if version == 3 && header.incompatible_features.get() & !DIRTY != 0 => {
            "with features that are not known here"
        }
        () if !(9..=21).contains(&header.cluster_bits.get()) => "damaged: its cluster size",
        () => "",
    };
    if !foreign.is_empty() {
        return Err(Unreadable::because(format!("a qcow2 image, but {foreign}")));
    }
    let cluster = 1 << header.cluster_bits.get();
    let per_table = cluster / 8;
    let mut image = Mapped::new(file, header.size.get(), cluster)?;
    let tables = image.count().div_ceil(per_table);
    if tables > u64::from(header.l1_size.get()) {
        return Err(Unreadable::because("a qcow2 image, but damaged: its L1 table is too short"));
    }
    for (table, l2) in (0..).zip(entries(&image, header.l1_table_offset.get(), tables)?) {
        if l2 & OFFSET == 0 {
            continue;
        }
        let first = table * per_table;
        let count = per_table.min(image.count() - first);
        for (n, entry) in (first..).zip(entries(&image, l2 & OFFSET, count)?) {
            if entry & COMPRESSED != 0 {
                let what = "a qcow2 image with compressed clusters; `qemu-img convert` it first";
                return Err(Unreadable::because(what));
            }
            if entry & ZERO == 0 {
                image.set(n, entry & OFFSET);
            }
        }
    }
    Ok(image)
}

/// Entries of a table.
fn entries(image: &Mapped, at: u64, count: u64) -> Result<Vec<u64>, Unreadable> {
    // OK to cast: no more than units, which are in memory.
    let bytes = image.whole().read_vec(at, count as usize * 8)?;
    let entry = |chunk: &[u8]| chunk.iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
    Ok(bytes.chunks_exact(8).map(entry).collect())
}
