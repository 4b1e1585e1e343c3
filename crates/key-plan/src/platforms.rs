//! The spec's words in the terms of the crates that do the work.

use grub_image::Platform;
use key_spec::{Firmware, Spec};
use partition_table::Scheme;

/// Modules inside GRUB's images: what reads the key, and enough of the rest that a menu and
/// readable messages appear even when the module directory is damaged. Never a disk driver of
/// GRUB's own (`ahci`, `usbms`, …): it would take the disks from the firmware.
pub(crate) const CORE_MODULES: &[&str] = &[
    "part_msdos",
    "part_gpt",
    "ext2",
    "fat",
    "iso9660",
    "search_fs_uuid",
    "search_label",
    "search",
    "normal",
    "configfile",
    "loopback",
    "linux",
    "echo",
    "test",
    "true",
    "ls",
    "cat",
    "loadenv",
    "minicmd",
    "halt",
    "reboot",
    "sleep",
    "serial",
    "terminal",
    "regexp",
];

/// What a BIOS' GRUB needs besides to read any disk; an EFI kernel has its part built in.
pub(crate) const BIOS_ONLY_MODULES: &[&str] = &["biosdisk"];

/// GRUB's platform for a firmware.
pub fn platform(firmware: Firmware) -> Platform {
    match firmware {
        Firmware::Bios => Platform::I386Pc,
        Firmware::UefiX64 => Platform::X86_64Efi,
        Firmware::UefiIa32 => Platform::I386Efi,
        Firmware::UefiArm64 => Platform::Arm64Efi,
    }
}

/// GRUB's platforms for all firmware that the key is for.
pub(crate) fn platforms(spec: &Spec) -> Vec<Platform> {
    spec.key.firmware.iter().copied().map(platform).collect()
}

pub(crate) fn scheme(table: key_spec::Table) -> Scheme {
    match table {
        key_spec::Table::Mbr => Scheme::Mbr,
        key_spec::Table::Gpt => Scheme::Gpt,
        key_spec::Table::Hybrid => Scheme::Hybrid,
    }
}

/// How GRUB names partition `number` of a disk with such a table. It takes a hybrid for the GPT
/// that it is: the entry that guards the GPT tells it so.
pub(crate) fn grub_partition(scheme: Scheme, number: u8) -> String {
    let map = match scheme {
        Scheme::Mbr => "msdos",
        Scheme::Gpt | Scheme::Hybrid => "gpt",
    };
    format!("{map}{number}")
}
