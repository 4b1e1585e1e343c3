//! An EFI program: kernel, modules and relocations in a PE file.
//!
//! ```text
//! 0x0000  headers  DOS, PE at 0x80 (where GRUB 2.06 looks for its own), sections
//! 0x1000  .text    kernel: code                        read, execute
//!         .data    kernel: data and .bss               read, write
//!         mods     module blob                         read, write
//!        [.sbat    generations of the components       read]
//!         .reloc   places that hold addresses          read, then thrown away
//! ```
//!
//! Every section starts on a page, at the same place in the file as in memory.

mod base_relocation;
mod kernel;
mod pe_file;
mod relocation;
mod section;

pub(crate) use kernel::EfiKernel;
pub use section::EfiSection;

use crate::module_blob::length;
use crate::{Build, Error, Platform};
use section::PAGE;
use std::sync::Arc;

/// The file that an EFI firmware starts, as `grub-mkimage` makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EfiImage {
    bytes: Arc<[u8]>,
    sections: Vec<EfiSection>,
    modules: Vec<String>,
    build: Build,
}

impl EfiImage {
    /// Puts the parts together.
    pub(crate) fn assemble(
        build: Build,
        kernel: &EfiKernel,
        blob: &[u8],
        sbat: Option<&str>,
        modules: Vec<String>,
    ) -> Result<Self, Error> {
        let relocations = kernel.relocations.to_section();
        let (text, data) = kernel.image.split_at(kernel.text_size.min(kernel.image.len()));
        let mut parts = vec![(".text", text), (".data", data), ("mods", blob)];
        parts.extend(sbat.map(|sbat| (".sbat", sbat.as_bytes())));
        parts.push((".reloc", &relocations));

        let mut bytes = vec![0; PAGE];
        let mut sections = Vec::new();
        for (name, content) in parts {
            let at = length(bytes.len())?;
            bytes.extend(content);
            bytes.resize(bytes.len().next_multiple_of(PAGE), 0);
            sections.push(EfiSection { name, at, len: length(bytes.len())? - at });
        }
        let headers = pe_file::headers(build.platform, kernel, &sections)?;
        bytes[..headers.len()].copy_from_slice(&headers);
        Ok(Self { bytes: bytes.into(), sections, modules, build })
    }

    /// The file.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// The sections, in order; the headers lie before them.
    pub fn sections(&self) -> &[EfiSection] {
        &self.sections
    }

    /// The built-in modules' names in load order.
    pub fn modules(&self) -> &[String] {
        &self.modules
    }

    /// The platform that it runs on.
    pub fn platform(&self) -> Platform {
        self.build.platform
    }

    /// The build of GRUB that it is made from.
    pub fn build(&self) -> &Build {
        &self.build
    }
}
