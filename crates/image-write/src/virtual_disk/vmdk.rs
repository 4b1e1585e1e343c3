//! VMDK, `monolithicSparse`: header and descriptor, two copies of the tables, and then the grains
//! in their order. Machines can write to it, which they cannot with `streamOptimized`.

use super::container::{Container, Run, store, table, used_units};
use crate::DiskIdentity;
use crate::format::vmdk::{FLAGS, GRAIN, GTES_PER_GT, MAGIC, SECTOR, SparseExtentHeader};
use image_layout::{ClaimError, Layout};

/// The file's name in the descriptor. VMware alone looks at it. The file's real name
/// must not change a byte of it.
const FILE: &str = "key.vmdk";
/// Sectors of a grain table.
const TABLE: u64 = GTES_PER_GT * 4 / SECTOR;
/// Room for the descriptor, in sectors: what others use.
const DESCRIPTOR: u64 = 20;

/// The image as a VMDK file; `None` when it is larger than 32 bits of sectors can say.
pub(crate) fn vmdk(image: &Layout, id: &DiskIdentity) -> Result<Option<Container>, ClaimError> {
    let capacity = image.len() / SECTOR;
    let used = used_units(image, GRAIN * SECTOR);
    let data: u64 = used.iter().map(|r| r.end - r.start).sum();
    let tables = capacity.div_ceil(GRAIN * GTES_PER_GT);
    let directory = (tables * 4).div_ceil(SECTOR);
    let rgd = 1 + DESCRIPTOR;
    let gd = rgd + directory + tables * TABLE;
    let overhead = (gd + directory + tables * TABLE).next_multiple_of(GRAIN);
    let sectors = overhead + data * GRAIN;
    if u32::try_from(sectors).is_err() {
        return Ok(None);
    }
    let header = SparseExtentHeader {
        magicNumber: MAGIC.into(),
        version: 1.into(),
        flags: FLAGS.into(),
        capacity: capacity.into(),
        grainSize: GRAIN.into(),
        descriptorOffset: 1.into(),
        descriptorSize: DESCRIPTOR.into(),
        // OK to cast, here and below: a small constant, and sectors that were checked above.
        numGTEsPerGT: (GTES_PER_GT as u32).into(),
        rgdOffset: rgd.into(),
        gdOffset: gd.into(),
        overHead: overhead.into(),
        singleEndLineChar: b'\n',
        nonEndLineChar: b' ',
        doubleEndLineChar1: b'\r',
        doubleEndLineChar2: b'\n',
        ..SparseExtentHeader::zeroed()
    };
    let mut file = Layout::new(sectors * SECTOR);
    file.claim(0, "vmdk/header", header.to_bytes().to_vec())?;
    file.claim(SECTOR, "vmdk/descriptor", descriptor(capacity, id).into_bytes())?;

    let (mut runs, mut at) = (Vec::new(), overhead);
    let mut entries = vec![0; (tables * TABLE * SECTOR) as usize];
    for units in used {
        for unit in units.clone() {
            put(&mut entries, unit, at + (unit - units.start) * GRAIN);
        }
        let grains = units.end - units.start;
        let (image, len) = (units.start * GRAIN * SECTOR, grains * GRAIN * SECTOR);
        runs.push(Run { at: at * SECTOR, image, len });
        at += grains * GRAIN;
    }
    let entries = table(entries);
    for (directory_at, name) in [(rgd, "vmdk/redundant"), (gd, "vmdk/primary")] {
        let first = directory_at + directory;
        let mut bytes = vec![0; (tables * 4) as usize];
        (0..tables).for_each(|n| put(&mut bytes, n, first + n * TABLE));
        file.claim(directory_at * SECTOR, format!("{name} grain directory"), bytes)?;
        file.claim(first * SECTOR, format!("{name} grain tables"), entries.clone())?;
    }
    store(image, &runs, &mut file)?;
    Ok(Some(Container { layout: file, runs }))
}

fn descriptor(capacity: u64, id: &DiskIdentity) -> String {
    let [a, b, c, d, ..] = id.uuid;
    let cid = u32::from_be_bytes([a, b, c, d]);
    // All ones would mean "no parent".
    let cid = if cid == u32::MAX { 1 } else { cid };
    let cylinders = (capacity / (16 * 63)).clamp(1, 16_383);
    format!(
        "# Disk DescriptorFile\nversion=1\nCID={cid:08x}\nparentCID=ffffffff\n\
         createType=\"monolithicSparse\"\n\n# Extent description\n\
         RW {capacity} SPARSE \"{FILE}\"\n\n# The Disk Data Base\n#DDB\n\n\
         ddb.virtualHWVersion = \"4\"\nddb.geometry.cylinders = \"{cylinders}\"\n\
         ddb.geometry.heads = \"16\"\nddb.geometry.sectors = \"63\"\n\
         ddb.adapterType = \"ide\"\n"
    )
}

/// Sets entry `index` of a table of little-endian numbers of 32 bits.
fn put(table: &mut [u8], index: u64, sector: u64) {
    // OK to cast: an index of what is in memory, and a sector that was checked.
    let at = index as usize * 4;
    table[at..at + 4].copy_from_slice(&(sector as u32).to_le_bytes());
}
