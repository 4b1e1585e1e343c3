//! The list of all block devices.

use crate::mounts::Mounts;
use crate::partitions::{SECTOR, partitions};
use crate::probed::Probed;
use crate::system::{Error, System};
use crate::{BlockDevice, Bus, Content, Identity, Kind, Users};

const BLOCK: &str = "/sys/block";

/// The block devices of a system that are no partitions, by their names.
///
/// # Errors
/// If the kernel does not say which there are, who uses them, or what is mounted.
pub fn list(system: &System) -> Result<Vec<BlockDevice>, Error> {
    let mounts = Mounts::read(system)?;
    let names = system.names(BLOCK);
    let mut names = names.map_err(|source| Error::Sysfs { path: system.path(BLOCK), source })?;
    // So that `loop2` comes before `loop10`.
    names.sort_by_key(|name| (name.len(), name.clone()));
    names.into_iter().filter_map(|name| device(system, &mounts, name).transpose()).collect()
}

/// The device of this name; `None` if it has gone, or the kernel hides it.
fn device(system: &System, mounts: &Mounts, name: String) -> Result<Option<BlockDevice>, Error> {
    let sysfs = format!("{BLOCK}/{name}");
    let of = |attribute: &str| format!("{sysfs}/{attribute}");
    let is = |attribute: &str| system.number(of(attribute)) == Some(1);
    let Some(sectors) = system.number(of("size")) else { return Ok(None) };
    let size = sectors.saturating_mul(SECTOR);
    // A hidden device is one of several paths to an NVMe disk, which is listed under a name of its
    // own.
    if is("hidden") {
        return Ok(None);
    }
    let kind = Kind::of(system, &name, &sysfs);
    // A `/` of a name in /dev is a `!` in sysfs.
    let path = format!("/dev/{}", name.replace('!', "/"));
    // To look at anything else helps nobody, and may move its tray, or wait for another machine.
    let probed = || match kind {
        Kind::Disk | Kind::Loop if size > 0 => Probed::open(&system.path(&path)),
        _ => None,
    };
    let mut content = Content::by_udev(system, &sysfs);
    if content.is_unknown() {
        content = probed().map_or_else(Content::default, |device| device.whole());
    }
    Ok(Some(BlockDevice {
        number: system.attribute(of("dev")),
        size,
        sequence: system.number(of("diskseq")),
        sector_size: system.number(of("queue/logical_block_size")).unwrap_or(SECTOR),
        kind,
        bus: Bus::of(system, &sysfs),
        removable: is("removable"),
        read_only: is("ro"),
        identity: Identity::of(system, &sysfs),
        backing_file: system.attribute(of("loop/backing_file")),
        same_bytes: mounts.same_bytes(&name),
        content,
        users: Users::of(system, mounts, &name, &sysfs)?,
        partitions: partitions(system, mounts, &sysfs, &probed)?,
        path,
        name,
    }))
}
