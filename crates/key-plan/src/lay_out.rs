//! From a plan to the layout of the whole image: its owners are disjoint by construction.

use crate::Error;
use crate::file_system::FileSystem;
use crate::plan::{Core, Partition, Plan};
use grub_image::bios_setup::{self, Redundancy};
use grub_image::{EmbeddingArea, ImageOptions, Platform, mkimage};
use image_layout::Layout;
use partition_table::{Disk, Partition as Entry, PartitionType, Table};

/// Lays the key out: partition table, GRUB where the firmware looks for it, the file systems.
///
/// # Errors
/// When something does not fit ([`Error::DoesNotFit`], GRUB's limits) or GRUB's files are not
/// what they should be.
pub fn lay_out(plan: &Plan) -> Result<Layout, Error> {
    let table = table(plan)?;
    let mut image = Layout::new(plan.len);
    image.mount(0, "partition table", table.lay_out()?)?;
    if let Some(core) = &plan.core {
        image.mount(0, "grub", bios_grub(plan, core, &table)?)?;
    }
    for (partition, what) in [(&plan.boot, "GRUB's files"), (&plan.isos, "the ISO files")] {
        image.mount(partition.at, &partition.label, partition.lay_out(what)?)?;
    }
    let persistence = plan.persistence.iter().map(|p| (p, "the files of `persistence`"));
    for (p, what) in persistence.chain(plan.cidata.iter().map(|p| (p, "the answers"))) {
        image.mount(p.at, &p.label, p.lay_out(what)?)?;
    }
    if let Some(esp) = &plan.esp {
        image.mount(esp.at, "EFI system", fs_fat::lay_out(&esp.tree, esp.len, &esp.options)?)?;
    }
    Ok(image)
}

/// Partitions by their numbers: 1 GRUB's, 2 the ISOs', then the EFI system partition, those for
/// changes and answers, and last the BIOS boot partition. That is not their order on the disk.
fn table(plan: &Plan) -> Result<Table, Error> {
    let sector = plan.sector_size.bytes();
    let entry = |kind, name: &str, at: u64, len: u64, guid| Entry {
        first_lba: at / sector,
        sectors: len / sector,
        kind,
        name: name.to_owned(),
        guid,
        active: false,
        in_mbr: true,
    };
    let own = |p: &Partition| {
        let kind = match p.file_system {
            FileSystem::Ext(_) => PartitionType::LINUX,
            FileSystem::Fat(_) => PartitionType::BASIC_DATA,
        };
        entry(kind, &p.label, p.at, p.len, p.guid)
    };
    // Some BIOSes boot no stick without an active partition.
    let mut entries = vec![Entry { active: true, ..own(&plan.boot) }, own(&plan.isos)];
    if let Some(p) = &plan.esp {
        entries.push(entry(PartitionType::EFI_SYSTEM, "EFI system", p.at, p.len, p.guid));
    }
    // A hybrid's MBR has room for those that firmware starts from, and who uses these reads a GPT.
    for p in plan.persistence.iter().chain(&plan.cidata) {
        entries.push(Entry { in_mbr: false, ..own(p) });
    }
    if let Some(p) = &plan.bios_boot {
        let entry = entry(PartitionType::BIOS_BOOT, "BIOS boot", p.at, p.len, p.guid);
        entries.push(Entry { in_mbr: false, ..entry });
    }
    let disk = Disk {
        scheme: plan.scheme,
        len: plan.len,
        sector_size: plan.sector_size,
        signature: plan.disk_signature,
        guid: plan.disk_guid,
    };
    Ok(Table::new(disk, entries)?)
}

/// What a BIOS starts: the boot sector, and core.img behind it or in its own partition.
fn bios_grub(plan: &Plan, core: &Core, table: &Table) -> Result<Layout, Error> {
    let platform = Platform::I386Pc;
    let files = &plan.grub.platform(platform).ok_or(Error::NoPlatform { platform })?.files;
    let options = ImageOptions {
        modules: &core.modules,
        prefix: &core.prefix,
        config: Some(&core.early_config),
        ..ImageOptions::default()
    };
    let image = mkimage::i386_pc(files, &options)?;
    let sector = plan.sector_size.bytes();
    let area = match &plan.bios_boot {
        Some(p) => EmbeddingArea::bios_boot_partition(p.at / sector, (p.at + p.len) / sector - 1)?,
        None => EmbeddingArea::mbr_gap([plan.boot.at / sector])?,
    };
    let installed =
        bios_setup::install(files, &image, &table.sector0(), &area, Redundancy::ReedSolomon)?;
    Ok(installed.lay_out(plan.len)?)
}
