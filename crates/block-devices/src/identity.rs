//! By what a person knows a device: its maker, its model, and where it is plugged in.

use crate::System;
use core::fmt;
use serde::Serialize;
use std::path::PathBuf;

/// The names that a device gives itself. They are the device's own words: anything may stand there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Its maker.
    pub vendor: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
}

/// The way that a device is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bus {
    /// USB.
    Usb,
    /// A slot for SD cards.
    Sd,
    /// A chip on the board.
    Emmc,
    /// NVM Express.
    Nvme,
    /// SATA or the older ATA.
    Ata,
    /// A virtual machine's.
    Virtio,
    /// SCSI, in other ways than these.
    Scsi,
}

impl fmt::Display for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Usb => "USB",
            Self::Sd => "SD card",
            Self::Emmc => "eMMC",
            Self::Nvme => "NVMe",
            Self::Ata => "ATA",
            Self::Virtio => "virtio",
            Self::Scsi => "SCSI",
        })
    }
}

impl Bus {
    /// The bus of the device whose directory in sysfs this is.
    pub(crate) fn of(system: &System, sysfs: &str) -> Option<Self> {
        let real = system.resolve(sysfs)?;
        let names: Vec<_> = real.components().map(|c| c.as_os_str().to_string_lossy()).collect();
        // A number must follow: a name such as `usbx` is none of the kernel's.
        let has = |prefix: &str| {
            names.iter().any(|name| {
                let rest = name.strip_prefix(prefix).unwrap_or_default();
                rest.starts_with(|c: char| c.is_ascii_digit())
            })
        };
        match () {
            () if has("usb") => Some(Self::Usb),
            () if has("mmc") => match system.attribute(format!("{sysfs}/device/type")).as_deref() {
                Some("SD") => Some(Self::Sd),
                _ => Some(Self::Emmc),
            },
            () if has("nvme") => Some(Self::Nvme),
            () if has("ata") => Some(Self::Ata),
            () if has("virtio") => Some(Self::Virtio),
            () if has("host") => Some(Self::Scsi),
            () => None,
        }
    }
}

impl Identity {
    /// The identity of the device whose directory in sysfs this is.
    pub(crate) fn of(system: &System, sysfs: &str) -> Self {
        let of_device = |name: &str| system.attribute(format!("{sysfs}/device/{name}"));
        let usb = usb_device(system, sysfs);
        let of_usb = |name: &str| system.attribute(usb.as_ref()?.join(name));
        Self {
            // "ATA" is what Linux says of all disks of that kind; a virtio disk has a PCI number.
            vendor: of_device("vendor")
                .filter(|vendor| vendor != "ATA" && !vendor.starts_with("0x"))
                .or_else(|| of_usb("manufacturer")),
            model: of_device("model").or_else(|| of_device("name")).or_else(|| of_usb("product")),
            serial: of_device("serial")
                .or_else(|| of_usb("serial"))
                .or_else(|| system.attribute(format!("{sysfs}/serial"))),
        }
    }
}

/// The directory of the USB device that a disk is in, which has what its SCSI commands do not say.
fn usb_device(system: &System, sysfs: &str) -> Option<PathBuf> {
    let real = system.resolve(sysfs)?;
    let above = real.ancestors().find(|dir| system.is_there(dir.join("idVendor")))?;
    Some(above.to_owned())
}
