//! What the catalogue says about an ISO.

use crate::Evidence;
use serde::Serialize;

/// What the catalogue says about an ISO.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// It boots, like this.
    Boots(Recognised),
    /// It does not.
    Refused {
        /// The recipe that says so.
        recipe: String,
        /// What the ISO is.
        title: String,
        /// Why it does not boot from here.
        reason: String,
        /// What to do next.
        suggestion: String,
    },
}

/// How an ISO boots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recognised {
    /// The recipe's id.
    pub recipe: String,
    /// The menu title. It may hold anything that the ISO's label holds:
    /// [`grub_config::Title`] cleans it.
    pub title: String,
    /// The class: the name of the entry's icon. A [`grub_config::Name`].
    pub class: String,
    /// Why we think so, as the rest of a sentence about the ISO: "has /ipxe.krn".
    pub why: String,
    /// How well we know that the recipe is right.
    pub evidence: Evidence,
    /// What GRUB has to do.
    pub boot: Boot,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// What GRUB has to do. Paths are absolute, within the ISO, and spelled as the ISO has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "method", rename_all = "kebab-case")]
pub enum Boot {
    /// `linux` and `initrd`.
    Linux {
        /// The kernel.
        kernel: String,
        /// The initrds, in order.
        initrds: Vec<String>,
        /// The kernel's parameters.
        args: Vec<String>,
    },
    /// `linux16` and `initrd16`.
    Linux16 {
        /// The kernel, or what looks like one.
        kernel: String,
        /// An initrd.
        initrd: Option<String>,
        /// The kernel's parameters.
        args: Vec<String>,
    },
    /// syslinux's memdisk as the kernel of `linux16`, an image as its initrd.
    Memdisk {
        /// The image.
        image: MemdiskImage,
        /// memdisk's parameters.
        args: Vec<String>,
    },
}

/// What memdisk makes a disk of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MemdiskImage {
    /// The ISO file itself.
    WholeIso,
    /// A file in the ISO.
    Inside(String),
}

impl Boot {
    /// Whether only a PC BIOS can do it: 16-bit entry points.
    pub fn bios_only(&self) -> bool {
        matches!(self, Self::Linux16 { .. } | Self::Memdisk { .. })
    }

    /// Whether syslinux's memdisk has to be on the key.
    pub fn needs_memdisk(&self) -> bool {
        matches!(self, Self::Memdisk { .. })
    }
}

/// What a key has besides GRUB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Available {
    /// syslinux's `memdisk` program.
    pub memdisk: bool,
}
