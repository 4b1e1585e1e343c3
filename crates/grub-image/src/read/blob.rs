//! The module blob of an image.

use crate::elf::Elf;
use crate::format::module_info::{
    MAGIC, ModuleHeader, ModuleInfo32, ModuleInfo64, OBJ_TYPE_CONFIG, OBJ_TYPE_ELF,
    OBJ_TYPE_MEMDISK, OBJ_TYPE_PREFIX,
};

/// Most objects in a blob that are looked at; GRUB has some 300 modules.
const MOST_OBJECTS: usize = 1000;
/// Longest text that is kept of a configuration.
const LONGEST_TEXT: usize = 64 << 10;

/// The files that are built into a GRUB image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Embedded {
    /// The modules' names in load order; `?` for one that does not say.
    pub modules: Vec<String>,
    /// The value of `$prefix`.
    pub prefix: Option<String>,
    /// The commands that run before anything else.
    pub config: Option<String>,
    /// Length of the image behind `(memdisk)`, in bytes.
    pub memdisk: Option<usize>,
    /// GRUB's version, if the module `normal` is one of them.
    pub version: Option<String>,
}

impl Embedded {
    /// Looks for the blob in a GRUB image, unpacked: an EFI program, or a kernel with what lies
    /// behind it. `None`: it has none.
    pub fn find(image: &[u8]) -> Option<Self> {
        let magic = MAGIC.to_le_bytes();
        let starts = image.windows(magic.len()).enumerate().filter(|(_, w)| **w == magic);
        let mut blobs = starts.filter_map(|(at, _)| Some(Self::read(objects(image.get(at..)?)?)));
        // The magic number alone proves nothing: GRUB's kernel contains it, too, to compare with
        // it.
        blobs.find(|blob| blob.prefix.is_some() || !blob.modules.is_empty())
    }

    fn read(mut objects: &[u8]) -> Self {
        let mut found = Self::default();
        for _ in 0..MOST_OBJECTS {
            let Some((head, _)) = objects.split_first_chunk() else { break };
            let ModuleHeader { kind, size } = ModuleHeader::from_bytes(head);
            let size = size.get() as usize; // OK to cast: 32 bits
            let Some((object, rest)) = objects.split_at_checked(size.max(head.len())) else {
                break;
            };
            let data = &object[head.len()..];
            match kind.get() {
                OBJ_TYPE_ELF => {
                    let name = module_name(data).unwrap_or_else(|| "?".into());
                    if name == "normal" {
                        found.version = super::version_in(data);
                    }
                    found.modules.push(name);
                }
                OBJ_TYPE_MEMDISK => found.memdisk = Some(data.len()),
                OBJ_TYPE_CONFIG => found.config = Some(text(data)),
                OBJ_TYPE_PREFIX => found.prefix = Some(text(data)),
                _ => {}
            }
            objects = rest;
        }
        found
    }
}

/// The objects of the blob that `bytes` starts with.
fn objects(bytes: &[u8]) -> Option<&[u8]> {
    let small = ModuleInfo32::from_bytes(bytes.first_chunk()?);
    let (offset, size) = match (small.offset.get(), bytes.first_chunk()) {
        (12, _) => (12, u64::from(small.size.get())),
        // Where pointers have 8 bytes, the offset lies behind padding.
        (0, Some(head)) => {
            let large = ModuleInfo64::from_bytes(head);
            (large.offset.get(), large.size.get())
        }
        _ => return None,
    };
    let (offset, size) = (usize::try_from(offset).ok()?, usize::try_from(size).ok()?);
    bytes.get(offset..size)
}

/// A text up to its NUL.
fn text(data: &[u8]) -> String {
    let end = data.iter().position(|b| *b == 0).unwrap_or(data.len()).min(LONGEST_TEXT);
    String::from_utf8_lossy(&data[..end]).into_owned()
}

fn module_name(module: &[u8]) -> Option<String> {
    let elf = Elf::parse("a module", module).ok()?;
    let section = elf.sections.iter().find(|s| s.name == b".modname")?;
    Some(text(section.data)).filter(|name| !name.is_empty())
}
