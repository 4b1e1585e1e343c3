//! The disks of a machine.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::option::with_path;

/// The bus by which a disk is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bus {
    /// IDE, as an internal disk of an old machine; on a machine with UEFI, SATA.
    Ide,
    /// A USB stick at an EHCI controller: USB 2.
    Usb2,
    /// A USB stick at an xHCI controller: USB 3.
    Usb3,
    /// virtio-blk.
    Virtio,
    /// An SD card in a reader of its own. QEMU wants its length to be a power of two.
    Sd,
}

impl Bus {
    /// All buses, with the names that people give them.
    pub const ALL: [(&'static str, Self); 5] = [
        ("usb", Self::Usb3),
        ("usb2", Self::Usb2),
        ("virtio", Self::Virtio),
        ("ide", Self::Ide),
        ("sd", Self::Sd),
    ];

    /// QEMU's arguments for the controller, if the bus needs one.
    pub(crate) fn controller(self) -> Option<&'static str> {
        match self {
            Self::Ide | Self::Virtio => None,
            Self::Usb2 => Some("usb-ehci,id=ehci"),
            // Every machine has it, for keyboards.
            Self::Usb3 => None,
            Self::Sd => Some("sdhci-pci,id=sdhci"),
        }
    }

    fn device(self) -> &'static str {
        match self {
            Self::Ide => "ide-hd",
            Self::Usb2 => "usb-storage,bus=ehci.0",
            Self::Usb3 => "usb-storage,bus=xhci.0",
            Self::Virtio => "virtio-blk-pci",
            Self::Sd => "sd-card",
        }
    }
}

/// The form in which a file holds a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Its bytes, or a block device.
    Raw,
    /// QEMU's virtual disk.
    Qcow2,
    /// VMware's.
    Vmdk,
    /// Microsoft's first.
    Vhd,
}

impl Format {
    /// QEMU's name of it.
    pub(crate) fn qemu(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Qcow2 => "qcow2",
            Self::Vmdk => "vmdk",
            Self::Vhd => "vpc",
        }
    }
}

/// A disk of a machine.
#[derive(Debug, Clone)]
pub struct Disk {
    /// The file.
    pub path: PathBuf,
    /// Its form.
    pub format: Format,
    /// Where it is plugged in.
    pub bus: Bus,
    /// Whether the guest's writes go into the file. Else they are lost, and the file is opened for
    /// reading only.
    pub keep_writes: bool,
    /// Bytes in a sector, 512 or 4096. [`Bus::Ide`] has 512 only.
    pub sector_size: u32,
}

impl Disk {
    /// A raw image whose writes are lost, with sectors of 512 bytes.
    pub fn new(path: impl Into<PathBuf>, bus: Bus) -> Self {
        let path = path.into();
        Self { path, format: Format::Raw, bus, keep_writes: false, sector_size: 512 }
    }

    /// QEMU's arguments for the disk that the firmware tries as number `index`, from 0.
    pub(crate) fn arguments(&self, index: usize) -> [OsString; 4] {
        let snapshot = if self.keep_writes { "off" } else { "on" };
        // With `discard=unmap`, blocks that a guest discards become holes again.
        let drive = format!(
            ",if=none,id=disk{index},format={},discard=unmap,snapshot={snapshot}",
            self.format.qemu()
        );
        let sectors = match self.sector_size {
            512 => String::new(),
            n => format!(",logical_block_size={n},physical_block_size={n}"),
        };
        // 0 is a kernel's that QEMU starts itself. A card has no place in the order.
        let order = match self.bus {
            Bus::Sd => String::new(),
            _ => format!(",bootindex={}", index + 1),
        };
        let device = format!("{},drive=disk{index}{order}{sectors}", self.bus.device());
        ["-drive".into(), with_path("file=", &self.path, &drive), "-device".into(), device.into()]
    }
}
