//! From a plan to the layout of the whole image: three owners, disjoint by construction.

use crate::Error;
use crate::plan::{Partition, Plan};
use grub_image::bios_setup::{self, Redundancy};
use grub_image::{EmbeddingArea, ImageOptions, mkimage};
use image_layout::Layout;
use partition_table::{Disk, Guid, Kind, Partition as Entry, Scheme, SectorSize, Table};

/// Lays the key out: partition table, GRUB in front of the first partition, two file systems.
///
/// # Errors
/// When something does not fit ([`Error::DoesNotFit`], GRUB's limits) or GRUB's files are not
/// what they should be.
pub fn lay_out(plan: &Plan) -> Result<Layout, Error> {
    let sector_size = SectorSize::Bytes512;
    let entry = |p: &Partition, active| Entry {
        first_lba: p.at / sector_size.bytes(),
        sectors: p.len / sector_size.bytes(),
        kind: Kind::LINUX,
        name: p.label.clone(),
        guid: Guid::NIL,
        active,
        in_mbr: true,
    };
    let disk = Disk {
        scheme: Scheme::Mbr,
        len: plan.len,
        sector_size,
        signature: plan.disk_signature,
        guid: Guid::NIL,
    };
    let table = Table::new(disk, [entry(&plan.boot, true), entry(&plan.isos, false)])?;

    let platform = &plan.grub.platform;
    let core = mkimage::i386_pc(
        platform,
        &ImageOptions {
            modules: &plan.core.modules,
            prefix: &plan.core.prefix,
            config: Some(&plan.core.early_config),
            ..ImageOptions::default()
        },
    )?;
    let gap = EmbeddingArea::mbr_gap([plan.boot.at / sector_size.bytes()])?;
    let installed =
        bios_setup::install(platform, &core, &table.sector0(), &gap, Redundancy::ReedSolomon)?;

    let mut image = Layout::new(plan.len);
    image.mount(0, "mbr", table.lay_out()?)?;
    image.mount(0, "grub", installed.lay_out(plan.len)?)?;
    for (partition, what) in [(&plan.boot, "GRUB's files"), (&plan.isos, "the ISO files")] {
        let file_system = file_system(partition, what)?;
        image.mount(partition.at, &partition.label, file_system)?;
    }
    Ok(image)
}

fn file_system(partition: &Partition, what: &'static str) -> Result<Layout, Error> {
    fs_ext::lay_out(&partition.tree, partition.len, &partition.options).map_err(|e| match e {
        fs_ext::Error::DoesNotFit { smallest, .. } => Error::DoesNotFit {
            what,
            label: partition.label.clone(),
            len: partition.len,
            needed: smallest,
            short: smallest.and_then(|n| n.checked_sub(partition.len)),
            sized_by: partition.sized_by,
        },
        source => Error::FileSystem { label: partition.label.clone(), source },
    })
}
