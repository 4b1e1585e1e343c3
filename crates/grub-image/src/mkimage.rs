//! What `grub-mkimage` does: modules, config and prefix → an image that boots.

use crate::elf::Elf;
use crate::kernel::Kernel;
use crate::module_blob::{Objects, PointerSize};
use crate::{CoreImage, Error, ModuleDependencies, PlatformFiles, lzma};
use object::elf;

/// What goes into an image.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImageOptions<'a> {
    /// Modules to build in; what they need is added.
    pub modules: &'a [&'a str],
    /// Where GRUB finds the rest of itself, e.g. `(,msdos1)/boot/grub` (partition 1 of the disk
    /// the BIOS booted from).
    pub prefix: &'a str,
    /// Commands run before anything else, by the rescue parser: one simple command a line,
    /// variables and quotes, no `if`, no `;`.
    pub config: Option<&'a str>,
    /// The image of a file system, as the device `(memdisk)`.
    pub memdisk: Option<&'a [u8]>,
}

/// The i386-pc image, `core.img`, for the sectors behind the boot sector.
///
/// # Errors
/// [`Error`] for files that are missing or not what they should be, and for an image past the
/// limits of the BIOS's memory.
pub fn i386_pc(files: &PlatformFiles, options: &ImageOptions<'_>) -> Result<CoreImage, Error> {
    let payload = Payload::i386_pc(files, options)?;
    let compressed = lzma::compress(payload.bytes())?;
    CoreImage::assemble(files, &payload, compressed)
}

/// The kernel and its module blob, as they lie in memory; core.img holds them compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    bytes: Vec<u8>,
    kernel_size: usize,
    modules: Vec<String>,
}

impl Payload {
    /// Kernel and blob for i386-pc.
    ///
    /// # Errors
    /// As for [`i386_pc`].
    pub fn i386_pc(files: &PlatformFiles, options: &ImageOptions<'_>) -> Result<Self, Error> {
        const PLATFORM: &str = "i386-pc";
        if let Some(found) = files.platform().filter(|p| p != PLATFORM) {
            return Err(Error::WrongPlatform { found, wanted: PLATFORM });
        }
        let kernel = Kernel::parse(files.get("kernel.img")?)?;
        let dependencies = ModuleDependencies::parse(files.get("moddep.lst")?)?;
        let modules = dependencies.closure(options.modules)?;
        let mut contents = Vec::with_capacity(modules.len());
        for module in &modules {
            contents.push(module_file(files, module, &modules, &dependencies)?);
        }
        let blob = Objects {
            modules: &contents,
            memdisk: options.memdisk,
            config: options.config,
            prefix: options.prefix,
        }
        .to_blob(PointerSize::Four)?;
        let mut bytes = kernel.bytes().to_vec();
        bytes.extend(blob);
        Ok(Self { bytes, kernel_size: kernel.bytes().len(), modules })
    }

    /// All of it, the kernel first.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Length of the kernel, in bytes; the blob starts right behind it.
    pub fn kernel_size(&self) -> usize {
        self.kernel_size
    }

    /// The modules' names in load order.
    pub fn modules(&self) -> &[String] {
        &self.modules
    }
}

/// The bytes of one module, an i386 object file that says it is this module.
fn module_file<'a>(
    files: &'a PlatformFiles,
    module: &str,
    all: &[String],
    dependencies: &ModuleDependencies,
) -> Result<&'a [u8], Error> {
    let file = format!("{module}.mod");
    let bytes = files.find(&file).ok_or_else(|| Error::MissingModule {
        module: module.to_owned(),
        wanted_by: all
            .iter()
            .find(|m| dependencies.of(m).iter().any(|d| d == module))
            .map_or_else(|| "the list of modules".to_owned(), |m| format!("`{m}`")),
    })?;
    let object = Elf::parse(&file, bytes, elf::ET_REL)?;
    for section in object.sections()?.iter().filter(|s| s.name == b".modname") {
        let name = section.data.split(|b| *b == 0).next().unwrap_or_default();
        if name != module.as_bytes() {
            let name = String::from_utf8_lossy(name);
            return Err(object.bad(&format!("it calls itself module `{name}`")));
        }
    }
    Ok(bytes)
}
