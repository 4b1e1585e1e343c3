//! The EFI system partition: what UEFI starts, and nothing else.

use crate::cores::CoreImages;
use crate::error::Error;
use crate::file_system::FileSystem;
use crate::menu::signed_stub;
use crate::plan::EfiProgram;
use crate::premises::Premises;
use crate::tree::{empty, put};
use file_tree::{Directory, Timestamp};
use grub_image::Platform;
use image_layout::Content;
use key_inventory::{SignedProgram, SignedPrograms};
use std::sync::Arc;

/// The directory in which firmware looks for a program on a disk that it was not told about.
const BOOT: &str = "EFI/BOOT";

/// The files in which distributions' signed GRUBs look for their menu, on the partition they were started
/// from: Debian's and Ubuntu's for removable media; those for installed systems; Fedora's,
/// openSUSE's. A key carries one of them, and a menu at all of these places costs nothing.
const STUBS: [&str; 7] = [
    "boot/grub/grub.cfg",
    "EFI/BOOT/grub.cfg",
    "EFI/debian/grub.cfg",
    "EFI/ubuntu/grub.cfg",
    "EFI/fedora/grub.cfg",
    "EFI/opensuse/grub.cfg",
    "EFI/centos/grub.cfg",
];

/// The content of the partition.
#[derive(Debug, Default)]
pub(crate) struct EspContents {
    /// The files; `None`: UEFI does not start the key, and there is no such partition.
    pub(crate) tree: Option<Directory>,
    /// The programs in the tree.
    pub(crate) programs: Vec<EfiProgram>,
}

/// Fills the partition with the images that were made, and the signed programs of a distribution.
/// `boot` is the file system of GRUB's partition.
pub(crate) fn esp_contents(
    premises: &Premises<'_>,
    images: &CoreImages,
    boot: &FileSystem,
) -> Result<EspContents, Error> {
    if !premises.uefi() {
        return Ok(EspContents::default());
    }
    let mut esp = Filling { tree: empty(premises.time), programs: Vec::new(), time: premises.time };
    for &platform in &premises.platforms {
        // A BIOS has no such program.
        let Some(name) = platform.boot_file() else { continue };
        let path = format!("{BOOT}/{name}");
        if let Some((_, image)) = images.efi.iter().find(|(p, _)| *p == platform) {
            esp.program(&path, None, image.bytes().clone())?;
        } else if let Some(signed) = &premises.inventory.grub.signed {
            esp.signed(&path, signed)?;
            let stub: Arc<[u8]> = signed_stub(&boot.uuid())?.as_bytes().into();
            for at in STUBS {
                esp.put(at, stub.clone())?;
            }
        }
    }
    Ok(EspContents { tree: Some(esp.tree), programs: esp.programs })
}

struct Filling {
    tree: Directory,
    programs: Vec<EfiProgram>,
    time: Timestamp,
}

impl Filling {
    fn put(&mut self, path: &str, bytes: Arc<[u8]>) -> Result<(), Error> {
        Ok(put(&mut self.tree, path, Content::Bytes(bytes), self.time)?)
    }

    fn program(
        &mut self,
        path: &str,
        from: Option<&SignedProgram>,
        bytes: Arc<[u8]>,
    ) -> Result<(), Error> {
        let origin = from.map(|p| p.asset.origin.clone());
        self.programs.push(EfiProgram { path: path.to_owned(), origin, len: bytes.len() as u64 });
        self.put(path, bytes)
    }

    /// shim under the firmware's name, and beside it what shim starts, under the names that are
    /// built into it.
    fn signed(&mut self, path: &str, signed: &SignedPrograms) -> Result<(), Error> {
        let cpu = match signed.platform {
            Platform::I386Efi => "ia32",
            Platform::Arm64Efi => "aa64",
            Platform::I386Pc | Platform::X86_64Efi => "x64",
        };
        self.program(path, Some(&signed.shim), signed.shim.asset.bytes.clone())?;
        let grub = &signed.grub;
        self.program(&format!("{BOOT}/grub{cpu}.efi"), Some(grub), grub.asset.bytes.clone())?;
        if let Some(mok) = &signed.mok_manager {
            self.program(&format!("{BOOT}/mm{cpu}.efi"), Some(mok), mok.asset.bytes.clone())?;
        }
        Ok(())
    }
}
