//! VHD: fixed (the image and a footer) and dynamic (tables, and the blocks that are not zero).

use super::container::{Container, Run, store, used_units};
use crate::DiskIdentity;
use crate::format::vhd::{
    BLOCK, CONECTIX, CXSPARSE, DYNAMIC, DynamicHeader, EPOCH, FIXED, Footer, NOTHING, RESERVED,
    SECTOR, UNUSED, VERSION,
};
use image_layout::{ClaimError, Layout};

/// Largest disk, as other programs see it.
const MOST: u64 = 2040 << 30;
/// The unit that file systems share and store whole.
const PAGE: u64 = 4096;

/// The image with a footer behind it; `None` when it is larger than the format allows.
pub(crate) fn fixed_vhd(
    image: &Layout,
    id: &DiskIdentity,
) -> Result<Option<Container>, ClaimError> {
    if image.len() > MOST {
        return Ok(None);
    }
    let mut file = Layout::new(image.len() + SECTOR);
    let runs = vec![Run { at: 0, image: 0, len: image.len() }];
    store(image, &runs, &mut file)?;
    file.claim(image.len(), "vhd/footer", footer(image.len(), FIXED, id))?;
    Ok(Some(Container { layout: file, runs }))
}

/// The blocks of the image that hold something, behind a table; `None` when it is larger than
/// the format allows.
pub(crate) fn dynamic_vhd(
    image: &Layout,
    id: &DiskIdentity,
) -> Result<Option<Container>, ClaimError> {
    if image.len() > MOST {
        return Ok(None);
    }
    let footer = footer(image.len(), DYNAMIC, id);
    // OK to cast, here and below: at most 2040 GiB / 2 MiB, and sectors of a file that is hardly
    // larger than that.
    let blocks = image.len().div_ceil(BLOCK) as u32;
    let table_at = 3 * SECTOR;
    let table_len = (u64::from(blocks) * 4).next_multiple_of(SECTOR);
    let mut table = vec![UNUSED.to_be_bytes(); table_len as usize / 4];
    let (mut runs, mut bitmaps, mut end) = (Vec::new(), Vec::new(), table_at + table_len);
    for block in used_units(image, BLOCK).into_iter().flatten() {
        // The bitmap's sector lies before the block; the block starts where blocks of a
        // file system do, so that they can be shared.
        let at = (end + SECTOR).next_multiple_of(PAGE);
        bitmaps.push(at - SECTOR);
        table[block as usize] = (((at - SECTOR) / SECTOR) as u32).to_be_bytes();
        let image_at = block * BLOCK;
        runs.push(Run { at, image: image_at, len: BLOCK.min(image.len() - image_at) });
        end = at + BLOCK;
    }
    let mut file = Layout::new(end + SECTOR);
    file.claim(0, "vhd/copy of the footer", footer.clone())?;
    let mut header = DynamicHeader {
        cookie: *CXSPARSE,
        data_offset: NOTHING.into(),
        table_offset: table_at.into(),
        header_version: VERSION.into(),
        max_table_entries: blocks.into(),
        block_size: (BLOCK as u32).into(),
        ..DynamicHeader::zeroed()
    };
    header.checksum = checksum(&header.to_bytes()).into();
    file.claim(SECTOR, "vhd/dynamic disk header", header.to_bytes().to_vec())?;
    file.claim(table_at, "vhd/block allocation table", table.concat())?;
    for at in bitmaps {
        file.claim(at, "vhd/sector bitmap", vec![0xFF; SECTOR as usize])?;
    }
    store(image, &runs, &mut file)?;
    file.claim(end, "vhd/footer", footer)?;
    Ok(Some(Container { layout: file, runs }))
}

fn footer(len: u64, disk_type: u32, id: &DiskIdentity) -> Vec<u8> {
    let time = (id.time - EPOCH).clamp(0, i64::from(u32::MAX));
    let mut footer = Footer {
        cookie: *CONECTIX,
        features: RESERVED.into(),
        file_format_version: VERSION.into(),
        data_offset: if disk_type == FIXED { NOTHING } else { SECTOR }.into(),
        // OK to cast: clamped.
        time_stamp: (time as u32).into(),
        creator_application: *b"bkey",
        creator_version: VERSION.into(),
        creator_host_os: *b"Wi2k",
        original_size: len.into(),
        current_size: len.into(),
        // The largest geometry there is means "look at the size": what a smaller one says would
        // be less than that, because few sizes are a product, and some programs believe it.
        cylinders: 65_535.into(),
        heads: 16,
        sectors_per_track: 255,
        disk_type: disk_type.into(),
        unique_id: id.uuid,
        ..Footer::zeroed()
    };
    footer.checksum = checksum(&footer.to_bytes()).into();
    footer.to_bytes().to_vec()
}

/// The checksum of a structure in which the field for it is zero.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().map(|b| u32::from(*b)).sum::<u32>()
}
