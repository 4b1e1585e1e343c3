//! VHD: fixed, the image with a footer; dynamic, read by its table of blocks. A block is taken as
//! a whole, whatever its bitmap says: what was never written reads as zero there.

use super::mapped::Mapped;
use super::{Unreadable, Whole};
use image_layout::{ReadAt as _, read_array};
use image_write::format::vhd::{CONECTIX, CXSPARSE, DYNAMIC, DynamicHeader, FIXED, Footer, SECTOR};
use std::io;

/// Entry of the table: the block is zeros.
const UNUSED: u64 = 0xffff_ffff;
/// The unit of a fixed disk, which lies in one piece.
const FIXED_UNIT: u64 = 1 << 20;

fn footer(file: &Whole) -> io::Result<Option<Footer>> {
    let Some(at) = file.len.checked_sub(SECTOR) else { return Ok(None) };
    let footer = Footer::from_bytes(&read_array(file, at)?);
    Ok(Some(footer).filter(|footer| footer.cookie == *CONECTIX))
}

pub(super) fn has_footer(file: &Whole) -> io::Result<bool> {
    Ok(footer(file)?.is_some())
}

pub(super) fn open(file: Whole) -> Result<Mapped, Unreadable> {
    let damaged = |what: &str| Unreadable::because(format!("a VHD, but damaged: {what}"));
    let footer = footer(&file)?.ok_or_else(|| damaged("its footer"))?;
    let len = footer.current_size.get();
    match footer.disk_type.get() {
        FIXED if len <= file.len - SECTOR => {
            let mut image = Mapped::new(file, len, FIXED_UNIT)?;
            image.in_one_piece();
            Ok(image)
        }
        DYNAMIC => {
            let header = DynamicHeader::from_bytes(&read_array(&file, footer.data_offset.get())?);
            let block = u64::from(header.block_size.get());
            if header.cookie != *CXSPARSE || !block.is_power_of_two() || block < SECTOR {
                return Err(damaged("its header"));
            }
            let bitmap = (block / SECTOR / 8).next_multiple_of(SECTOR);
            let mut image = Mapped::new(file, len, block)?;
            if image.count() > u64::from(header.max_table_entries.get()) {
                return Err(damaged("its table is too short"));
            }
            // OK to cast: no more than units, which are in memory.
            let count = image.count() as usize;
            let table = image.whole().read_vec(header.table_offset.get(), count * 4)?;
            for (n, chunk) in (0..).zip(table.chunks_exact(4)) {
                let sector = chunk.iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
                if sector != UNUSED {
                    image.set(n, sector * SECTOR + bitmap);
                }
            }
            Ok(image)
        }
        FIXED => Err(damaged("it is shorter than it says")),
        _ => Err(Unreadable::because("a VHD, but a part of another disk")),
    }
}
