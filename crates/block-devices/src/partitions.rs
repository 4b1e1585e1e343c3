//! The partitions of a device, as the kernel knows them.

use crate::mounts::Mounts;
use crate::probed::Probed;
use crate::system::Error;
use crate::{Content, Partition, System, Users};

/// The unit of lengths in sysfs, whatever a device's sectors are.
pub(crate) const SECTOR: u64 = 512;

/// The partitions of the device with this directory in sysfs, in the order of their places.
pub(crate) fn partitions(
    system: &System,
    mounts: &Mounts,
    sysfs: &str,
    probed: &dyn Fn() -> Option<Probed>,
) -> Result<Vec<Partition>, Error> {
    let names = system.names_if_any(sysfs)?;
    let partition = |name: String| {
        let sysfs = format!("{sysfs}/{name}");
        let Some(number) = system.number(format!("{sysfs}/partition")) else { return Ok(None) };
        let bytes = |attribute: &str| {
            let sectors = system.number(format!("{sysfs}/{attribute}")).unwrap_or(0);
            sectors.saturating_mul(SECTOR)
        };
        let (start, size) = (bytes("start"), bytes("size"));
        // The table that udev names is that of the device.
        let mut content = Content { table: None, ..Content::by_udev(system, &sysfs) };
        if content.is_unknown() {
            content = probed().map_or_else(Content::default, |device| device.part(start, size));
        }
        let users = Users::of(system, mounts, &name, &sysfs)?;
        Ok(Some(Partition { name, number, start, size, content, users }))
    };
    let partitions = names.into_iter().filter_map(|name| partition(name).transpose());
    let mut partitions = partitions.collect::<Result<Vec<_>, Error>>()?;
    partitions.sort_by_key(|p| (p.start, p.number));
    Ok(partitions)
}
