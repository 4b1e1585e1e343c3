//! The core modules: those of GRUB's modules that go into core.img and the EFI programs.

use grub_image::Platform;

/// The modules inside GRUB's images: those that read the key, and enough others that a menu and
/// readable messages appear even if the module directory is damaged. GRUB's own disk drivers
/// (`ahci`, `usbms`, …) must not be among them: they would take the disks from the firmware.
const CORE_MODULES: &[&str] = &[
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

/// The modules that GRUB needs on a BIOS, besides those, to read disks; for UEFI that code is built
/// into GRUB's kernel.
const BIOS_ONLY_MODULES: &[&str] = &["biosdisk"];

/// The modules inside the image for a platform.
pub(crate) fn core_modules(platform: Platform) -> Vec<&'static str> {
    match platform {
        Platform::I386Pc => [BIOS_ONLY_MODULES, CORE_MODULES].concat(),
        Platform::X86_64Efi | Platform::I386Efi | Platform::Arm64Efi => CORE_MODULES.to_vec(),
    }
}
