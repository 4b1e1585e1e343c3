//! The work of `grub-mkimage`: modules, config and prefix → an image that boots.

use crate::efi::{EfiImage, EfiKernel};
use crate::payload::blob;
use crate::{CoreImage, Error, ImageOptions, Payload, Platform, PlatformFiles};

/// The i386-pc image, `core.img`, for the sectors behind the boot sector.
///
/// # Errors
/// [`Error`] for files that are missing or not what they should be, and for an image past the
/// limits of the BIOS's memory.
pub fn i386_pc(files: &PlatformFiles, options: &ImageOptions<'_>) -> Result<CoreImage, Error> {
    CoreImage::compress(files, &Payload::i386_pc(files, options)?)
}

/// The image for an EFI platform, that of `files`.
///
/// # Errors
/// [`Error`] for files that are missing or not what they should be.
pub fn efi(files: &PlatformFiles, options: &ImageOptions<'_>) -> Result<EfiImage, Error> {
    let build = files.build()?;
    let platform = build.platform;
    if platform == Platform::I386Pc {
        return Err(Error::WrongPlatform { found: platform, wanted: "-efi" });
    }
    if options.sbat.is_some_and(|text| !text.starts_with("sbat,1,")) {
        return Err(Error::BadSbat);
    }
    let kernel = EfiKernel::link(platform, files.get("kernel.img")?)?;
    let (blob, modules) = blob(files, platform, options)?;
    EfiImage::assemble(build, &kernel, &blob, options.sbat, modules)
}
