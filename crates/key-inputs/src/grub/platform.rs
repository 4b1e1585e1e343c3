//! Platforms that GRUB is built for: their Debian packages, and the files that each must have.

use grub_image::Platform;
use packages::Request;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The files of a platform, by bare name.
pub(super) type FileMap = BTreeMap<String, Arc<[u8]>>;

/// The files that every BIOS installation needs.
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

/// The files that every EFI program, and the directory of modules beside it, needs.
const REQUIRED_EFI: &[&str] = &["kernel.img", "moddep.lst", "command.lst", "fs.lst", "normal.mod"];

/// The Debian architecture whose archive has [`Platform::package`].
pub(super) fn architecture(platform: Platform) -> &'static str {
    match platform {
        // The packages of the 32-bit platforms are built for amd64 too, which more mirrors carry
        // than i386.
        Platform::I386Pc | Platform::X86_64Efi | Platform::I386Efi => "amd64",
        Platform::Arm64Efi => "arm64",
    }
}

/// The request for [`Platform::package`], which names the architecture, so that this
/// machine's own does not matter.
pub(super) fn request(platform: Platform) -> Request {
    Request::package(platform.package()).on(architecture(platform))
}

/// The files without which no boot loader is built for a platform.
pub(super) fn required(platform: Platform) -> &'static [&'static str] {
    match platform {
        Platform::I386Pc => REQUIRED_PC,
        Platform::X86_64Efi | Platform::I386Efi | Platform::Arm64Efi => REQUIRED_EFI,
    }
}

/// The platforms' names as messages list them: `i386-pc, x86_64-efi`.
pub(super) fn names(platforms: &[Platform]) -> String {
    platforms.iter().map(|p| p.name()).collect::<Vec<_>>().join(", ")
}
