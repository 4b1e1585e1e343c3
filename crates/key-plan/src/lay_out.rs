//! The layout of the whole image, from a plan. A layout refuses parts that overlap.

use crate::error::Error;
use crate::partition::{Partition, PartitionContent, PartitionRole};
use crate::plan::Plan;
use grub_image::bios_setup::{self, Redundancy};
use grub_image::{CoreImage, EmbeddingArea, Platform, PlatformFiles};
use image_layout::Layout;
use partition_table::{Disk, Partition as TableEntry, Table};

/// The layout of the key: [the partitions](lay_out_partitions), and [GRUB](lay_out_bios_grub) where a
/// BIOS looks for it.
///
/// # Errors
/// As for both.
pub fn lay_out(plan: &Plan) -> Result<Layout, Error> {
    lay_out_with(plan, core_image(plan)?.as_ref())
}

/// As [`lay_out`], with the [core image](core_image) made before.
///
/// # Errors
/// As for [`lay_out`].
pub fn lay_out_with(plan: &Plan, core: Option<&CoreImage>) -> Result<Layout, Error> {
    let mut image = lay_out_partitions(plan)?;
    image.merge(lay_out_bios_grub(plan, core)?)?;
    Ok(image)
}

/// The layout of the partition table and the file systems: all that the key holds but what a BIOS
/// starts.
///
/// # Errors
/// [`Error`] if something exceeds the limits of the partition table.
pub fn lay_out_partitions(plan: &Plan) -> Result<Layout, Error> {
    let mut image = Layout::new(plan.len);
    image.mount(0, "partition table", table(plan)?.lay_out()?)?;
    for partition in &plan.partitions {
        if let PartitionContent::FileSystem { layout, .. } = &partition.content {
            image.mount(partition.at, partition.name(), layout.clone())?;
        }
    }
    Ok(image)
}

/// The core image that a BIOS starts; `None` if none starts the key. Most of the time that a small key
/// takes goes into the compression here, and no other byte depends on it: so the partitions can be written
/// meanwhile. Keys of the same GRUB with the same kernel and modules have the same.
///
/// # Errors
/// [`Error`] if GRUB's files are not what they should be.
pub fn core_image(plan: &Plan) -> Result<Option<CoreImage>, Error> {
    let Some(payload) = &plan.core_image else { return Ok(None) };
    Ok(Some(CoreImage::compress(bios_files(plan)?, payload)?))
}

/// GRUB's files for a BIOS.
fn bios_files(plan: &Plan) -> Result<&PlatformFiles, Error> {
    let platform = Platform::I386Pc;
    Ok(&plan.grub.platform(platform).ok_or(Error::NoPlatform { platform })?.files)
}

/// The layout of GRUB where a BIOS looks for it, with its [core image](core_image); empty if there is none.
///
/// # Errors
/// [`Error`] if something exceeds the limits of GRUB, or GRUB's files are not what they should be.
pub fn lay_out_bios_grub(plan: &Plan, core: Option<&CoreImage>) -> Result<Layout, Error> {
    let mut image = Layout::new(plan.len);
    if let Some(core) = core {
        image.mount(0, "grub", bios_grub(plan, core)?)?;
    }
    Ok(image)
}

/// The partition table, with the partitions in the order of their numbers.
fn table(plan: &Plan) -> Result<Table, Error> {
    let sector = plan.sector_size.bytes();
    let entry = |p: &Partition| TableEntry {
        first_lba: p.at / sector,
        sectors: p.len / sector,
        kind: p.kind(),
        name: p.name().to_owned(),
        guid: p.guid,
        active: p.role.is_active(),
        in_mbr: p.role.is_in_hybrid_mbr(),
    };
    let disk = Disk {
        scheme: plan.scheme,
        len: plan.len,
        sector_size: plan.sector_size,
        signature: plan.disk_signature,
        guid: plan.disk_guid,
    };
    Ok(Table::new(disk, plan.partitions.iter().map(entry))?)
}

/// The code that a BIOS starts: the boot sector, and core.img behind it or in its own partition.
fn bios_grub(plan: &Plan, core: &CoreImage) -> Result<Layout, Error> {
    let files = bios_files(plan)?;
    let sector = plan.sector_size.bytes();
    let area = match plan.partition(PartitionRole::BiosBoot) {
        Some(p) => EmbeddingArea::bios_boot_partition(p.at / sector, (p.at + p.len) / sector - 1)?,
        None => EmbeddingArea::mbr_gap(plan.partitions.iter().map(|p| p.at / sector))?,
    };
    let sector0 = table(plan)?.sector0();
    let installed = bios_setup::install(files, core, &sector0, &area, Redundancy::ReedSolomon)?;
    Ok(installed.lay_out(plan.len)?)
}
