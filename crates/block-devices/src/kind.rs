//! What a block device is.

use crate::System;
use serde::Serialize;

/// The kind of a block device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A disk, a stick or a card.
    Disk,
    /// A drive for CDs and DVDs.
    Optical,
    /// A drive for floppy disks.
    Floppy,
    /// The part of an eMMC chip that its firmware starts from, or raw flash.
    FirmwareFlash,
    /// A file as a device.
    Loop,
    /// A device on another machine, or in another program (network block device).
    Nbd,
    /// Memory as a device: zram, a RAM disk.
    Memory,
    /// A device that the kernel makes of others, or of nothing: device-mapper, md, bcache.
    Composed,
}

/// The SCSI type of drives for CDs.
const SCSI_ROM: u64 = 5;

/// The directory in sysfs of devices that are on no bus.
const VIRTUAL: &str = "/sys/devices/virtual";

/// The directory in [`VIRTUAL`] of NVMe disks that the kernel may reach by several paths. They are
/// real disks all the same.
const NVME_OF_SEVERAL_PATHS: &str = "nvme-subsystem";

impl Kind {
    /// The kind of a device with this name and this directory in sysfs.
    pub(crate) fn of(system: &System, name: &str, sysfs: &str) -> Self {
        let is = |prefix: &str| {
            let number = name.strip_prefix(prefix).unwrap_or_default();
            !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
        };
        let is_virtual = || {
            let real = system.resolve(sysfs).unwrap_or_default();
            let inside = real.strip_prefix(VIRTUAL);
            inside.is_ok_and(|inside| !inside.starts_with(NVME_OF_SEVERAL_PATHS))
        };
        let is_emmc_boot = || name.starts_with("mmcblk") && name.contains("boot");
        match () {
            () if is("loop") => Self::Loop,
            () if is("nbd") => Self::Nbd,
            () if is("zram") || is("ram") => Self::Memory,
            () if is("fd") => Self::Floppy,
            () if is("mtdblock") || is_emmc_boot() => Self::FirmwareFlash,
            () if is("sr") || system.number(format!("{sysfs}/device/type")) == Some(SCSI_ROM) => {
                Self::Optical
            }
            () if is_virtual() => Self::Composed,
            () => Self::Disk,
        }
    }

    /// Whether the device is no disk of its own, but made of other devices, a file, or memory.
    pub fn is_virtual(self) -> bool {
        matches!(self, Self::Loop | Self::Nbd | Self::Memory | Self::Composed)
    }
}
