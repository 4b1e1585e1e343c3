//! The partitions of a device, as the kernel knows them.

use crate::mounts::Mounts;
use crate::probed::Probed;
use crate::udev::Properties;
use crate::{Content, Partition, System, Users};

/// The unit of lengths in sysfs, whatever a device's sectors are.
pub(crate) const SECTOR: u64 = 512;

/// The partitions of the device with this directory in sysfs, in the order of their places.
pub(crate) fn partitions(
    system: &System,
    mounts: &Mounts,
    sysfs: &str,
    probed: &dyn Fn() -> Option<Probed>,
) -> Vec<Partition> {
    let names = system.names(sysfs).unwrap_or_default();
    let partition = |name: String| {
        let sysfs = format!("{sysfs}/{name}");
        let number = system.number(format!("{sysfs}/partition"))?;
        let bytes = |attribute: &str| {
            let sectors = system.number(format!("{sysfs}/{attribute}")).unwrap_or(0);
            sectors.saturating_mul(SECTOR)
        };
        let (start, size) = (bytes("start"), bytes("size"));
        let content = match properties(system, &sysfs) {
            Some(properties) => Content::of(&properties),
            None => probed().map_or_else(Content::default, |device| device.part(start, size)),
        };
        let users = Users::of(system, mounts, &name, &sysfs);
        Some(Partition { name, number, start, size, content, users })
    };
    let mut partitions: Vec<Partition> = names.into_iter().filter_map(partition).collect();
    partitions.sort_by_key(|p| (p.start, p.number));
    partitions
}

/// What udev knows of the device with this directory in sysfs.
pub(crate) fn properties(system: &System, sysfs: &str) -> Option<Properties> {
    Properties::of(system, &system.attribute(format!("{sysfs}/dev"))?)
}
