//! All that is known of a program.

use crate::authenticode::image_digest;
use crate::format::pe::{
    IMAGE_DLLCHARACTERISTICS_NX_COMPAT, IMAGE_SUBSYSTEM_EFI_APPLICATION,
    IMAGE_SUBSYSTEM_EFI_BOOT_SERVICE_DRIVER, IMAGE_SUBSYSTEM_EFI_RUNTIME_DRIVER,
};
use crate::hash::Hash;
use crate::image::Image;
use crate::linux::{self, Linux};
use crate::sbat::{self, SbatEntry};
use crate::source::{Source, of_slice};
use crate::{Error, Machine, Shim, Signature};
use serde::Serialize;
use std::io;

/// The facts about an EFI program, from its bytes alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// The machine it runs on.
    pub machine: Machine,
    /// The subsystem: what firmware takes it for.
    pub subsystem: Subsystem,
    /// Whether it says that it needs no memory that is writable and executable at once, as
    /// firmware with strict protection demands.
    pub nx_compat: bool,
    /// The Authenticode digest: SHA-256, in hex, of all but what signing changes. What
    /// `pesign --hash` prints, and what a machine's owner may enrol instead of a certificate.
    pub digest: String,
    /// The generations of its components, empty if it has no section `.sbat`.
    pub sbat: Vec<SbatEntry>,
    /// The signatures, which say who signed it.
    pub signatures: Vec<Signature>,
    /// The reasons why other signatures could not be read.
    pub unreadable_signatures: Vec<String>,
    /// The facts about the kernel, if the program is a Linux kernel.
    pub linux: Option<Linux>,
    /// The lists of the shim, if the program is one.
    pub shim: Option<Shim>,
}

/// The subsystem of a program: what firmware takes it for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subsystem {
    /// Boot loaders, shells, Linux.
    Application,
    /// A driver until the system starts.
    BootServiceDriver,
    /// A driver that stays.
    RuntimeDriver,
    /// No EFI program, by the number that PE has for it: a Windows program.
    Other(u16),
}

impl Subsystem {
    fn from_number(number: u16) -> Self {
        match number {
            IMAGE_SUBSYSTEM_EFI_APPLICATION => Self::Application,
            IMAGE_SUBSYSTEM_EFI_BOOT_SERVICE_DRIVER => Self::BootServiceDriver,
            IMAGE_SUBSYSTEM_EFI_RUNTIME_DRIVER => Self::RuntimeDriver,
            other => Self::Other(other),
        }
    }
}

impl Facts {
    /// Reads a program, or a kernel that is one. `bytes` is all of the file: its digest is over
    /// all of it. Takes time in proportion to its length, whatever is in it.
    ///
    /// # Errors
    /// [`Error::NotEfi`] for anything else; [`Error::Truncated`], [`Error::Malformed`] and
    /// [`Error::Sbat`] for what firmware or shim would not start either. A signature that cannot
    /// be read is no error, see [`Facts::unreadable_signatures`].
    pub fn of(bytes: &[u8]) -> Result<Self, Error> {
        let mut read_at = of_slice(bytes);
        Self::from_source(&Source::new(bytes.len(), &mut read_at))
    }

    /// Reads a program of `len` bytes piece by piece, in memory that does not depend on its
    /// length. `read_at` fills a buffer from a byte of the program on.
    ///
    /// # Errors
    /// The error of `read_at`; then those of [`Facts::of`].
    pub fn read(
        len: u64,
        read_at: &mut dyn FnMut(u64, &mut [u8]) -> io::Result<()>,
    ) -> io::Result<Result<Self, Error>> {
        let len = usize::try_from(len).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let mut read_at = |at: u64, buf: &mut [u8]| read_at(at, buf);
        let source = Source::new(len, &mut read_at);
        let facts = Self::from_source(&source);
        source.take_failure().map_or(Ok(facts), Err)
    }

    fn from_source<'a>(bytes: &'a Source<'a>) -> Result<Self, Error> {
        let image = Image::read(bytes)?;
        let mut facts = Self {
            machine: Machine::from_number(image.coff.machine.get()),
            subsystem: Subsystem::from_number(image.optional.subsystem.get()),
            nx_compat: image.optional.dll_characteristics.get()
                & IMAGE_DLLCHARACTERISTICS_NX_COMPAT
                != 0,
            digest: base16ct::lower::encode_string(&image_digest(&image, Hash::Sha256)?),
            sbat: match image.section(".sbat")? {
                Some(section) => sbat::entries(&section)?,
                None => Vec::new(),
            },
            signatures: Vec::new(),
            unreadable_signatures: Vec::new(),
            linux: linux::read(&bytes.up_to(0, linux::HEAD).unwrap_or_default()),
            shim: Shim::read(&image)?,
        };
        match image.signatures() {
            Err(why) => facts.unreadable_signatures.push(why),
            Ok(blobs) => {
                for blob in blobs {
                    match Signature::read(&blob, &image) {
                        Ok(some) => facts.signatures.extend(some),
                        Err(why) => facts.unreadable_signatures.push(why),
                    }
                }
            }
        }
        Ok(facts)
    }

    /// Whether it carries a signature, readable or not.
    pub fn is_signed(&self) -> bool {
        !self.signatures.is_empty() || !self.unreadable_signatures.is_empty()
    }
}
