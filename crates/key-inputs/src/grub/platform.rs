//! What Debian and this crate know of the platforms that GRUB is built for.

use grub_image::Platform;
use packages::Request;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The files of a platform, by bare name.
pub(super) type FileMap = BTreeMap<String, Arc<[u8]>>;

/// What no BIOS installation can do without.
const REQUIRED_PC: &[&str] = &[
    "boot.img",
    "diskboot.img",
    "lzma_decompress.img",
    "kernel.img",
    "moddep.lst",
    "command.lst",
    "fs.lst",
    "normal.mod",
];

/// What no EFI program can do without, nor the modules beside it.
const REQUIRED_EFI: &[&str] = &["kernel.img", "moddep.lst", "command.lst", "fs.lst", "normal.mod"];

/// The Debian architecture whose archive has [`Platform::package`].
pub(super) fn architecture(platform: Platform) -> &'static str {
    match platform {
        // Those of 32 bits are built for amd64 too, which more mirrors carry than i386.
        Platform::I386Pc | Platform::X86_64Efi | Platform::I386Efi => "amd64",
        Platform::Arm64Efi => "arm64",
    }
}

/// That package as a request to apt, whatever this machine's own architecture is.
pub(super) fn request(platform: Platform) -> Request {
    Request::package(platform.package()).on(architecture(platform))
}

/// The files that are looked for before anything is built.
pub(super) fn required(platform: Platform) -> &'static [&'static str] {
    match platform {
        Platform::I386Pc => REQUIRED_PC,
        Platform::X86_64Efi | Platform::I386Efi | Platform::Arm64Efi => REQUIRED_EFI,
    }
}

/// `i386-pc, x86_64-efi`, for messages.
pub(super) fn names(platforms: &[Platform]) -> String {
    platforms.iter().map(|p| p.name()).collect::<Vec<_>>().join(", ")
}
