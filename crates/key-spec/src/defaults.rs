//! The defaults: the meaning of whatever a spec leaves out, and so all of it where there is no
//! spec.

use crate::choice::{Filesystem, Firmware, Table};
use crate::menu::{DefaultEntry, Menu, Theme, Timeout};
use crate::packages::Packages;
use crate::size::{AutoSize, RestSize};
use crate::spec::{BootPartition, Esp, Isos, Key, Spec};
use crate::text::fixed;
use image_layout::SectorSize;

/// The spec of a command line that names no spec: an image of the smallest size that fits, without
/// any ISO yet.
impl Default for Spec {
    fn default() -> Self {
        Self {
            key: Key::default(),
            boot: BootPartition::default(),
            esp: Esp::default(),
            isos: Isos::default(),
            menu: Menu::default(),
            packages: Packages::default(),
            iso: Vec::new(),
            tree: Vec::new(),
            entry: Vec::new(),
            xen: None,
        }
    }
}

impl Default for Key {
    fn default() -> Self {
        Self {
            name: None,
            size: AutoSize::Auto,
            table: Table::Mbr,
            firmware: vec![Firmware::Bios, Firmware::UefiX64],
            secure_boot: false,
            sector_size: SectorSize::Bytes512,
            seed: None,
            time: None,
        }
    }
}

impl Default for BootPartition {
    fn default() -> Self {
        Self { label: fixed("usbboot"), filesystem: Filesystem::Ext3, size: AutoSize::Auto }
    }
}

impl Default for Esp {
    fn default() -> Self {
        Self { filesystem: None, size: AutoSize::Auto }
    }
}

impl Default for Isos {
    fn default() -> Self {
        Self {
            label: fixed("isos"),
            filesystem: Filesystem::Ext3,
            size: RestSize::Rest,
            checksums: false,
        }
    }
}

impl Default for Menu {
    fn default() -> Self {
        Self {
            timeout: Timeout::Seconds(5),
            default: DefaultEntry::Number(0),
            serial: false,
            theme: Theme::Default,
            locale: None,
            keyboard: None,
            password: None,
            extra: None,
        }
    }
}
