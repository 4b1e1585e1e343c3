//! The payload of an image: the kernel, and the blob of modules, configuration and prefix.

use crate::elf::Elf;
use crate::kernel::Kernel;
use crate::module_blob::Objects;
use crate::readable::readable;
use crate::{Build, Error, ModuleDependencies, Platform, PlatformFiles};
use object::elf;
use std::borrow::Cow;

/// The options of an image: what goes into it.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImageOptions<'a> {
    /// Modules to build in; what they need is added.
    pub modules: &'a [&'a str],
    /// The place where GRUB finds the rest of itself, e.g. `(,msdos1)/boot/grub` (partition 1 of
    /// the disk the firmware booted from). Without a device, `/boot/grub`: on EFI the partition
    /// that the image was started from; with a BIOS the whole disk, which holds no file.
    pub prefix: &'a str,
    /// Commands run before anything else, by the rescue parser: one simple command a line,
    /// variables and quotes, no `if`, no `;`.
    pub config: Option<&'a str>,
    /// The image of a file system, as the device `(memdisk)`.
    pub memdisk: Option<&'a [u8]>,
    /// The list, for EFI, of the image's components with their security generations, by which shim
    /// tells images that were revoked. Only an image that shim is to load needs one.
    /// <https://github.com/rhboot/shim/blob/main/SBAT.md>
    pub sbat: Option<&'a str>,
}

/// The kernel and its module blob, as they lie in memory; core.img holds them compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    bytes: Vec<u8>,
    kernel_size: usize,
    modules: Vec<String>,
    build: Build,
}

impl Payload {
    /// Kernel and blob for i386-pc.
    ///
    /// # Errors
    /// As for [`mkimage::i386_pc`](crate::mkimage::i386_pc).
    pub fn i386_pc(files: &PlatformFiles, options: &ImageOptions<'_>) -> Result<Self, Error> {
        let build = files.build()?;
        let platform = build.platform;
        if platform != Platform::I386Pc {
            return Err(Error::WrongPlatform { found: platform, wanted: Platform::I386Pc.name() });
        }
        if options.sbat.is_some() {
            return Err(Error::SbatNotEfi { platform });
        }
        let kernel = Kernel::parse(files.get("kernel.img")?)?;
        let (blob, modules) = blob(files, platform, options)?;
        let mut bytes = kernel.bytes().to_vec();
        bytes.extend(blob);
        Ok(Self { bytes, kernel_size: kernel.bytes().len(), modules, build })
    }

    /// The build of GRUB that it is made from.
    pub fn build(&self) -> &Build {
        &self.build
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

/// The blob behind the kernel, and the names of the modules in it, in load order.
pub(crate) fn blob(
    files: &PlatformFiles,
    platform: Platform,
    options: &ImageOptions<'_>,
) -> Result<(Vec<u8>, Vec<String>), Error> {
    let dependencies = ModuleDependencies::parse(files.get("moddep.lst")?)?;
    let modules = dependencies.closure(options.modules)?;
    let mut contents = Vec::with_capacity(modules.len());
    for module in &modules {
        contents.push(module_file(files, platform, module, &modules, &dependencies)?);
    }
    let objects = Objects {
        modules: &contents,
        memdisk: options.memdisk,
        config: options.config,
        prefix: options.prefix,
    };
    Ok((objects.to_blob(platform.pointer_size())?, modules))
}

/// The bytes of one module: an object file of the platform that says it is this module, and that
/// it needs what moddep.lst says.
fn module_file<'a>(
    files: &'a PlatformFiles,
    platform: Platform,
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
    let object = Elf::parse(&file, bytes)?.expect(platform, elf::ET_REL)?;
    let section = |name: &[u8]| object.sections.iter().find(|s| s.name == name);
    if let Some(modname) = section(b".modname") {
        let name = strings(modname.data).next().unwrap_or_default();
        if name != module {
            let name = readable(&name);
            return Err(object.bad(&format!("it calls itself module `{name}`")));
        }
    }
    // The same names in the same order, which differs from build to build.
    let says: Vec<_> = strings(section(b".moddeps").map_or(&[], |s| s.data)).collect();
    let list = dependencies.of(module);
    if says != list {
        let (says, list) = (shown(&says), shown(list));
        return Err(Error::ForeignModule { module: module.to_owned(), says, list });
    }
    Ok(bytes)
}

fn shown(names: &[impl AsRef<str>]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    if names.is_empty() { "nothing".to_owned() } else { readable(&names.join(" ")) }
}

/// The strings in a section that holds some, each ended by a NUL.
fn strings(data: &[u8]) -> impl Iterator<Item = Cow<'_, str>> {
    data.split(|b| *b == 0).filter(|s| !s.is_empty()).map(String::from_utf8_lossy)
}
